"""Deeds on orders by people, each told to the model as well; a refused deed must leave every row as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied

from customers.factories import make_customer
from customers.models import Customer
from orders.actions.approve import decide_approval
from orders.actions.cancel import cancel_order, reject_order, reopen_order
from orders.actions.clarify import answer_clarification, ask_customer
from orders.actions.enter import create_order, edit_order
from orders.actions.hold import place_hold, release_hold
from orders.actions.release import close_order, release_order, withdraw_release
from orders.actions.review import QUESTIONS, Answer, confirm_order, review_order, submit_entry
from orders.actions.verify import FaultFound, bounce_order, verify_order
from orders.desk.comparing import GROUPS, sight_of_source, sources_of
from orders.errors import OrderError
from orders.models import Approval, ApprovalRule, DeskRule, Hold, Order
from orders.rows import LineEntry
from orders.status import EDITABLE_STATES, MOVES, Status
from orders.tests import desk_model as model
from orders.tests.desk_model import GRANTED, OPEN, PENDING, Kind, ModelDesk, ModelOrder, ModelRow
from orders.tests.desk_witness import check_desk, check_order, check_sight, every_row
from staff.factories import make_team, make_user
from staff.models import User
from staff.roles import Role

S = Status
Rows = list[tuple[Decimal, Decimal]]
BEFORE_CONFIRMED = frozenset({S.RECEIVED, S.CLARIFYING, S.REVIEWED, S.ENTERED, S.VERIFIED, S.PENDING_APPROVAL})


@dataclass(frozen=True)
class House:
    """The people, and the one customer they sell to."""

    lin: User  # the customer's clerk
    wang: User  # a clerk who may approve what others wrote
    reviewer: User
    approver: User
    keeper: User
    boss: User
    stranger: User  # a salesperson of another team
    customer: Customer

    @property
    def people(self) -> list[User]:
        """Everybody."""
        return [self.lin, self.wang, self.reviewer, self.approver, self.keeper, self.boss, self.stranger]


def open_house() -> House:
    """Everybody at work, with rules that fire now and then and no sample, so that the model can foretell."""
    DeskRule.objects.update(
        sample_percent=0, four_eyes_total=model.FOUR_EYES, self_review_total=model.SELF_REVIEW, completed_after_days=14
    )
    ApprovalRule.objects.update(is_active=False)
    for kind, threshold in ((Kind.CREDIT, None), (Kind.TOTAL, model.LARGE_ORDER), (Kind.DUPLICATE_PO, None)):
        ApprovalRule.objects.create(kind=kind, threshold=threshold, is_active=True)
    team, alone = make_team(), [Role.CLERK, Role.REVIEWER, Role.APPROVER, Role.WAREHOUSE, Role.MANAGER]
    lin, reviewer, approver, keeper, boss = (make_user("", role, team=team, password=None) for role in alone)
    wang = make_user("", Role.CLERK, Role.APPROVER, team=team, password=None)
    stranger = make_user("", Role.SALESPERSON, team=make_team(), password=None)
    customer = make_customer(team=team, clerk=lin, credit_limit=model.CREDIT_LIMIT, over_ship_percent=model.OVER_SHIP)
    return House(lin, wang, reviewer, approver, keeper, boss, stranger, customer)


class DeskWork:
    """One day at the desk."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.desk = ModelDesk()
        self.stored = every_row()
        self.tokens: dict[UUID, int] = {}

    def attempt(self, deed: Callable[[], Any]) -> Any:
        """What the deed answered; None where it was refused, and then every row is as it was."""
        try:
            return deed()
        except (OrderError, PermissionDenied):
            left = every_row()
        assert left == self.stored, "refused, and something changed"
        return None

    def done(self, *changed: ModelOrder, quiet: bool = False) -> None:
        """After a deed: the database says what the model says, and the diary only grew."""
        earlier, self.stored = self.stored, every_row()
        events = set(self.stored["orders_orderevent"])
        assert events.issuperset(earlier["orders_orderevent"])
        assert quiet or len(events) > len(earlier["orders_orderevent"])
        check_desk(self.desk)
        for order in changed:
            if order.state == S.RELEASED and order.is_done and not order.reopened:
                order.state = S.COMPLETED
            check_order(order)
        check_sight(self.desk, self.house.stranger, self.house.keeper)

    def adopt(self, order: Order, po: str, writer: User) -> ModelOrder:
        """Let the model know a new order; its rows are checked against what was written."""
        rows = {line.pk: ModelRow(line.quantity, line.unit_price) for line in order.lines.all()}
        self.desk.orders[order.pk] = ModelOrder(order.pk, order.number, po, rows, {writer.pk})
        return self.desk.orders[order.pk]

    def create(self, by: User, rows: Rows, po: str, token: UUID) -> ModelOrder | None:
        """A form is posted; the same form again gives the same order."""
        entries = [LineEntry(quantity, product_name="纸", unit_price=price) for quantity, price in rows]
        made = self.attempt(
            lambda: create_order(by=by, customer=self.house.customer, lines=entries, form_token=token, customer_po=po)
        )
        if made is None:
            assert token in self.tokens
            return None
        if token in self.tokens:
            assert made.pk == self.tokens[token]
            self.done(quiet=True)
            return None
        self.tokens[token] = made.pk
        order = self.adopt(made, po, by)
        assert [(row.quantity, row.price) for row in order.rows.values()] == rows
        self.done(order)
        return order

    def edit(self, by: User, order: ModelOrder, rows: Rows, po: str, *, stale: bool, keep: int) -> None:
        """The form of an order is saved; the first ``keep`` rows stay the rows they were."""
        stored = Order.objects.get(pk=order.pk)
        ids = [*list(order.rows)[:keep], *[None] * len(rows)]
        entries = [
            LineEntry(quantity, id=line, product_name="纸", unit_price=price)
            for (quantity, price), line in zip(rows, ids, strict=False)
        ]
        version = stored.version - stale
        was = order.content
        saved = self.attempt(lambda: edit_order(by=by, order=stored, version=version, lines=entries, customer_po=po))
        assert (saved is not None) == (order.state in EDITABLE_STATES and not stale)
        if saved is None:
            return
        lines = list(saved.lines.all())
        assert [line.quantity for line in lines] == [quantity for quantity, _price in rows]
        order.po = po
        order.rows = {line.pk: ModelRow(*row) for line, row in zip(lines, rows, strict=True)}
        if order.content != was:
            order.writers.add(by.pk)
            self.desk.keep_valid(order)
        self.done(order, quiet=order.content == was)

    def move(self, order: ModelOrder, to: Status, deed: Callable[[], Any]) -> bool:
        """A deed that ends in this state, or is refused."""
        source = order.state
        if self.attempt(deed) is None:
            return False
        assert to in MOVES[source]
        order.state = to
        self.done(order)
        return True

    def review(self, by: User, order: ModelOrder, *, is_right: bool) -> None:
        """The seven questions."""
        answers = {str(question): Answer(is_right, "" if is_right else "?") for question in QUESTIONS}
        was = order.state
        if self.attempt(
            lambda: review_order(by=by, order=Order(pk=order.pk, customer=self.house.customer), answers=answers)
        ):
            assert was == S.RECEIVED
            assert by == self.house.reviewer or (by == self.house.lin or by.pk in order.writers)
            order.state = S.REVIEWED if is_right else S.RECEIVED
            self.done(order)

    def submit(self, by: User, order: ModelOrder) -> None:
        """The order is entered by this person; a received one is reviewed in the same breath."""
        was = order.state
        if self.attempt(lambda: submit_entry(by=by, order=self.stored_order(order))) is None:
            return
        assert by in (self.house.lin, self.house.wang, self.house.boss)
        assert was == S.REVIEWED or (was == S.RECEIVED and order.total < model.SELF_REVIEW)
        order.state = S.ENTERED
        order.writers.add(by.pk)
        self.done(order)

    def stored_order(self, order: ModelOrder) -> Order:
        """The order as the caller of a deed holds it."""
        return Order.objects.get(pk=order.pk)

    def confirm(self, by: User, order: ModelOrder) -> None:
        """Bring it on without a second person, where none is needed."""
        was = order.state
        if self.attempt(lambda: confirm_order(by=by, order=self.stored_order(order))) is None:
            return
        assert was in (S.ENTERED, S.VERIFIED)
        assert not order.holds
        if was == S.ENTERED:
            assert order.looked_at == order.content or not (order.total >= model.FOUR_EYES or order.bounced)
        order.state = S.VERIFIED
        self.desk.settle(order)
        self.done(order)

    def verify(self, by: User, order: ModelOrder) -> None:
        """The second pair of eyes passes it."""
        was, stored = order.state, self.stored_order(order)
        sight = sight_of_source(stored, sources_of(stored))
        if not self.attempt(lambda: verify_order(by=by, order=stored, compared=GROUPS, sight=sight, note="x")):
            return
        self._saw(by, order, was)
        order.state, order.looked_at, order.bounced = S.VERIFIED, order.content, False
        self.desk.settle(order)
        self.done(order)

    def bounce(self, by: User, order: ModelOrder) -> None:
        """The second pair of eyes sends it back."""
        was, fault = order.state, FaultFound(None, "ship_to", "杭州")
        if self.attempt(lambda: bounce_order(by=by, order=self.stored_order(order), faults=[fault])):
            self._saw(by, order, was)
            order.bounced = True
            self.done(order)

    def _saw(self, by: User, order: ModelOrder, was: Status) -> None:
        assert was == S.ENTERED
        assert by in (self.house.reviewer, self.house.boss)
        assert by.pk not in order.writers, "whoever wrote it is no second pair of eyes"

    def decide(self, by: User, order: ModelOrder, which: int, *, grant: bool) -> None:
        """One of the order's approvals, open or not."""
        approvals = list(Approval.objects.filter(order=order.pk).order_by("pk"))
        if not approvals:
            return
        approval = approvals[which % len(approvals)]
        was, kind = order.state, approval.rule.kind
        decided = self.attempt(lambda: decide_approval(by=by, approval=approval, grant=grant, reason="x"))
        if decided is None:
            return
        assert was == S.PENDING_APPROVAL
        assert by in (self.house.approver, self.house.wang)
        assert by.pk not in order.writers, "nobody lifts their own limit"
        values = order.live[kind][0]
        self.desk.ask(order)
        if kind not in order.live or order.live[kind][0] != values:
            assert decided.state == Approval.State.VOID
            self.desk.settle(order)
        elif grant:
            order.live[kind] = (values, GRANTED)
            self.desk.settle(order)
        else:
            order.live = {name: held for name, held in order.live.items() if held[1] != OPEN}
            order.live.pop(kind, None)
            order.state = S.ENTERED
        self.done(order, quiet=decided.state == Approval.State.VOID)

    def cancel(self, by: User, order: ModelOrder) -> None:
        """Called off by the customer."""
        was = order.state
        if not self.attempt(
            lambda: cancel_order(by=by, order=self.stored_order(order), side="customer", reason="changed_mind")
        ):
            return
        assert S.CANCELLED in MOVES[was]
        assert by == self.house.boss or was in BEFORE_CONFIRMED
        assert not any(each.state != "cancelled" for each in order.shipments.values())
        order.state, order.live = S.CANCELLED, {}
        self.ends(order)
        self.done(order)

    def ends(self, order: ModelOrder) -> None:
        """Nothing that waited on it waits any more."""
        order.holds, order.amending = set(), set()
        for parcel in order.shipments.values():
            assert parcel.state == "cancelled"

    def reject(self, by: User, order: ModelOrder) -> None:
        """Not taken."""
        deed = lambda: reject_order(by=by, order=self.stored_order(order), reason="not_ours")  # noqa: E731
        if self.attempt(deed) is None:
            return
        assert by == self.house.boss
        assert S.REJECTED in MOVES[order.state]
        order.state = S.REJECTED
        self.ends(order)
        self.done(order)

    def ask(self, by: User, order: ModelOrder) -> None:
        """Ask the customer."""
        self.move(
            order, S.CLARIFYING, lambda: ask_customer(by=by, order=self.stored_order(order), question="几箱？", to="")
        )

    def answer(self, by: User, order: ModelOrder) -> None:
        """The customer answers."""
        if self.attempt(lambda: answer_clarification(by=by, order=self.stored_order(order), answer="40")):
            if order.state == S.CLARIFYING:
                order.state = S.RECEIVED
                self.done(order)
            else:
                self.done(order, quiet=True)

    def hold(self, by: User, order: ModelOrder, kind: str) -> None:
        """Somebody stops it."""
        held = self.attempt(lambda: place_hold(by=by, order=self.stored_order(order), kind=kind, reason="x"))
        if held is not None:
            assert by not in (self.house.keeper, self.house.stranger)
            order.holds.add(held.pk)
            self.done(order)

    def let_go(self, by: User, order: ModelOrder) -> None:
        """The first hold is released."""
        hold = Hold.objects.filter(order=order.pk, released_at=None).first()
        if hold is None or not self.attempt(lambda: release_hold(by=by, hold=hold)):
            return
        may_always = by in (self.house.approver, self.house.wang, self.house.boss)
        assert may_always or (hold.placed_by_id == by.pk and hold.kind != Hold.Kind.CREDIT)
        if hold.placed_by_id is None or hold.kind == Hold.Kind.CREDIT:
            assert by.pk not in order.writers, "nobody lifts their own limit"
        order.holds.discard(hold.pk)
        if order.state in (S.VERIFIED, S.PENDING_APPROVAL):
            self.desk.settle(order)
        self.done(order)

    def release(self, by: User, order: ModelOrder) -> None:
        """To the warehouse, without its answer."""
        deed = lambda: release_order(by=by, order=self.stored_order(order), waived_reason="x")  # noqa: E731
        if self.move(order, S.RELEASED, deed):
            assert not order.holds
            assert by in (self.house.lin, self.house.wang, self.house.boss)

    def withdraw(self, by: User, order: ModelOrder) -> None:
        """Back from the warehouse before it picks."""
        was = order.state
        if not self.attempt(lambda: withdraw_release(by=by, order=self.stored_order(order), reason="x")):
            return
        assert (was, by) == (S.RELEASED, self.house.boss)
        assert not any(row.shipped for row in order.rows.values())
        for parcel in order.shipments.values():
            assert parcel.state in ("requested", "accepted", "short", "cancelled")
            parcel.state = "cancelled" if parcel.state in PENDING else parcel.state
        order.state = S.CONFIRMED
        self.done(order)

    def reopen(self, by: User, order: ModelOrder) -> None:
        """It was not complete after all: approvals are void, credit is asked anew."""
        was = order.state
        if not self.attempt(lambda: reopen_order(by=by, order=self.stored_order(order), reason="x")):
            return
        assert (was, by) == (S.COMPLETED, self.house.boss)
        order.reopened = True
        self.opened_again(order)
        self.done(order)

    def opened_again(self, order: ModelOrder) -> None:
        """No approval counts any more, and what fires holds it."""
        order.live = {}
        holds = set(Hold.objects.filter(order=order.pk, released_at=None).values_list("pk", flat=True))
        assert len(holds - order.holds) == len(self.desk.fires(order))
        order.holds, order.state = holds, S.RELEASED

    def close(self, by: User, order: ModelOrder, *, written_off: bool) -> None:
        """Unpaid as it is, only a manager who writes it off closes it."""
        deed = lambda: close_order(by=by, order=self.stored_order(order), written_off="x" * written_off)  # noqa: E731
        if self.move(order, S.CLOSED, deed):
            assert (by, written_off) == (self.house.boss, True)
            assert not order.holds
            assert not any(parcel.trouble for parcel in order.shipments.values())
