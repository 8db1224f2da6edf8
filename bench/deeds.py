"""What each deed of the desk and of the warehouse takes through its page, one request at a time.

Usage: ``python -m bench.deeds [--orders N]`` on a PostgreSQL filled by ``manage.py make_volume``; the product is served
as the readme serves it in production. Each order goes all the way: saved and confirmed, held, asked about, answered,
released, picked, packed, shipped, signed for, sent back in part; a second one is short-closed, a third cancelled.
The orders stay in the database.
"""

from __future__ import annotations

import argparse
import sys

from bench.desk import Clerk, Goods
from bench.serving import IN_PRODUCTION, Caller, Times, serve
from bench.signing_in import cookie_of
from orders.models import Hold, Order, OrderReturn, Shipment, StockQuestion
from orders.status import Status
from staff.models import User
from staff.roles import Role


class Floor:
    """A clerk, the warehouse and a manager, each at a window of their own."""

    def __init__(self, port: int) -> None:
        self.clerk, self.warehouse, self.manager = (
            Caller(port, cookie_of(name)) for name in ("clerk0", _person("warehouse0", Role.WAREHOUSE), "manager")
        )
        clerk = cookie_of("clerk0")
        self.desk = Clerk(port, (clerk, clerk), Goods("clerk0", 11), percent=0)
        self.times: dict[str, Times] = {}

    def press(self, name: str, by: Caller, path: str, **fields: str) -> None:
        self.times.setdefault(name, Times(name)).values.append(by.press(path, **fields))

    def order(self, *, confirm: bool = True) -> Order:
        """A new order of five rows; confirmed unless it was drawn or somebody must approve it: then the next one."""
        while True:
            body = self.desk.prepare()
            _took, told = self.desk.caller.post("/orders/entry/submit/", body | {"confirm": confirm})
            order = Order.objects.get(number=told["number"])
            if order.state == (Status.CONFIRMED if confirm else Status.ENTERED):
                return order

    def all_the_way(self) -> None:
        """One order from its hold to its return."""
        order = self.order()
        at = f"/orders/{order.pk}"
        rows = {f"q-{line.pk}": f"{line.quantity.normalize():f}" for line in order.lines.all()}
        self.press("write a note", self.clerk, f"{at}/note/", text="客户催货")
        self.press("place a hold", self.clerk, f"{at}/hold/", kind="document", reason="合同未回")
        hold = Hold.objects.get(order=order, released_at__isnull=True)
        self.press("release a hold", self.manager, f"/orders/holds/{hold.pk}/release/")
        self.press("ask the warehouse", self.clerk, f"{at}/stock-question/", text="周五前能发吗？", **rows)
        question = StockQuestion.objects.get(order=order)
        answers = {f"a-{row.pk}": StockQuestion.Answer.ALL.value for row in question.lines.all()}
        self.press("answer", self.warehouse, f"/orders/questions/{question.pk}/", **answers)
        self.press("release to the warehouse", self.clerk, f"{at}/release/")
        shipment = Shipment.objects.filter(order=order).first()
        if shipment is None:
            self.press("request a shipment", self.clerk, f"{at}/shipment/", **rows)
            shipment = Shipment.objects.get(order=order)
        on = f"/orders/shipments/{shipment.pk}"
        self.press("accept", self.warehouse, f"{on}/accept/")
        self.press("pick", self.warehouse, f"{on}/pick/")
        self.press("pack", self.warehouse, f"{on}/pack/", packages="2")
        self.press("ship", self.warehouse, f"{on}/ship/", carrier="顺丰", tracking_numbers=f"SF{order.pk:012d}")
        self.press("deliver", self.warehouse, f"{on}/deliver/")
        self.press("sign", self.warehouse, f"{on}/sign/", signed_by_name="周敏")
        first = next(iter(rows))
        self.press("note a return", self.clerk, f"{at}/return/", cause="quality", **{first: "1"})
        back = OrderReturn.objects.get(order=order)
        self.press("authorise a return", self.manager, f"/orders/returns/{back.pk}/authorise/")
        self.press("receive a return", self.warehouse, f"/orders/returns/{back.pk}/receive/")

    def cut_short(self) -> None:
        """One order whose first row will not come."""
        order = self.order()
        self.press("release without an answer", self.clerk, f"/orders/{order.pk}/release/", waived_reason="库存充足")
        line = order.lines.all()[0]
        path = f"/orders/{order.pk}/short-close/"
        self.press("short-close a row", self.clerk, path, text="停产", **{f"q-{line.pk}": "1"})

    def called_off(self) -> None:
        """One order the customer no longer wants."""
        order = self.order(confirm=False)
        path = f"/orders/{order.pk}/cancel/"
        self.press("cancel", self.clerk, path, side="customer", reason="changed_mind")


def _person(username: str, role: Role) -> str:
    if not User.objects.filter(username=username).exists():
        User.objects.create_user(username, roles=(role,), display_name=str(role.label))
    return username


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=20)
    wanted = parser.parse_args()
    with serve("salesops.wsgi", IN_PRODUCTION) as port:
        floor = Floor(port)
        for turn in range(-2, wanted.orders):
            if turn == 0:
                floor.times.clear()
            floor.all_the_way()
            floor.cut_short()
            floor.called_off()
    write = sys.stdout.write
    write("| deed | times | p50 ms | p95 ms | goal |\n|---|---:|---:|---:|---|\n")
    for each in floor.times.values():
        write(f"| {each.name} | {len(each.values)} | {each.p50:.1f} | {each.p95:.1f} | p95 <= 150 |\n")


if __name__ == "__main__":
    main()
