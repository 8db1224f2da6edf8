"""Run by the amendment races in a process of its own: several people decide one amendment at the same moment.

    python -m tests.faults.race_amendments decide 10      so many rounds of four approvers and one who rejects
    python -m tests.faults.race_amendments blindly 10     the same, nobody asks what state it is in (control run)
    python -m tests.faults.race_amendments record 10      so many rounds of eight who record the same error

Prints one JSON object.
"""

import json
import os
import sys
import threading
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.test")
django.setup()


from customers.factories import make_customer  # noqa: E402
from orders.actions import amend  # noqa: E402
from orders.actions.enter import create_order  # noqa: E402
from orders.actions.errors import record_error  # noqa: E402
from orders.checks import orders_that_do_not_add_up  # noqa: E402
from orders.errors import OrderError  # noqa: E402
from orders.models import Amendment, ApprovalRule, ErrorEvent, Order  # noqa: E402
from orders.rows import LineEntry  # noqa: E402
from orders.status import Status  # noqa: E402
from staff.factories import make_user  # noqa: E402
from staff.models import User  # noqa: E402
from staff.roles import Role  # noqa: E402
from tests.faults import race_orders as races  # noqa: E402
from tests.faults.crowd import at_once  # noqa: E402


def amended(clerk: User, order: Order) -> Amendment:
    """A submitted amendment that adds one row."""
    order = Order.objects.get(pk=order.pk)
    kept = [LineEntry(line.quantity, id=line.pk, unit_price=line.unit_price) for line in order.lines.all()]
    rows = [*kept, races.row(1)]
    draft = amend.write_amendment(
        by=clerk, order=order, version=order.version, cause="customer_change", reason="race", lines=rows, header={}
    )
    return amend.submit_amendment(by=clerk, amendment=draft)


def apply_blindly(boss: User, amendment_id: int, gate: threading.Barrier) -> str:
    """The control: look at the state, wait until everybody has, then write what one saw."""
    amendment = Amendment.objects.select_related("order").get(pk=amendment_id)
    row = amendment.rows.get()
    gate.wait(30)
    order = amendment.order
    line = order.lines.first()
    assert line is not None
    line.pk, line.position = None, row.position + threading.get_ident() % 100_000
    line.save(force_insert=True)
    return str(amendment.state)


def decide(rounds: int) -> dict[str, object]:
    """One amendment, four approvers and one who says no: exactly one of them decides."""
    clerk, bosses = make_user("lin", Role.CLERK), [make_user(f"boss{n}", Role.MANAGER) for n in range(5)]
    order = create_order(by=clerk, customer=make_customer(), lines=[races.row(1)])
    Order.objects.filter(pk=order.pk).update(state=Status.CONFIRMED)
    seen, decided, refused = amend.sight_of([]), 0, 0
    for _round in range(rounds):
        amendment = amended(clerk, order)
        deeds: list[Callable[[], object]] = [
            lambda boss=boss, one=amendment: amend.approve_amendment(by=boss, amendment=one, seen=seen).state
            for boss in bosses[1:]
        ]
        deeds.append(lambda one=amendment: amend.reject_amendment(by=bosses[0], amendment=one, note="no").state)
        for answer in at_once(deeds):
            if isinstance(answer, OrderError):
                refused += 1
            elif isinstance(answer, Exception):
                raise answer
            else:
                decided += 1
    order.refresh_from_db()
    applied = order.amendments.filter(state=Amendment.State.APPLIED).count()
    return {
        "decided": decided,
        "refused": refused,
        "rows_fit": order.lines.count() == order.line_count == applied + 1,
        "snapshots_fit": order.snapshots.count() == applied + 1,
        "diary_fits": order.events.filter(kind="amended").count() == applied,
        "wrong_sums": orders_that_do_not_add_up(),
    }


def blindly(rounds: int) -> dict[str, object]:
    """The control run: the same race without lock and state."""
    clerk, boss = make_user("lin", Role.CLERK), make_user("boss", Role.MANAGER)
    order = create_order(by=clerk, customer=make_customer(), lines=[races.row(1)])
    Order.objects.filter(pk=order.pk).update(state=Status.CONFIRMED)
    amendment = amended(clerk, order)
    gate = threading.Barrier(4)
    for answer in at_once([lambda: apply_blindly(boss, amendment.pk, gate)] * 4):
        if isinstance(answer, Exception):
            raise answer
    return {"rows": order.lines.count()}


def record(rounds: int) -> dict[str, object]:
    """Eight people record the same wrong value at the same moment: the ledger has it once."""
    clerk, boss = make_user("lin", Role.CLERK), make_user("boss", Role.MANAGER)
    order = create_order(by=clerk, customer=make_customer(), lines=[races.row(1)])
    answers = set()
    for turn in range(rounds):
        for answer in at_once(
            [
                lambda turn=turn: record_error(
                    order=order, line=1, field="quantity", wrong="1", right=str(turn + 2),
                    caught_stage="verification", caught_by=boss, origin="verification",
                ).pk
            ] * 8
        ):  # fmt: skip
            if isinstance(answer, Exception):
                raise answer
            answers.add(answer)
    numbers = list(ErrorEvent.objects.order_by("number").values_list("number", flat=True))
    return {"errors": len(numbers), "answers": len(answers), "last": numbers[-1]}


def main(race: str, count: int) -> None:
    """Run one race."""
    ApprovalRule.objects.update(is_active=False)
    json.dump({"decide": decide, "blindly": blindly, "record": record}[race](count), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
