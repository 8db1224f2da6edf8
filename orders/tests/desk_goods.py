"""Deeds on goods and on what was confirmed, each told to the model as well."""

from __future__ import annotations

from decimal import Decimal

from orders.actions import amend, returns, ship, trouble
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.amending.rows import changes_in
from orders.models import Amendment, CaseStub, OrderLine, OrderReturn, Shipment, StockQuestion
from orders.rows import LineEntry
from orders.status import OPEN_STATES, Status
from orders.tests.desk_model import GONE, PENDING, SELF_REVIEW, ModelOrder, ModelParcel, ModelRow
from orders.tests.desk_work import DeskWork
from staff.models import User

S = Status
Picked = dict[OrderLine, Decimal]


class GoodsWork(DeskWork):
    """What the warehouse, and whoever amends, does to orders."""

    def lines_of(self, order: ModelOrder) -> list[OrderLine]:
        """The order's rows as a page shows them."""
        return list(OrderLine.objects.filter(order=order.pk).select_related("order"))

    def ask_warehouse(self, by: User, order: ModelOrder, *, answer: bool) -> None:
        """Ask for everything, or answer what is asked."""
        question = StockQuestion.objects.filter(order=order.pk, answered_at=None, waived_reason="").first()
        if not answer:
            wanted = {line: line.quantity for line in self.lines_of(order)}
            asked = self.attempt(lambda: ask_stock(by=by, order=self.stored_order(order), lines=wanted))
            assert (asked is not None) == (order.state in OPEN_STATES and question is None)
        elif question is not None:
            answers = {row.pk: LineAnswer(row.quantity) for row in question.lines.all()}
            asked = self.attempt(lambda: answer_stock(by=by, question=question, answers=answers))
            assert asked is not None
        else:
            return
        if asked is not None:
            self.done(order)

    def request(self, by: User, order: ModelOrder, quantities: list[Decimal] | None) -> None:
        """These quantities shall leave; all that is left where none are given."""
        lines = self.lines_of(order)
        if quantities is None:
            wanted = {line: order.left(line.pk) for line in lines}
        else:
            wanted = dict(zip(lines, quantities, strict=False))
        made = self.attempt(lambda: ship.request_shipment(by=by, order=self.stored_order(order), lines=wanted))
        parts = {line.pk: quantity for line, quantity in wanted.items() if quantity}
        fits = all(
            order.rows[pk].shipped + order.taken(pk) + quantity <= order.rows[pk].most for pk, quantity in parts.items()
        )
        assert (made is not None) == (order.state == S.RELEASED and not order.holds and bool(parts) and fits)
        if made is not None:
            order.shipments[made.pk] = ModelParcel("requested", parts)
            self.done(order)

    def step(self, by: User, order: ModelOrder, which: int, step: str) -> None:
        """A shipment goes one step on, or is taken back."""
        if not order.shipments:
            return
        pk = sorted(order.shipments)[which % len(order.shipments)]
        parcel, shipment = order.shipments[pk], Shipment.objects.get(pk=pk)
        deeds = {
            "accepted": lambda: ship.accept_shipment(by=by, shipment=shipment),
            "picked": lambda: ship.pick_shipment(by=by, shipment=shipment),
            "packed": lambda: ship.pack_shipment(by=by, shipment=shipment),
            "shipped": lambda: ship.ship_shipment(by=by, shipment=shipment, carrier="顺丰"),
            "delivered": lambda: ship.deliver_shipment(by=by, shipment=shipment),
            "signed": lambda: ship.sign_shipment(by=by, shipment=shipment, signed_by_name="王芳"),
            "cancelled": lambda: ship.cancel_shipment(by=by, shipment=shipment, reason="x"),
        }
        if self.attempt(deeds[step]) is None:
            return
        order.reopened = order.reopened and step != "signed"
        if step == "shipped":
            assert order.state == S.RELEASED
            assert not order.holds
            for line, quantity in parcel.parts.items():
                order.rows[line].shipped += quantity
        if step == "cancelled":
            assert parcel.state in PENDING
        if step in GONE and parcel.trouble == "late":
            parcel.trouble = ""
        parcel.state = step
        self.done(order)

    def short(self, by: User, order: ModelOrder, which: int) -> None:
        """The warehouse has half of the first row of a shipment, and nothing else."""
        if not order.shipments:
            return
        pk = sorted(order.shipments)[which % len(order.shipments)]
        line = min(order.shipments[pk].parts)
        half = (order.shipments[pk].parts[line] / 2).quantize(Decimal("0.0001"))
        available = {OrderLine.objects.get(pk=line): half}
        shipment = Shipment.objects.get(pk=pk)
        if self.attempt(lambda: ship.short_shipment(by=by, shipment=shipment, available=available)):
            order.shipments[pk].state, order.shipments[pk].parts = "short", {line: half}
            self.done(order)

    def report(self, by: User, order: ModelOrder, which: int, kind: str) -> None:
        """Something goes wrong with a shipment."""
        if not order.shipments:
            return
        pk = sorted(order.shipments)[which % len(order.shipments)]
        shipment = Shipment.objects.get(pk=pk)
        if self.attempt(lambda: trouble.report_trouble(by=by, shipment=shipment, trouble=kind, note="x")):
            order.shipments[pk].trouble = kind
            self.done(order)

    def settle(self, by: User, order: ModelOrder, *, again: bool, part: Decimal | None = None) -> None:
        """The first open case is closed: everything goes again, a part of the first row, or nothing."""
        case = CaseStub.objects.filter(order=order.pk, closed_at=None).order_by("pk").first()
        if case is None or case.shipment_id is None:
            return
        parcel = order.shipments[case.shipment_id]
        lines = {line.pk: line for line in self.lines_of(order)}
        first = min(parcel.parts)
        wanted = {} if part is None else {lines[first]: part}
        was = order.state
        if not self.attempt(
            lambda: trouble.settle_trouble(by=by, case=case, outcome="x", ship_again=again, missing=wanted)
        ):
            return
        lacking = {first: part} if part is not None else {}
        if again:
            lacking = {pk: quantity - parcel.missing.get(pk, 0) for pk, quantity in parcel.parts.items()}
        parcel.trouble = ""
        order.reopened = False
        if lacking:
            assert parcel.state in GONE
            self._lacks(order, parcel, lacking)
        if lacking and was == S.COMPLETED:
            assert by == self.house.boss
            self.opened_again(order)
        self.done(order)

    def _lacks(self, order: ModelOrder, parcel: ModelParcel, lacking: dict[int, Decimal]) -> None:
        for line, quantity in lacking.items():
            parcel.missing[line] = parcel.missing.get(line, Decimal(0)) + quantity
            order.rows[line].shipped -= quantity
        if parcel.state != "signed" and all(parcel.missing.get(pk, 0) == each for pk, each in parcel.parts.items()):
            parcel.state = "cancelled"

    def send_back(self, by: User, order: ModelOrder) -> None:
        """The warehouse cannot ship what is written."""
        fault, was = trouble.Fault("ship_to", "杭州"), order.state
        if not self.attempt(
            lambda: trouble.bounce_from_warehouse(by=by, order=self.stored_order(order), faults=[fault])
        ):
            return
        assert was == S.RELEASED
        if all(each.state in ("requested", "accepted", "short", "cancelled") for each in order.shipments.values()):
            for each in order.shipments.values():
                each.state = "cancelled"
            order.state = S.CONFIRMED
        else:
            holds = set(self.stored_order(order).holds.filter(released_at=None).values_list("pk", flat=True))
            assert len(holds - order.holds) == 1
            order.holds = holds
        self.done(order)

    def short_close(self, by: User, order: ModelOrder, which: int, quantity: Decimal) -> None:
        """A quantity of a row will never be shipped."""
        lines = self.lines_of(order)
        line = lines[which % len(lines)]
        was, left = order.state, order.left(line.pk)
        closed = self.attempt(lambda: trouble.short_close(by=by, line=line, quantity=quantity, reason="x"))
        assert (closed is not None) == (was in (S.CONFIRMED, S.RELEASED) and quantity <= left)
        if closed is not None:
            order.rows[line.pk].closed += quantity
            order.reopened = False
            self.done(order)

    def ask_back(self, by: User, order: ModelOrder, which: int, quantity: Decimal) -> None:
        """The customer wants to send goods back."""
        lines = self.lines_of(order)
        line = lines[which % len(lines)]
        row = order.rows[line.pk]
        fits = quantity <= row.shipped - row.returned - order.announced(line.pk)
        wanted = {line: returns.ReturnedRow(quantity)}
        made = self.attempt(lambda: returns.request_return(by=by, order=self.stored_order(order), lines=wanted))
        assert (made is not None) == (fits and order.state != S.CLOSED)
        if made is not None:
            order.returns[made.pk] = ModelParcel("requested", {line.pk: quantity})
            self.done(order)

    def return_step(self, by: User, order: ModelOrder, which: int, step: str) -> None:
        """A return goes one step on."""
        if not order.returns:
            return
        pk = sorted(order.returns)[which % len(order.returns)]
        parcel, held = order.returns[pk], OrderReturn.objects.get(pk=pk)
        findings = {part.pk: returns.Inspection(part.quantity, Decimal(0)) for part in held.lines.all()}
        deeds = {
            "authorised": lambda: returns.authorise_return(by=by, order_return=held),
            "refused": lambda: returns.refuse_return(by=by, order_return=held, reason="x"),
            "in_transit": lambda: returns.send_return(by=by, order_return=held),
            "received": lambda: returns.receive_return(by=by, order_return=held),
            "inspected": lambda: returns.inspect_return(by=by, order_return=held, findings=findings),
            "resolved": lambda: returns.resolve_return(by=by, order_return=held, resolution="replace"),
            "closed": lambda: returns.close_return(by=by, order_return=held, cause="our_shipment"),
        }
        moved = self.attempt(deeds[step])
        if moved is None:
            return
        parcel.state = step
        if step == "inspected":
            for line, quantity in parcel.parts.items():
                order.rows[line].returned += quantity
        if moved.replacement is not None and moved.replacement.pk not in self.desk.orders:
            made = self.adopt(moved.replacement, order.po, by)
            assert made.total == 0
        self.done(order)

    def amend(self, by: User, order: ModelOrder, rows: list[Decimal], *, extra: bool, stale: bool) -> None:
        """Write a draft with these quantities, rows without one go, and hand it in."""
        stored, lines = self.stored_order(order), self.lines_of(order)
        entries = [
            LineEntry(quantity, id=line.pk, unit_price=line.unit_price)
            for line, quantity in zip(lines, rows, strict=False)
        ]
        if extra:
            entries.append(LineEntry(Decimal(2), product_name="笔", unit_price=Decimal(30)))
        draft = self.attempt(
            lambda: amend.write_amendment(
                by=by, order=stored, version=stored.version - stale, cause="customer_change", reason="x",
                lines=entries, header={},
            )
        )  # fmt: skip
        if draft is None:
            return
        assert order.state in (S.CONFIRMED, S.RELEASED)
        assert not stale
        assert by in (self.house.lin, self.house.wang, self.house.boss)
        self.done(order, quiet=True)
        if self.attempt(lambda: amend.submit_amendment(by=by, amendment=draft)):
            order.amending = {by.pk}
            self.done(order)

    def decide_amendment(self, by: User, order: ModelOrder, deed: str) -> None:
        """The order's last amendment is approved and applied, rejected or taken back."""
        found = Amendment.objects.filter(order=order.pk).order_by("-pk").first()
        if found is None:
            return
        stored = self.stored_order(order)
        seen = amend.sight_of(amend.findings_of(stored, amend._lines(stored), changes_in(found.rows.all())))
        was, drafted = found.state, found.state == Amendment.State.DRAFT
        deeds = {
            "approve": lambda: amend.approve_amendment(by=by, amendment=found, seen=seen),
            "reject": lambda: amend.reject_amendment(by=by, amendment=found, note="x"),
            "drop": lambda: amend.drop_amendment(by=by, amendment=found) or True,
        }
        if self.attempt(deeds[deed]) is None:
            return
        if deed == "approve":
            assert was == Amendment.State.SUBMITTED
            order.writers |= order.amending
            if by.pk in order.amending:
                assert max(found.total_before, found.total_after) < SELF_REVIEW
        if was == Amendment.State.SUBMITTED:
            order.amending = set()
        if deed == "approve":
            assert order.state in (S.CONFIRMED, S.RELEASED)
            self._apply(order)
            order.reopened = False
        self.done(order, quiet=deed == "drop" and drafted)

    def _apply(self, order: ModelOrder) -> None:
        """The rows are what the amendment said; what was shipped of them stays."""
        now = {}
        for line in self.lines_of(order):
            row = order.rows.get(line.pk) or ModelRow(line.quantity, line.unit_price)
            row.quantity = line.quantity
            now[line.pk] = row
        for pk, row in order.rows.items():
            assert pk in now or not (row.shipped or order.taken(pk))
        order.rows = now
        self.desk.grant_all(order)
