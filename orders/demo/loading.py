"""Writing the demo company into an empty database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.models import (
    Address,
    Contact,
    Customer,
    CustomerEvent,
    InvoiceProfile,
    PriceList,
    Product,
    ProductEvent,
)
from customers.searching import write_grams, write_product_grams
from orders.actions.approve import ask_approvals
from orders.demo.company import DemoCompany, DemoOrder
from orders.models import Order, OrderEvent, OrderLine, OrderSnapshot
from orders.snapshots import content_of
from orders.status import Fulfilment, Invoicing, Payment, Status
from orders.totals import exact_amount, write_totals
from salesops.chinese import pinyin_initials
from salesops.documents.models import CompanyProfile
from salesops.money import CarriedRounding, round_money, split_tax
from salesops.numbering.numbers import house_day, reserve_numbers
from salesops.worktime.queries import house_clock
from staff.models import Team, User
from staff.roles import Role

PASSWORD = "neiqin-2026-demo"  # noqa: S105  # a demo company has no secrets; the server prints it
CLERKS = (("lin", "林晓雯", 0), ("he", "何雨桐", 0), ("zhou", "周佳宁", 1))
OPEN_STATES = (
    Status.RECEIVED, Status.RECEIVED, Status.CLARIFYING, Status.REVIEWED, Status.ENTERED, Status.ENTERED,
    Status.VERIFIED, Status.PENDING_APPROVAL, Status.CONFIRMED, Status.CONFIRMED,
)  # fmt: skip
"""States of the newest orders not shipped yet, newest first; the older ones are with the warehouse."""

LETTERHEAD = {
    "name_zh": "杭州示例科技有限公司",
    "name_en": "Hangzhou Example Technology Co., Ltd.",
    "address_zh": "浙江省杭州市西湖区文三路 88 号",
    "address_en": "88 Wensan Road, Xihu District, Hangzhou, Zhejiang, China",
    "phone": "0571-8888 0000",
    "email": "orders@example.com",
    "bank_zh": "示例银行杭州分行",
    "bank_en": "Example Bank, Hangzhou Branch",
    "account": "3300 0000 0000 0000",
}

STEPS = (
    (Status.REVIEWED, "reviewed_at", 10),
    (Status.ENTERED, "entered_at", 25),
    (Status.VERIFIED, "verified_at", 45),
    (Status.CONFIRMED, "confirmed_at", 70),
    (Status.RELEASED, "released_at", 90),
)
"""The usual way of an order with the working minutes after it was received."""


@dataclass(frozen=True)
class Account:
    """A demo account as the server prints it."""

    username: str
    name: str
    roles: tuple[Role, ...]


class AlreadyInUseError(Exception):
    """The database holds people already: the demo company is only for an empty one."""


@transaction.atomic
def load_demo(*, now: datetime | None = None) -> list[Account]:
    """Make the demo company; raises AlreadyInUseError when anybody is there already."""
    if User.objects.exists():
        raise AlreadyInUseError
    moment = now or timezone.now()
    company = DemoCompany(house_day(moment))
    CompanyProfile(**LETTERHEAD).save()
    people = _People(company)
    products = _write_products(company, people.manager, moment)
    customers = _write_customers(company, people, moment)
    _OrderWriter(company, people, products, customers, moment).write()
    return people.accounts


class _People:
    """Accounts of the demo company."""

    def __init__(self, company: DemoCompany) -> None:
        self.accounts: list[Account] = []
        self.teams = {name: Team.objects.create(name=name) for name in company.teams}
        teams = list(self.teams.values())
        self._make("admin", "赵启航", None, Role.ADMINISTRATOR)
        self.manager = self._make("chen", "陈思远", None, Role.MANAGER, Role.APPROVER)
        self.clerks = [self._make(name, shown, teams[team], Role.CLERK) for name, shown, team in CLERKS]
        self.reviewer = self._make("sun", "孙丽娟", teams[0], Role.REVIEWER)
        self.warehouse = self._make("wu", "吴承泽", None, Role.WAREHOUSE)
        self.sellers = {
            number: self._make(f"sales{number}", shown, None, Role.SALESPERSON)
            for number, shown in company.sellers.items()
        }

    def _make(self, username: str, shown: str, team: Team | None, *roles: Role) -> User:
        number = f"N{len(self.accounts) + 1:03d}"
        user = User.objects.create_user(
            username, PASSWORD, roles=roles, display_name=shown, team=team, employee_number=number
        )
        self.accounts.append(Account(username, shown, roles))
        return user

    def clerk_of(self, team: Team, place: int) -> User:
        """A clerk of the team; customers are dealt out in turn."""
        own = [clerk for clerk in self.clerks if clerk.team_id == team.pk]
        return own[place % len(own)]


def _write_products(company: DemoCompany, by: User, now: datetime) -> dict[int, Product]:
    products = {
        row["id"]: Product(
            code=row["code"], name=row["name"], initials=pinyin_initials(row["name"])[:300], spec=row["spec"],
            unit=row["unit"], category=row["category"], invoice_name=row["name"], tax_rate=row["tax_rate"],
            list_price=Decimal(row["price"]), floor_price=round_money(Decimal(row["price"]) * Decimal("0.75")),
            is_discontinued=row["discontinued"], created_by=by, created_at=now, updated_by=by, updated_at=now,
        )
        for row in company.products
    }  # fmt: skip
    Product.objects.bulk_create(products.values())
    write_product_grams(products.values())
    ProductEvent.objects.bulk_create(
        ProductEvent(product=product, kind="created", by=by, at=now, after={"code": product.code, "name": product.name})
        for product in products.values()
    )
    return products


def _write_customers(company: DemoCompany, people: _People, now: datetime) -> dict[str, Customer]:
    price_list = PriceList.objects.create(name="标准价目表")
    first_order: dict[str, date] = {}
    for order in company.orders:
        first_order.setdefault(order.customer, order.ordered_on)
    customers: dict[str, Customer] = {}
    for place, row in enumerate(company.customers, 1):
        team = people.teams[company.team_of(row["region"])]
        foreign = row["kind"] == Customer.Kind.FOREIGN
        since = _at(first_order.get(row["id"], house_day(now)), time(8, 30))
        seller = company.usual_seller.get(row["id"])
        customers[row["id"]] = Customer(
            code=f"C{place:06d}", name=row["name"], initials=pinyin_initials(row["name"])[:200], kind=row["kind"],
            tax_number_kind=Customer.TaxNumberKind.FOREIGN if foreign else Customer.TaxNumberKind.USCC,
            tax_number=row["tax_number"], level="ABC"[place % 3], region=row["region"], province=row["province"],
            city=row["city"], country="波兰" if foreign else "中国", team=team, clerk=people.clerk_of(team, place),
            salesperson=people.sellers[seller] if seller else None, credit_limit=Decimal(20000 + place % 7 * 10000),
            payment_terms=Customer.PaymentTerms.PREPAID if place % 3 else Customer.PaymentTerms.NET_30,
            price_list=price_list, phone=row["mobile"], industry="食品", origin="展会" if place % 4 else "老客户介绍",
            verified_on=house_day(now) - timedelta(days=place * 5 % 300), created_at=since, updated_at=since,
            created_by=people.manager, updated_by=people.manager,
        )  # fmt: skip
    Customer.objects.bulk_create(customers.values())
    _write_belongings(company, customers, people.manager)
    write_grams(customers.values())
    return customers


def _write_belongings(company: DemoCompany, customers: dict[str, Customer], by: User) -> None:
    rows = [(row, customers[row["id"]]) for row in company.customers]
    Contact.objects.bulk_create(
        Contact(customer=owner, name=row["contact"], job_title=row["job"], mobile=row["mobile"]) for row, owner in rows
    )
    Address.objects.bulk_create(
        Address(
            customer=owner, receiver=row["contact"], phone=row["mobile"], province=row["province"], city=row["city"],
            street=row["street"], is_default=True,
        )
        for row, owner in rows
    )  # fmt: skip
    InvoiceProfile.objects.bulk_create(
        InvoiceProfile(
            customer=owner, title=row["name"], tax_number=row["tax_number"], is_default=True,
            kind=InvoiceProfile.InvoiceKind.E_SPECIAL, created_by=by, check_state=InvoiceProfile.Check.CHECKED,
        )
        for row, owner in rows
    )  # fmt: skip
    CustomerEvent.objects.bulk_create(
        CustomerEvent(
            customer=owner, kind="created", by=by, at=owner.created_at,
            after={"code": owner.code, "name": owner.name, "tax_number": owner.tax_number},
        )
        for _row, owner in rows
    )  # fmt: skip


class _OrderWriter:
    """Orders with lines, diary and first snapshot, each in the state its dates say."""

    def __init__(
        self,
        company: DemoCompany,
        people: _People,
        products: dict[int, Product],
        customers: dict[str, Customer],
        now: datetime,
    ) -> None:
        self.company, self.people, self.products, self.customers, self.now = company, people, products, customers, now
        self.clock = house_clock()
        self.rounding = CarriedRounding()
        self.addresses = {address.customer_id: address for address in Address.objects.all()}
        self.profiles = {profile.customer_id: profile for profile in InvoiceProfile.objects.all()}

    def write(self) -> None:
        waiting = [order for order in self.company.orders if order.shipped_on is None][::-1]
        states = {order.source_number: state for order, state in zip(waiting, OPEN_STATES, strict=False)}
        made: list[tuple[Order, list[OrderLine]]] = []
        for place, source in enumerate(self.company.orders):
            made.append(self._order(place, source, states))
        Order.objects.bulk_create([order for order, _lines in made], batch_size=200)
        OrderLine.objects.bulk_create([line for _order, lines in made for line in lines], batch_size=500)
        OrderSnapshot.objects.bulk_create(
            [
                OrderSnapshot(
                    order=order, revision=0, by=order.created_by, at=order.created_at, content=content_of(order, lines)
                )
                for order, lines in made
            ],
            batch_size=200,
        )
        OrderEvent.objects.bulk_create(
            [event for order, _lines in made for event in self._diary(order)], batch_size=500
        )
        for order, _lines in made:
            if order.state == Status.PENDING_APPROVAL:
                ask_approvals(by=None, order=order)

    def _order(self, place: int, source: DemoOrder, states: dict[str, Status]) -> tuple[Order, list[OrderLine]]:
        customer = self.customers[source.customer]
        state = states.get(source.source_number, Status.RELEASED if source.shipped_on is None else Status.COMPLETED)
        received = _at(source.ordered_on, time(8, 40 + place % 20)) + timedelta(minutes=place * 37 % 430)
        if source.source_number in states:
            # What waits on the desk came in during the last working hours, so that the first page looks like a day.
            received = self.now - timedelta(minutes=25 + 45 * list(states).index(source.source_number))
        address = self.addresses[customer.pk]
        clerk = customer.clerk or self.people.clerks[0]
        order = Order(
            number=reserve_numbers("SO", house_day(received), 1)[0], customer=customer, customer_name=customer.name,
            team=customer.team, salesperson=self.people.sellers[source.seller], owner=clerk,
            channel=list(Order.Channel)[place % 5], source_number=source.source_number,
            customer_po=f"PO{source.source_number}" if place % 3 == 0 else "", state=state, received_at=received,
            sent_at=received - timedelta(minutes=6), requested_on=source.required_on, promised_on=source.required_on,
            ship_method=source.carrier, payment_terms=customer.payment_terms, ship_to=str(address),
            ship_to_receiver=address.receiver, ship_to_phone=address.phone,
            invoice_profile=self.profiles[customer.pk], created_at=received, created_by=clerk, updated_at=received,
            updated_by=clerk, due_at=self.clock.add(received, 240 + len(source.lines)),
        )  # fmt: skip
        lines = [self._line(order, position, source, row) for position, row in enumerate(source.lines, 1)]
        write_totals(order, lines)
        self._write_dates(order, lines, source)
        return order, lines

    def _line(self, order: Order, position: int, source: DemoOrder, row: Any) -> OrderLine:
        product = self.products[row.product]
        exact = exact_amount(row.quantity, row.price, row.discount)
        amount = self.rounding.take(exact)
        net, tax = split_tax(amount, product.tax_rate, order.currency)
        return OrderLine(
            order=order, position=position, product=product, product_code=product.code, product_name=product.name,
            spec=product.spec, unit=product.unit, quantity=row.quantity, unit_price=row.price,
            list_price=product.list_price, price_reason=gettext_noop("List price"), discount=row.discount,
            tax_rate=product.tax_rate, net=net, tax=tax, amount=amount, source_amount=exact,
            shipped_quantity=row.quantity if source.shipped_on else 0,
        )  # fmt: skip

    def _write_dates(self, order: Order, lines: list[OrderLine], source: DemoOrder) -> None:
        reached = [step for step in STEPS if self._has_passed(Status(order.state), step[0])]
        for _status, field, minutes in reached:
            setattr(order, field, min(self.clock.add(order.received_at, minutes), self.now))
        if order.entered_at:
            order.entered_by = order.owner
        if source.shipped_on is None:
            return
        order.shipped_at = _at(source.shipped_on, time(16, 30))
        order.completed_at = order.shipped_at + timedelta(days=2)
        order.fulfilment = Fulfilment.SIGNED
        order.due_at = None
        if self.now - order.shipped_at > timedelta(days=60):
            order.state, order.closed_at = Status.CLOSED, order.shipped_at + timedelta(days=45)
            order.invoicing, order.payment = Invoicing.FULL, Payment.PAID
        else:
            order.completed_at = min(order.completed_at, self.now)
        for line in lines:
            line.invoiced_quantity = line.quantity if order.invoicing == Invoicing.FULL else Decimal(0)

    @staticmethod
    def _has_passed(state: Status, step: Status) -> bool:
        way = [Status.RECEIVED, *(status for status, _field, _minutes in STEPS), Status.COMPLETED, Status.CLOSED]
        position = {Status.CLARIFYING: 0, Status.PENDING_APPROVAL: way.index(Status.VERIFIED)}
        return position.get(state, way.index(state) if state in way else 0) >= way.index(step)

    def _diary(self, order: Order) -> list[OrderEvent]:
        events = [
            OrderEvent(
                order=order, kind="created", by=order.created_by, at=order.created_at,
                after={"line_count": order.line_count, "total": str(order.total)},
            )
        ]  # fmt: skip
        before = str(Status.RECEIVED)
        last = [("completed_at", Status.COMPLETED), ("closed_at", Status.CLOSED)]
        for field, status in [(field, status) for status, field, _minutes in STEPS] + last:
            at = getattr(order, field)
            if at is None:
                continue
            by = self.people.manager if status == Status.CONFIRMED else order.owner
            events.append(
                OrderEvent(
                    order=order, kind="moved", by=by, at=at, before={"state": before}, after={"state": str(status)}
                )
            )
            before = str(status)
        if order.state in (Status.CLARIFYING, Status.PENDING_APPROVAL):
            events.append(
                OrderEvent(
                    order=order, kind="moved", by=order.owner, at=self.now, before={"state": before},
                    after={"state": str(order.state)},
                )
            )  # fmt: skip
        return events


def _at(day: date, clock: time) -> datetime:
    """A moment of the house's day."""
    return datetime.combine(day, clock, timezone.get_default_timezone())
