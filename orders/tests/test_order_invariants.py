"""Whatever several people do to several orders in whatever sequence, the desk holds what a small model says.

``SALESOPS_MACHINE=300x50`` runs so many days of so many deeds; a plain run is short and always the same.
"""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from orders.models import Approval, Hold
from orders.status import Status
from orders.tests.desk_goods import GoodsWork
from orders.tests.desk_model import GONE, PENDING, ModelOrder
from orders.tests.desk_work import House, open_house
from salesops.audit.trail import verify_chain

S = Status
WHO = st.integers(0, 6)
WHICH = st.integers(0, 3)
QUANTITY = st.decimals("0.5", "12", places=1)
PRICE = st.sampled_from([Decimal("9.99"), Decimal("33.335"), Decimal(120), Decimal(480)])
ROWS = st.lists(st.tuples(QUANTITY, PRICE), min_size=1, max_size=3)
PO = st.sampled_from(["", "PO-1", "PO-2"])
TOKEN = st.integers(1, 30).map(lambda number: UUID(int=number))
STEPS = ["accepted", "picked", "packed", "shipped", "delivered", "signed", "cancelled"]
RETURN_STEPS = ["authorised", "refused", "in_transit", "received", "inspected", "resolved", "closed"]


class Desk(RuleBasedStateMachine):
    """One day: people do what they like to orders; ``push`` brings an order on the way it ought to go."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        self.day = transaction.atomic()
        self.day.__enter__()
        self.work = GoodsWork(self.house)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.day.__exit__(None, None, None)

    def order(self, which: int) -> ModelOrder:
        """The order with this place."""
        orders = list(self.work.desk.orders.values())
        return orders[which % len(orders)]

    def person(self, who: int) -> Any:
        """The person with this place."""
        return self.house.people[who]

    @initialize(rows=ROWS, po=PO, other=ROWS)
    def two_orders_came_in(self, rows: Any, po: str, other: Any) -> None:
        self.work.create(self.house.lin, rows, po, UUID(int=101))
        self.work.create(self.house.boss, other, "PO-1", UUID(int=102))

    @rule(who=st.sampled_from([0, 1, 5]), rows=ROWS, po=PO, token=TOKEN)
    def create(self, who: int, rows: Any, po: str, token: UUID) -> None:
        if len(self.work.desk.orders) < 4 or token in self.work.tokens:
            self.work.create(self.person(who), rows, po, token)

    @rule(which=WHICH, times=st.integers(1, 8))
    def push(self, which: int, times: int) -> None:
        for _ in range(times):
            self.push_once(self.order(which))

    @rule(which=WHICH, times=st.integers(3, 12))
    def push_far(self, which: int, times: int) -> None:
        for _ in range(times):
            self.push_once(self.order(which))

    def push_once(self, order: ModelOrder) -> None:
        """The next deed of the way, by the person whose work it is."""
        house, work = self.house, self.work
        if order.holds:
            return work.let_go(house.boss, order)
        deeds = {
            S.RECEIVED: lambda: work.review(house.reviewer, order, is_right=True),
            S.CLARIFYING: lambda: work.answer(house.lin, order),
            S.REVIEWED: lambda: work.submit(house.lin, order),
            S.ENTERED: lambda: work.verify(house.reviewer, order),
            S.VERIFIED: lambda: work.confirm(house.lin, order),
            S.PENDING_APPROVAL: lambda: self.approve(order),
            S.CONFIRMED: lambda: work.release(house.lin, order),
            S.RELEASED: lambda: self.bring_out(order),
        }
        if order.state in deeds:
            deeds[order.state]()
        return None

    def approve(self, order: ModelOrder) -> None:
        """The first approval that is still open."""
        states = list(Approval.objects.filter(order=order.pk).order_by("pk").values_list("state", flat=True))
        assert "open" in states, "an order waits, and nobody can decide"
        self.work.decide(self.house.approver, order, states.index("open"), grant=True)

    def bring_out(self, order: ModelOrder) -> None:
        """The next step of the first shipment on its way, or a new one of all that is left."""
        work, keeper = self.work, self.house.keeper
        if any(each.trouble for each in order.shipments.values()):
            return work.settle(self.house.lin, order, again=False)
        following = dict(zip(["requested", "short", *STEPS[:5]], ["accepted", "picked", *STEPS[1:6]], strict=True))
        for place, pk in enumerate(sorted(order.shipments)):
            if (state := order.shipments[pk].state) in (PENDING | GONE) - {"signed"}:
                return work.step(keeper, order, place, following[state])
        return work.request(self.house.lin, order, None)

    @rule(who=st.sampled_from([0, 1, 5]), which=WHICH, rows=ROWS, po=PO, stale=st.booleans(), keep=st.integers(0, 3))
    def edit(self, who: int, which: int, rows: Any, po: str, stale: bool, keep: int) -> None:
        self.work.edit(self.person(who), self.order(which), rows, po, stale=stale, keep=keep)

    @rule(who=WHO, which=WHICH, right=st.booleans())
    def review(self, who: int, which: int, right: bool) -> None:
        self.work.review(self.person(who), self.order(which), is_right=right)

    @rule(who=WHO, which=WHICH, deed=st.sampled_from(["submit", "confirm", "verify", "bounce"]))
    def enter(self, who: int, which: int, deed: str) -> None:
        getattr(self.work, deed)(self.person(who), self.order(which))

    @rule(who=WHO, which=WHICH, approval=WHICH, grant=st.booleans())
    def decide(self, who: int, which: int, approval: int, grant: bool) -> None:
        self.work.decide(self.person(who), self.order(which), approval, grant=grant)

    @rule(which=WHICH, approval=WHICH)
    def refuse(self, which: int, approval: int) -> None:
        self.work.decide(self.house.approver, self.order(which), approval, grant=False)

    @rule(who=WHO, which=WHICH, deed=st.sampled_from(["cancel", "reject", "ask", "answer", "reopen", "withdraw"]))
    def turn(self, who: int, which: int, deed: str) -> None:
        if deed in ("ask", "answer") and who in (3, 4, 6):
            who = 0  # the page asks for the permission, the deed is also the mailbox's
        getattr(self.work, deed)(self.person(who), self.order(which))

    @rule(which=WHICH, deed=st.sampled_from(["reopen", "withdraw", "cancel"]))
    def manage(self, which: int, deed: str) -> None:
        getattr(self.work, deed)(self.house.boss, self.order(which))

    @rule(who=WHO, which=WHICH, off=st.booleans())
    def close(self, who: int, which: int, off: bool) -> None:
        self.work.close(self.person(who), self.order(which), written_off=off)

    @rule(who=WHO, which=WHICH, kind=st.sampled_from(Hold.Kind.values))
    def hold(self, who: int, which: int, kind: str) -> None:
        self.work.hold(self.person(who), self.order(which), kind)

    @rule(who=WHO, which=WHICH, deed=st.sampled_from(["let_go", "release"]))
    def let_on(self, who: int, which: int, deed: str) -> None:
        getattr(self.work, deed)(self.person(who), self.order(which))

    @rule(which=WHICH, answer=st.booleans())
    def ask_warehouse(self, which: int, answer: bool) -> None:
        self.work.ask_warehouse(self.house.keeper if answer else self.house.lin, self.order(which), answer=answer)

    @rule(which=WHICH, quantities=st.lists(QUANTITY, min_size=1, max_size=3))
    def request(self, which: int, quantities: list[Decimal]) -> None:
        self.work.request(self.house.lin, self.order(which), quantities)

    @rule(which=WHICH, parcel=WHICH, step=st.sampled_from(STEPS))
    def step(self, which: int, parcel: int, step: str) -> None:
        self.work.step(self.house.keeper, self.order(which), parcel, step)

    @rule(which=WHICH, parcel=WHICH)
    def short(self, which: int, parcel: int) -> None:
        self.work.short(self.house.keeper, self.order(which), parcel)

    @rule(which=WHICH, parcel=WHICH, kind=st.sampled_from(["lost", "late", "missing"]))
    def report(self, which: int, parcel: int, kind: str) -> None:
        self.work.report(self.house.keeper, self.order(which), parcel, kind)

    @rule(which=WHICH, again=st.booleans(), part=st.none() | QUANTITY, boss=st.booleans())
    def settle(self, which: int, again: bool, part: Decimal | None, boss: bool) -> None:
        by = self.house.boss if boss else self.house.lin
        self.work.settle(by, self.order(which), again=again, part=part)

    @rule(which=WHICH, parcel=WHICH, part=QUANTITY)
    def find_short(self, which: int, parcel: int, part: Decimal) -> None:
        order = self.order(which)
        self.work.report(self.house.lin, order, parcel, "missing")
        self.work.settle(self.house.boss, order, again=False, part=part)

    @rule(which=WHICH)
    def send_back(self, which: int) -> None:
        self.work.send_back(self.house.keeper, self.order(which))

    @rule(which=WHICH, row=WHICH, quantity=QUANTITY, all_of_it=st.booleans())
    def short_close(self, which: int, row: int, quantity: Decimal, all_of_it: bool) -> None:
        order = self.order(which)
        left = order.left(list(order.rows)[row % len(order.rows)])
        self.work.short_close(self.house.lin, order, row, left if all_of_it and left else quantity)

    @rule(which=WHICH, row=WHICH, quantity=QUANTITY)
    def ask_back(self, which: int, row: int, quantity: Decimal) -> None:
        self.work.ask_back(self.house.lin, self.order(which), row, quantity)

    @rule(which=WHICH, held=WHICH, step=st.sampled_from(RETURN_STEPS))
    def return_step(self, which: int, held: int, step: str) -> None:
        self.work.return_step(self.house.lin, self.order(which), held, step)

    @rule(which=WHICH, held=WHICH, times=st.integers(1, 6))
    def bring_back(self, which: int, held: int, times: int) -> None:
        for step in [step for step in RETURN_STEPS if step != "refused"][:times]:
            self.work.return_step(self.house.lin, self.order(which), held, step)

    @rule(
        who=WHO, which=WHICH, rows=st.lists(QUANTITY, max_size=3), extra=st.booleans(),
        stale=st.sampled_from([False, False, True]),
    )  # fmt: skip
    def amend(self, who: int, which: int, rows: list[Decimal], extra: bool, stale: bool) -> None:
        self.work.amend(self.person(who), self.order(which), rows, extra=extra, stale=stale)

    @rule(which=WHICH, rows=st.lists(QUANTITY, min_size=1, max_size=3), extra=st.booleans(), approved=st.booleans())
    def amend_well(self, which: int, rows: list[Decimal], extra: bool, approved: bool) -> None:
        self.work.amend(self.house.lin, self.order(which), rows, extra=extra, stale=False)
        self.work.decide_amendment(self.house.approver, self.order(which), "approve" if approved else "reject")

    @rule(who=WHO, which=WHICH, deed=st.sampled_from(["approve", "approve", "reject", "drop"]))
    def decide_amendment(self, who: int, which: int, deed: str) -> None:
        self.work.decide_amendment(self.person(who), self.order(which), deed)

    @precondition(lambda self: bool(self.work.desk.orders))
    @rule()
    def the_trail_is_sound(self) -> None:
        assert verify_chain().sound


def profile() -> settings:
    """Short and the same each time, unless the environment asks for more."""
    asked = os.environ.get("SALESOPS_MACHINE", "")
    days, deeds = (int(part) for part in (asked or "20x25").split("x"))
    return settings(
        max_examples=days, stateful_step_count=deeds, deadline=None, derandomize=not asked, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True,
        phases=[Phase.generate],
    )  # fmt: skip


@pytest.mark.django_db
def test_every_deed_of_everybody_leaves_orders_as_the_model_says_and_refused_ones_leave_no_trace():
    Desk.house = open_house()
    run_state_machine_as_test(Desk, settings=profile())
