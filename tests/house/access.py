"""The access matrix: which role may do what at which address. Every address of the product stands here.

One line an address, by its url name::

    "orders:list": Page(get(CLERK=200, MANAGER=200)),                       # everybody else signed in: 403
    "orders:detail": Page(get(CLERK=200, SALESPERSON=404), args=lambda w: {"pk": w.order.pk}),
    "orders:confirm": Page(None, post(REVIEWER=302), args=lambda w: {"pk": w.order.pk}),
    "staff:profile": Page(get(ALL=200), post(ALL=422)),                     # 422: let in, the empty form is refused

``get``/``post`` name the answer of each role; ``ALL`` is what the roles not named get (403 when left out). Left out
altogether a method is answered 405. Whoever is not signed in, or is let go, is sent to the sign-in page, unless the
page is ``open_to_all``: then ``ANONYMOUS`` (else ``ALL``) says what a visitor gets. ``IN`` is any answer of somebody
who was let in: not 401, 403, 404, 405, not the sign-in page, no failure of the server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from customers.factories import make_customer, make_product
from customers.models import Address, Contact, Customer, CustomerPartNumber, InvoiceProfile, PriceList, Product
from orders.actions.intake import receive_request
from orders.factories import make_order
from orders.models import (
    Amendment,
    AmendmentRow,
    Approval,
    ApprovalRule,
    Audit,
    AuditedOrder,
    CaseStub,
    ErrorEvent,
    Evidence,
    Hold,
    Order,
    OrderReturn,
    Request,
    ReturnLine,
    Shipment,
    SopCheck,
    StockQuestion,
    StockQuestionLine,
    ThreadMessage,
)
from orders.requests.evidence import file_evidence
from orders.status import Status
from salesops.jobs.models import Job
from salesops.spreadsheets.models import ImportBatch
from staff.actions.notices import notify
from staff.factories import make_sop, make_team, make_user
from staff.models import Notice, SopVersion, Team, User
from staff.roles import Role

IN = -1
REFUSED = 403

SIGNED_IN = tuple(role.name for role in Role)
STRANGERS = ("ANONYMOUS", "DISABLED")
WHO = (*STRANGERS[:1], *SIGNED_IN, *STRANGERS[1:])

Answers = Mapping[str, int]


def get(**answers: int) -> Answers:
    """What each role gets from GET."""
    return _checked(answers)


def post(**answers: int) -> Answers:
    """What each role gets from POST with a valid token and the body of the entry."""
    return _checked(answers)


def _checked(answers: dict[str, int]) -> Answers:
    unknown = set(answers) - {*WHO, "ALL"}
    if unknown:
        raise ValueError(f"no such role: {sorted(unknown)}")
    return answers


class World:
    """One of everything an address may name; made when first asked for.

    Everybody sits in one team. Rows belong to that team's clerk and to the salesperson, so that both see them.
    """

    @cached_property
    def team(self) -> Team:
        return make_team("North")

    @cached_property
    def people(self) -> dict[str, User]:
        people = {role.name: make_user(role.value, role, team=self.team) for role in Role}
        people["DISABLED"] = make_user("disabled", *Role, team=self.team)
        return people

    @property
    def administrator(self) -> User:
        return self.people["ADMINISTRATOR"]

    @cached_property
    def notice_of_clerk(self) -> Notice:
        return notify(user=self.people["CLERK"], text_key="The import is done.")

    @cached_property
    def job_of_clerk(self) -> Job:
        return Job.objects.create(kind="orders.import", owner=self.people["CLERK"], state=Job.State.DONE)

    @cached_property
    def other_clerk(self) -> User:
        """A clerk of another team, who must not learn that any of this exists."""
        return make_user("other", Role.CLERK, team=make_team("South"))

    @cached_property
    def customer(self) -> Customer:
        people = self.people
        return make_customer(team=self.team, salesperson=people["SALESPERSON"], clerk=people["CLERK"])

    @cached_property
    def contact(self) -> Contact:
        return Contact.objects.create(customer=self.customer, name="王芳", mobile="13800138000")

    @cached_property
    def address(self) -> Address:
        return Address.objects.create(customer=self.customer, street="文三路 1 号")

    @cached_property
    def invoice_profile(self) -> InvoiceProfile:
        return InvoiceProfile.objects.create(customer=self.customer, title="杭州示例商贸有限公司")

    @cached_property
    def product(self) -> Product:
        return make_product()

    @cached_property
    def part_number(self) -> CustomerPartNumber:
        return CustomerPartNumber.objects.create(customer=self.customer, product=self.product, number="K-1")

    @cached_property
    def price_list(self) -> PriceList:
        return PriceList.objects.create(name="Wholesale")

    @cached_property
    def order(self) -> Order:
        """Released, so that the warehouse sees it too."""
        return make_order(customer=self.customer, state=Status.RELEASED)

    @cached_property
    def error_of_clerk(self) -> ErrorEvent:
        """Made by the clerk, caught by the reviewer, not disputed."""
        people = self.people
        return ErrorEvent.objects.create(
            number="ER-1", order=self.order, team=self.team, origin="verification", field="quantity", line_position=1,
            wrong_value="1", right_value="2", type="wrong_quantity", made_stage="entry", made_by=people["CLERK"],
            caught_stage="verification", caught_by=people["REVIEWER"],
        )  # fmt: skip

    @cached_property
    def audited(self) -> AuditedOrder:
        """The released order in a sample of one, to be compared."""
        day = self.order.received_at.date()
        audit = Audit.objects.create(
            number="AU-1", first=day, last=day, population=1, population_hash="0" * 64, seed="0" * 16, size=1,
            drawn_by=self.people["REVIEWER"],
        )  # fmt: skip
        return AuditedOrder.objects.create(audit=audit, order=self.order, place=1)

    @cached_property
    def request(self) -> Request:
        """Waiting, with a picture."""
        return receive_request(
            channel=Order.Channel.PHONE,
            by=self.people["CLERK"],
            customer=self.customer,
            subject="40 boxes",
            body="40 boxes",
            evidence=[file_evidence("note.png", b"\x89PNG\r\n\x1a\n" + b"0" * 80)],
        )

    @cached_property
    def mail(self) -> ThreadMessage:
        """Written to the customer of the released order."""
        return ThreadMessage.objects.create(order=self.order, direction="out", state="sent", recipients="a@b.example")

    @cached_property
    def evidence(self) -> Evidence:
        return Evidence.objects.get(request=self.request)

    @cached_property
    def sheet(self) -> Evidence:
        """A customer's sheet, of a request of its own."""
        content = "品名,数量\n笔,2\n".encode()
        asked = receive_request(
            channel=Order.Channel.SHEET,
            by=self.people["CLERK"],
            customer=self.customer,
            subject="2 pens",
            body="",
            evidence=[file_evidence("order.csv", content)],
        )
        return Evidence.objects.get(request=asked)

    @cached_property
    def shipped_order(self) -> Order:
        """Another released order, whose shipment would stand in the way of what the first one is asked for."""
        return make_order(customer=self.customer, state=Status.RELEASED)

    @cached_property
    def question(self) -> StockQuestion:
        """About the first row of the released order, not answered."""
        question = StockQuestion.objects.create(order=self.shipped_order, asked_by=self.people["CLERK"])
        line = self.shipped_order.lines.order_by("position").first()
        StockQuestionLine.objects.create(question=question, line=line, quantity=1)
        return question

    @cached_property
    def shipment(self) -> Shipment:
        """Requested for the released order."""
        return Shipment.objects.create(number="SH-1", order=self.shipped_order, requested_by=self.people["CLERK"])

    @cached_property
    def sop_version(self) -> SopVersion:
        return make_sop("Orders", {"deed": "verify", "checklist": "Rows"}, by=self.administrator).versions.get()

    @cached_property
    def sop_check(self) -> SopCheck:
        return SopCheck.objects.create(
            order=self.order, deed="verify", version=self.sop_version, step=1, missed=["Rows"], missed_count=1,
            reason="By phone", by=self.people["REVIEWER"],
        )  # fmt: skip

    @cached_property
    def case_stub(self) -> CaseStub:
        return CaseStub.objects.create(order=self.shipped_order, shipment=self.shipment, kind=CaseStub.Kind.LATE)

    @cached_property
    def order_return(self) -> OrderReturn:
        """Requested: one piece of the first row of an order that was shipped."""
        made = OrderReturn.objects.create(order=self.shipped_order, number="RT-1", state=OrderReturn.State.REQUESTED)
        ReturnLine.objects.create(order_return=made, line=self.shipped_order.lines.all()[0], quantity=1)
        return made

    @cached_property
    def hold(self) -> Hold:
        """Of the released order, placed by the house."""
        return Hold.objects.create(order=self.order, kind=Hold.Kind.CREDIT, reason="over the limit")

    @cached_property
    def approval(self) -> Approval:
        """Asked for on the released order: nobody can decide it any more."""
        rule = ApprovalRule.objects.get(kind="total")
        return Approval.objects.create(order=self.order, rule=rule, rule_version=1, inputs_hash="0" * 64)

    @cached_property
    def amendment(self) -> Amendment:
        """Submitted by the clerk: a small change of the released order."""
        made = Amendment.objects.create(
            order=self.order, revision=1, state="submitted", cause="customer_change", reason="mail",
            asked_by=self.people["CLERK"], total_before=self.order.total, total_after=self.order.total,
        )  # fmt: skip
        AmendmentRow.objects.create(amendment=made, field="ship_to", old="", new="宁波")
        return made

    @cached_property
    def import_of_clerk(self) -> ImportBatch:
        return ImportBatch.objects.create(
            kind="orders", state=ImportBatch.State.DONE, file_name="orders.xlsx", sha256="0" * 64,
            uploaded_by=self.people["CLERK"],
        )  # fmt: skip


def _nothing(_world: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Page:
    """One line of the matrix."""

    get: Answers | None = None
    post: Answers | None = None
    args: Callable[[World], dict[str, Any]] = _nothing
    body: Callable[[World], dict[str, Any]] = _nothing
    open_to_all: bool = False
    scoped: bool = False  # names rows of one team: a clerk of another team gets 404
    reading_writes: frozenset[str] = field(default_factory=frozenset)  # tables a GET may write, with a good reason

    def answer(self, method: str, who: str) -> int:
        """What this person gets; 302 for a stranger at a closed page means the sign-in page."""
        answers = self.get if method == "GET" else self.post
        if who in STRANGERS:
            if not self.open_to_all:
                return 302
            who = "ANONYMOUS"
        if answers is None:
            return 405
        return answers.get(who, answers.get("ALL", REFUSED))


def everyone(status: int = 200) -> Answers:
    """The same for every role."""
    return {"ALL": status}


def to(roles: str, status: int, **others: int) -> Answers:
    """The same answer for the roles named, others apart; everybody else signed in is refused."""
    return _checked(dict.fromkeys(roles.split(), status) | others)


EDITORS = "CLERK MANAGER ADMINISTRATOR"
CUSTOMER_EYES = f"{EDITORS} REVIEWER APPROVER SALESPERSON"
ERROR_EYES = f"{EDITORS} REVIEWER APPROVER"
ORDER_EYES = f"{CUSTOMER_EYES} WAREHOUSE"
PRODUCT_EDITORS = "MANAGER ADMINISTRATOR"
KEEPERS = "WAREHOUSE ADMINISTRATOR"
VERIFIERS = "REVIEWER MANAGER ADMINISTRATOR"
DESK = f"{EDITORS} REVIEWER APPROVER"
UNMASKERS = f"{EDITORS} REVIEWER SALESPERSON"


def _customer(world: World) -> dict[str, Any]:
    return {"pk": world.customer.pk}


def _order(world: World) -> dict[str, Any]:
    return {"pk": world.order.pk}


def _sop_version(world: World) -> dict[str, Any]:
    return {"pk": world.sop_version.sop_id, "number": world.sop_version.number}


def _amendment(world: World) -> dict[str, Any]:
    return {"pk": world.amendment.pk}


def _error(world: World) -> dict[str, Any]:
    return {"pk": world.error_of_clerk.pk}


def _request(world: World) -> dict[str, Any]:
    return {"pk": world.request.pk}


def _sheet(world: World) -> dict[str, Any]:
    return {"pk": world.sheet.pk}


def _evidence(world: World) -> dict[str, Any]:
    return {"pk": world.evidence.pk}


def _import(world: World) -> dict[str, Any]:
    return {"pk": world.import_of_clerk.pk}


def _part(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": world.customer.pk, "part_id": getattr(world, name).pk}


def _list(**more: Any) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {"name": "orders", **more}


MATRIX: dict[str, Page] = {
    # the frame
    "home": Page(everyone()),
    "search": Page(everyone()),
    "frame": Page(None, everyone(302)),
    "healthz": Page(everyone(503), open_to_all=True),  # no worker is alive in the tests, and it says so
    # people
    "staff:sign_in": Page(get(ALL=302, ANONYMOUS=200), post(ALL=302, ANONYMOUS=422), open_to_all=True),
    "staff:sign_out": Page(None, everyone(302)),
    "staff:welcome": Page(everyone(302), everyone(302), open_to_all=True),
    "staff:language": Page(None, everyone(302), body=lambda _w: {"language": "en"}, open_to_all=True),
    "staff:theme": Page(None, everyone(302), body=lambda _w: {"theme": "dark"}, open_to_all=True),
    "staff:profile": Page(everyone(), everyone(422)),
    "staff:sessions": Page(everyone()),
    "staff:session_end": Page(None, everyone(404)),
    "staff:sessions_end_others": Page(None, everyone(302)),
    "staff:password": Page(everyone(), everyone(422)),
    "staff:password_reset": Page(everyone(), everyone(422), open_to_all=True),
    "staff:password_reset_set": Page(
        everyone(410), everyone(410), args=lambda _w: {"person": "MQ", "token": "c0ffee-1234"}, open_to_all=True
    ),
    "staff:notices": Page(everyone()),
    "staff:notices_read": Page(None, everyone(302)),
    "staff:sops": Page(everyone()),
    "staff:sop_version": Page(everyone(), args=_sop_version),
    "staff:sop_read": Page(None, everyone(302), args=_sop_version),
    "staff:notice_open": Page(None, post(CLERK=302, ALL=404), args=lambda w: {"pk": w.notice_of_clerk.pk}),
    # long work
    "jobs:list": Page(everyone()),
    "jobs:detail": Page(get(CLERK=200, ADMINISTRATOR=200, ALL=404), args=lambda w: {"pk": w.job_of_clerk.pk}),
    "jobs:progress": Page(get(CLERK=200, ADMINISTRATOR=200, ALL=404), args=lambda w: {"pk": w.job_of_clerk.pk}),
    "jobs:cancel": Page(None, post(CLERK=302, ADMINISTRATOR=302, ALL=404), args=lambda w: {"pk": w.job_of_clerk.pk}),
    "jobs:file": Page(get(ALL=404), args=lambda w: {"pk": w.job_of_clerk.pk}),
    # lists
    "listing:columns": Page(None, to(CUSTOMER_EYES, 302), args=_list()),
    "listing:save_view": Page(None, to(CUSTOMER_EYES, 302), args=_list(), body=lambda _w: {"name": "Mine"}),
    "listing:delete_view": Page(None, to(CUSTOMER_EYES, 404), args=_list(view_id=1)),
    "listing:export": Page(None, to(EDITORS, 302), args=_list()),
    "listing:deed": Page(None, to(CUSTOMER_EYES, 404), args=_list(deed="nothing")),
    "listing:part": Page(to(CUSTOMER_EYES, 200), args=_list(part="filters")),
    # sheets
    "imports:list": Page(to(EDITORS, 200)),
    "imports:upload": Page(to(EDITORS, 200), to(EDITORS, 400)),
    "imports:detail": Page(to(EDITORS, 200), args=_import, scoped=True),
    "imports:map": Page(to(EDITORS, 302), to(EDITORS, 302), args=_import, scoped=True),
    "imports:preview": Page(to(EDITORS, 302), args=_import, scoped=True),
    "imports:numbers": Page(None, to(EDITORS, 302), args=_import, scoped=True),
    "imports:write": Page(None, to(EDITORS, 302), args=_import, scoped=True),
    "imports:cancel": Page(None, to(EDITORS, 302), args=_import, scoped=True),
    "imports:undo": Page(None, to(EDITORS, 302), args=_import, scoped=True),
    "imports:refused": Page(to(EDITORS, 404), args=_import, scoped=True),
    # the clock
    "worktime:calendar": Page(everyone(), post(ADMINISTRATOR=422)),
    "worktime:template": Page(everyone()),
    # customers
    "customers:list": Page(to(CUSTOMER_EYES, 200)),
    "customers:create": Page(to(EDITORS, 200), to(EDITORS, 422)),
    "customers:check": Page(to(EDITORS, 200)),
    "customers:detail": Page(to(CUSTOMER_EYES, 200), args=_customer, scoped=True),
    "customers:edit": Page(to(EDITORS, 200), to(EDITORS, 422), args=_customer, scoped=True),
    "customers:history": Page(to(CUSTOMER_EYES, 200), args=_customer, scoped=True),
    "customers:block": Page(to(EDITORS, 200), to(EDITORS, 422), args=_customer, scoped=True),
    "customers:assign": Page(to(EDITORS, 200), to(EDITORS, IN), args=_customer, scoped=True),
    "customers:note": Page(None, to(EDITORS, 422), args=_customer, scoped=True),
    "customers:verify": Page(None, to(EDITORS, 302), args=_customer, scoped=True),
    "customers:unmask": Page(
        None,
        to(UNMASKERS, IN),
        args=lambda w: {"pk": w.customer.pk, "part": "contact", "part_id": w.contact.pk},
        scoped=True,
    ),
    "customers:contact_create": Page(to(EDITORS, 200), to(EDITORS, 422), args=_customer, scoped=True),
    "customers:contact_edit": Page(to(EDITORS, 200), to(EDITORS, 422), args=_part("contact"), scoped=True),
    "customers:address_create": Page(to(EDITORS, 200), to(EDITORS, 422), args=_customer, scoped=True),
    "customers:address_edit": Page(to(EDITORS, 200), to(EDITORS, 422), args=_part("address"), scoped=True),
    "customers:address_remove": Page(None, to(EDITORS, 302), args=_part("address"), scoped=True),
    "customers:profile_create": Page(to(EDITORS, 200), to(EDITORS, 422), args=_customer, scoped=True),
    "customers:profile_edit": Page(to(EDITORS, 200), to(EDITORS, 422), args=_part("invoice_profile"), scoped=True),
    "customers:profile_check": Page(None, to(EDITORS, IN), args=_part("invoice_profile"), scoped=True),
    "customers:part_number_create": Page(to(EDITORS, 200), to(EDITORS, 422), args=_customer, scoped=True),
    "customers:part_number_edit": Page(to(EDITORS, 200), to(EDITORS, 422), args=_part("part_number"), scoped=True),
    "customers:part_number_remove": Page(None, to(EDITORS, 302), args=_part("part_number"), scoped=True),
    # products
    "products:list": Page(everyone()),
    "products:detail": Page(everyone(), args=lambda w: {"pk": w.product.pk}),
    "products:history": Page(everyone(), args=lambda w: {"pk": w.product.pk}),
    "products:create": Page(to(PRODUCT_EDITORS, 200), to(PRODUCT_EDITORS, 422)),
    "products:edit": Page(to(PRODUCT_EDITORS, 200), to(PRODUCT_EDITORS, 422), args=lambda w: {"pk": w.product.pk}),
    "products:price_lists": Page(to(PRODUCT_EDITORS, 200)),
    "products:price_list_create": Page(to(PRODUCT_EDITORS, 200), to(PRODUCT_EDITORS, 422)),
    "products:price_list_edit": Page(
        to(PRODUCT_EDITORS, 200), to(PRODUCT_EDITORS, 422), args=lambda w: {"pk": w.price_list.pk}
    ),
    "products:listed_steps": Page(
        to(PRODUCT_EDITORS, 200),
        to(PRODUCT_EDITORS, IN),
        args=lambda w: {"pk": w.product.pk, "list_pk": w.price_list.pk},
    ),
    "products:customer_pick": Page(to(PRODUCT_EDITORS, 302), args=lambda w: {"pk": w.product.pk}),
    "products:customer_steps": Page(
        to(PRODUCT_EDITORS, 200),
        to(PRODUCT_EDITORS, IN),
        args=lambda w: {"pk": w.product.pk, "customer_pk": w.customer.pk},
    ),
    # orders
    "orders:list": Page(to(CUSTOMER_EYES, 200)),
    "orders:create": Page(to(EDITORS, 200), to(EDITORS, 422)),
    "orders:entry": Page(to(EDITORS, 200)),
    "orders:entry_of": Page(to(EDITORS, IN), args=_order, scoped=True),
    "orders:entry_products": Page(to(EDITORS, 200)),
    "orders:entry_customer": Page(to(EDITORS, 404)),  # no customer named
    "orders:entry_last": Page(to(EDITORS, 200)),
    "orders:entry_keep": Page(None, to(EDITORS, 400)),
    "orders:entry_paste": Page(None, to(EDITORS, 400)),
    "orders:entry_discard": Page(None, to(EDITORS, 400)),
    "orders:entry_submit": Page(None, to(EDITORS, 400)),
    "orders:find_products": Page(to(EDITORS, 200)),
    "orders:find_customers": Page(to(EDITORS, 200)),
    "orders:customer_card": Page(to(EDITORS, IN)),
    "orders:unassigned": Page(to(EDITORS, 200)),
    "orders:assign": Page(None, to(EDITORS, IN)),
    "orders:detail": Page(to(ORDER_EYES, 200), args=_order, scoped=True),
    "orders:edit": Page(to(EDITORS, IN), to(EDITORS, IN), args=_order, scoped=True),
    "orders:note": Page(None, to(ORDER_EYES, IN), args=_order, scoped=True),
    "orders:deadline": Page(to(ORDER_EYES, 200), args=_order, scoped=True),
    "orders:review": Page(to(f"{EDITORS} REVIEWER", 302), to(f"{EDITORS} REVIEWER", 302), args=_order, scoped=True),
    "orders:submit": Page(to(EDITORS, 302), to(EDITORS, 302), args=_order, scoped=True),
    "orders:verify": Page(to(VERIFIERS, 302), to(VERIFIERS, 302), args=_order),
    "orders:bounce": Page(to(VERIFIERS, 302), to(VERIFIERS, 302), args=_order),
    "orders:confirm": Page(to(EDITORS, 302), to(EDITORS, 302), args=_order, scoped=True),
    "orders:decide": Page(to("APPROVER ADMINISTRATOR", 302), args=_order),
    "orders:invoice_back": Page(to(EDITORS, 200), to(EDITORS, 422), args=_order, scoped=True),
    "orders:hold": Page(to(DESK, 200), to(DESK, 422), args=_order, scoped=True),
    "orders:release": Page(to(EDITORS, 302), to(EDITORS, 302), args=_order, scoped=True),
    "orders:withdraw": Page(to(PRODUCT_EDITORS, IN), to(PRODUCT_EDITORS, IN), args=_order),
    "orders:withdraw_many": Page(None, to(PRODUCT_EDITORS, 302)),
    "orders:cancel": Page(to(EDITORS, IN), to(EDITORS, IN), args=_order, scoped=True),
    "orders:reject": Page(to(PRODUCT_EDITORS, 302), to(PRODUCT_EDITORS, 302), args=_order),
    "orders:reopen": Page(to(PRODUCT_EDITORS, 302), to(PRODUCT_EDITORS, 302), args=_order),
    "orders:close": Page(to(EDITORS, 302), to(EDITORS, 302), args=_order, scoped=True),
    "orders:release_hold": Page(
        None,
        to("APPROVER MANAGER ADMINISTRATOR", 302, CLERK=403, REVIEWER=403),
        args=lambda w: {"pk": w.hold.pk},
        scoped=True,
    ),
    "orders:approvals": Page(to("APPROVER ADMINISTRATOR", 200)),
    "orders:approval": Page(
        to("APPROVER ADMINISTRATOR", 200),
        to("APPROVER ADMINISTRATOR", 422),
        args=lambda w: {"pk": w.approval.pk},
    ),
    "orders:sop_deviations": Page(to(PRODUCT_EDITORS, 200)),
    "orders:sop_check": Page(to(PRODUCT_EDITORS, 302), args=lambda w: {"pk": w.sop_check.pk}),
    "orders:rules": Page(to("ADMINISTRATOR", 200)),
    "orders:rule": Page(
        to("ADMINISTRATOR", 200), to("ADMINISTRATOR", 422), args=lambda _w: {"pk": ApprovalRule.objects.first().pk}
    ),
    "orders:warehouse": Page(to(KEEPERS, 200)),
    "orders:questions": Page(to(ORDER_EYES, 200)),
    "orders:stock_question": Page(
        to(ORDER_EYES, 200), to(KEEPERS, 422), args=lambda w: {"pk": w.question.pk}, scoped=True
    ),
    "orders:shipments": Page(to(ORDER_EYES, 200)),
    "orders:shipment": Page(to(ORDER_EYES, 200), args=lambda w: {"pk": w.shipment.pk}, scoped=True),
    "orders:proof": Page(to(ORDER_EYES, 404), args=lambda w: {"pk": w.shipment.pk}, scoped=True),  # nobody signed
    "orders:shipment_step": Page(
        None, to(KEEPERS, 302), args=lambda w: {"pk": w.shipment.pk, "deed": "accept"}, scoped=True
    ),
    "orders:case_settle": Page(
        None, to(f"{EDITORS} WAREHOUSE", 422), args=lambda w: {"pk": w.case_stub.pk}, scoped=True
    ),
    "orders:returns": Page(to(ORDER_EYES, 200)),
    "orders:return": Page(to(ORDER_EYES, 200), args=lambda w: {"pk": w.order_return.pk}, scoped=True),
    "orders:return_step": Page(
        None,
        to("MANAGER APPROVER ADMINISTRATOR", 302),
        args=lambda w: {"pk": w.order_return.pk, "deed": "authorise"},
        scoped=True,
    ),
    "orders:ask_stock": Page(to(EDITORS, 200), to(EDITORS, 422), args=_order, scoped=True),
    "orders:request_shipment": Page(to(EDITORS, 200), to(EDITORS, 422), args=_order, scoped=True),
    "orders:short_close": Page(to(EDITORS, 200), to(EDITORS, 422), args=_order, scoped=True),
    "orders:request_return": Page(to(EDITORS, 200), to(EDITORS, 422), args=_order, scoped=True),
    "orders:rows_back": Page(None, to(f"{EDITORS} WAREHOUSE", 302), args=_order, scoped=True),
    "orders:warehouse_bounce": Page(to(KEEPERS, 200), to(KEEPERS, 422), args=_order),
    "orders:requests": Page(to(CUSTOMER_EYES, 200)),
    "orders:request_note": Page(to(EDITORS, 200), to(EDITORS, 422)),
    "orders:request_new": Page(to(EDITORS, 200), to(EDITORS, 422)),
    "orders:request": Page(to(CUSTOMER_EYES, 200), args=_request, scoped=True),
    "orders:request_take": Page(None, to(EDITORS, 422), args=_request, scoped=True),
    "orders:request_file": Page(None, to(EDITORS, 422), args=_request, scoped=True),
    "orders:request_refuse": Page(None, to(EDITORS, 422), args=_request, scoped=True),
    "orders:request_dismiss": Page(None, to(EDITORS, IN), args=_request, scoped=True),
    "orders:evidence": Page(to(CUSTOMER_EYES, 200, WAREHOUSE=404), args=_evidence, scoped=True),
    "orders:evidence_show": Page(to(CUSTOMER_EYES, 200, WAREHOUSE=404), args=_evidence, scoped=True),
    "orders:evidence_rows": Page(to(CUSTOMER_EYES, 200, WAREHOUSE=404), args=_sheet, scoped=True),
    "orders:ask": Page(None, to(EDITORS, 302), args=_order, scoped=True),
    "orders:answer": Page(None, to(EDITORS, 302), args=_order, scoped=True),
    "orders:write": Page(None, to(EDITORS, 302), args=_order, scoped=True),
    "orders:mail": Page(to(EDITORS, 200), to(EDITORS, 422), args=_order, scoped=True),
    "orders:mail_again": Page(None, to(EDITORS, 302), args=lambda w: {"pk": w.mail.pk}, scoped=True),
    "orders:rows_xlsx": Page(to(CUSTOMER_EYES, IN), args=_order, scoped=True),
    "orders:rows_csv": Page(to(CUSTOMER_EYES, IN), args=_order, scoped=True),
    # amendments
    "orders:amendments": Page(to(CUSTOMER_EYES, 200)),
    "orders:amend": Page(to(EDITORS, IN), to(EDITORS, IN), args=_order, scoped=True),
    "orders:amendment": Page(to(CUSTOMER_EYES, 200), args=_amendment, scoped=True),
    "orders:amendment_submit": Page(None, to(EDITORS, 422), args=_amendment, scoped=True),
    "orders:amendment_drop": Page(None, to(EDITORS, IN), args=_amendment, scoped=True),
    "orders:amendment_decide": Page(None, to(f"{EDITORS} APPROVER", 422), args=_amendment, scoped=True),
    "orders:amendment_link_make": Page(None, to(EDITORS, 422), args=_amendment, scoped=True),
    "amendment_link": Page(everyone(404), everyone(404), args=lambda _w: {"secret": "c0ffee"}, open_to_all=True),
    # errors
    "orders:errors": Page(to(ERROR_EYES, 200)),
    "orders:my_errors": Page(everyone()),
    "orders:error_figures": Page(to(ERROR_EYES, 200)),
    "orders:error": Page(to(ERROR_EYES, 200, ALL=404), args=_error, scoped=True),
    "orders:error_judge": Page(
        None, to("REVIEWER APPROVER MANAGER ADMINISTRATOR", 422, CLERK=403, ALL=404), args=_error, scoped=True
    ),
    "orders:error_dispute": Page(None, to(ERROR_EYES, 403, ALL=404) | {"CLERK": 422}, args=_error, scoped=True),
    "orders:error_rule": Page(None, to("APPROVER MANAGER ADMINISTRATOR", 422), args=_error),
    "orders:audits": Page(to(VERIFIERS, 200)),
    "orders:audit_new": Page(to(VERIFIERS, 200), to(VERIFIERS, 422)),
    "orders:audit": Page(to(VERIFIERS, 200), args=lambda w: {"pk": w.audited.audit_id}),
    "orders:audited": Page(to(VERIFIERS, 200), to(VERIFIERS, 422), args=lambda w: {"pk": w.audited.pk}),
    "orders:confirmation_page": Page(to(CUSTOMER_EYES, 200), args=_order, scoped=True),
    "orders:confirmation_pdf": Page(to(CUSTOMER_EYES, 200), args=_order, scoped=True),
    "orders:delivery_note_page": Page(to(ORDER_EYES, 200), args=_order, scoped=True),
    "orders:delivery_note_pdf": Page(to(ORDER_EYES, 200), args=_order, scoped=True),
    "orders:amendment_paper_page": Page(to(CUSTOMER_EYES, 200), args=_amendment, scoped=True),
    "orders:amendment_paper_pdf": Page(to(CUSTOMER_EYES, 200), args=_amendment, scoped=True),
    "orders:shipment_note_page": Page(to(ORDER_EYES, 200), args=lambda w: {"pk": w.shipment.pk}, scoped=True),
    "orders:shipment_note_pdf": Page(to(ORDER_EYES, 200), args=lambda w: {"pk": w.shipment.pk}, scoped=True),
    "orders:return_note_page": Page(to(ORDER_EYES, 200), args=lambda w: {"pk": w.order_return.pk}, scoped=True),
    "orders:return_note_pdf": Page(to(ORDER_EYES, 200), args=lambda w: {"pk": w.order_return.pk}, scoped=True),
}

# The administration is Django's: one rule for all of it, asked of every one of its addresses all the same.
ADMIN_PREFIX = "admin:"
ADMIN_OPEN = frozenset({"admin:login"})
ADMIN_ARGS: dict[str, Any] = {
    "object_id": "1", "id": "1", "content_type_id": "1", "app_label": "staff", "url": "nothing-here", "task_id": "1",
}  # fmt: skip

# Addresses without names or of the foundation that are open to visitors; anything else open fails the test.
OPEN_TO_ALL = frozenset(
    {
        "healthz",
        "staff:sign_in",
        "staff:welcome",
        "staff:language",
        "staff:theme",
        "staff:password_reset",
        "staff:password_reset_set",
        "amendment_link",
    }
)

# Addresses that take a POST without a token: none. A signed webhook would be the only reason for one.
WITHOUT_TOKEN: frozenset[str] = frozenset()
