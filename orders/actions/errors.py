"""The error ledger: recording an error, saying what it cost, disputing it and ruling on the dispute."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.models import Customer, InvoiceProfile
from customers.validation import check_text, strip_invisible
from orders.errors import OrderError
from orders.ledger.authorship import NOBODY, Writing, author_of, author_of_profile
from orders.ledger.types import PROFILE_FIELDS, guess_type, ledger_field, severity_of
from orders.models import Amendment, ErrorEntry, ErrorEvent, Order, OrderLine, OrderReturn, ShipmentLine
from orders.snapshots import plain_value
from salesops.numbering.numbers import house_day, next_number
from staff.actions.notices import notify
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

Stage = ErrorEvent.Stage
JUDGED = ("severity", "type", "cause", "cost", "cost_minutes", "prevention", "is_customer_visible")
"""What people add to an error; who made it, when and where are not among it."""
_NAMED: dict[str, tuple[Any, str]] = {
    "invoice_profile_id": (InvoiceProfile, "title"),
    "customer_id": (Customer, "name"),
}
HEADER = 0
"""The row number of an error in an order's header: a number, so that the same error is the same row to the database."""


def record_error(
    *,
    order: Order,
    line: OrderLine | int | None,
    field: str,
    wrong: Any,
    right: Any,
    caught_stage: str,
    caught_by: User | None,
    origin: str,
    type: str | None = None,  # noqa: A002 - the ledger's word
    made_stage: str | None = None,
    caught_at: datetime | None = None,
    is_near_miss: bool = False,
    is_customer_visible: bool = False,
    amendment: Amendment | None = None,
    order_return: OrderReturn | None = None,
    made: Writing | None = None,
    cause: str = ErrorEvent.Cause.UNKNOWN,
    invoice_number: str = "",
) -> ErrorEvent:
    """Write one wrong value into the ledger; the same value caught the same way again gives the event it made.

    Who made it, when and at which stage are read from the order's snapshots and diary. ``made_stage`` is given only
    where no field of the order was wrong (the warehouse picked another thing): then its maker is who shipped the row.
    ``made`` is given for a whole row that is missing or gone: no field of it is left to read its writer from.
    ``line`` is the row or its number; ``type`` is guessed from field and values unless given.
    """
    field = ledger_field(field)
    wrong_text, right_text = told_value(wrong, field), told_value(right, field)
    row = _row_of(order, line) if made is None or right_text else None  # another row may stand in a gone one's place
    moment = caught_at or timezone.now()
    if made is None:
        made = _shipped(row) if made_stage == Stage.WAREHOUSE else _written(order, row, field, wrong, moment)
    position = row.position if row else line if isinstance(line, int) else HEADER
    key: dict[str, Any] = {
        "order": order, "field": field, "line_position": position, "wrong_value": wrong_text,
        "right_value": right_text, "origin": origin,
    }  # fmt: skip
    facts: dict[str, Any] = {
        "line": row, "customer_id": order.customer_id, "team_id": order.team_id, "amendment": amendment,
        "order_return": order_return, "type": type or guess_type(field, wrong_text, right_text),
        "made_stage": made_stage or made.stage, "made_by": made.by, "made_at": made.at, "caught_stage": caught_stage,
        "caught_by": caught_by, "caught_at": moment, "severity": severity_of(caught_stage, origin),
        "is_customer_visible": is_customer_visible or caught_stage == Stage.CUSTOMER, "is_near_miss": is_near_miss,
        "cause": cause, "invoice_number": invoice_number,
    }  # fmt: skip
    return _write_once(key, facts)


def told_value(value: Any, field: str) -> str:
    """A value as the ledger keeps it: plain text of 300 characters at most; a record by its name."""
    plain = plain_value(value)
    if isinstance(plain, int) and field in _NAMED:
        model, name = _NAMED[field]
        plain = model.objects.filter(pk=plain).values_list(name, flat=True).first()
    return "" if plain is None else str(plain)[:300]


def standing_error(order: Order, *, position: int, field: str, wrong: Any) -> ErrorEvent | None:
    """The counted error that stands for this wrong value already, however it was caught: it is not counted twice."""
    field = ledger_field(field)
    known = ErrorEvent.objects.counted().filter(order=order, field=field, line_position=position)
    return known.filter(wrong_value=told_value(wrong, field)).first()


def _write_once(key: dict[str, Any], facts: dict[str, Any]) -> ErrorEvent:
    """Make the event unless it is there: the database's constraint decides between two who come at once."""
    earlier = ErrorEvent.objects.filter(**key).first()
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            error = ErrorEvent.objects.create(**key, **facts, number=next_number("ER", house_day()))
            ErrorEntry.objects.create(error=error, kind="recorded", by=error.caught_by)
            _tell_maker(error)
            return error
    except IntegrityError:
        earlier = ErrorEvent.objects.filter(**key).first()
        if earlier is None:
            raise
        return earlier


def _row_of(order: Order, line: OrderLine | int | None) -> OrderLine | None:
    return OrderLine.objects.filter(order=order, position=line).first() if isinstance(line, int) else line


def _written(order: Order, row: OrderLine | None, field: str, wrong: Any, before: datetime) -> Writing:
    if field in PROFILE_FIELDS:
        return author_of_profile(order, field, wrong)
    value = plain_value(wrong)
    return author_of(order, row.pk if row else None, field, "" if value is None else value, before)


def _shipped(row: OrderLine | None) -> Writing:
    """Who let the row leave the house last."""
    if row is None:
        return Writing(NOBODY.by, NOBODY.at, Stage.WAREHOUSE)
    left = ShipmentLine.objects.filter(line=row, shipment__shipped_at__isnull=False)
    last = left.select_related("shipment__shipped_by").order_by("-shipment__shipped_at").first()
    if last is None:
        return Writing(NOBODY.by, NOBODY.at, Stage.WAREHOUSE)
    return Writing(last.shipment.shipped_by, last.shipment.shipped_at, Stage.WAREHOUSE)


def _tell_maker(error: ErrorEvent) -> None:
    """The person hears of it from the ledger first; not of what they caught themselves."""
    if error.made_by is None or error.made_by_id == error.caught_by_id:
        return
    notify(
        user=error.made_by,
        text_key=gettext_noop("An error of yours was caught in order %(order)s: %(number)s."),
        values={"order": error.order.number if error.order else "", "number": error.number},
        url=reverse("orders:error", args=[error.pk]),
    )


def may_judge(person: User, error: ErrorEvent) -> bool:
    """Whether this person may say what an error cost and why it happened: never its maker."""
    if error.made_by_id == person.pk:
        return False
    return person.may(Permission.RULE_ERRORS) or error.caught_by_id == person.pk


def may_dispute(person: User, error: ErrorEvent) -> bool:
    """Whether this person may say that the error is none, or not theirs: its maker, once."""
    return error.made_by_id == person.pk and error.dispute == ErrorEvent.Dispute.NONE


def may_rule(person: User, error: ErrorEvent) -> bool:
    """Whether this person may decide the dispute: a third one, neither maker nor catcher."""
    third = person.pk not in (error.made_by_id, error.caught_by_id)
    return third and person.may(Permission.RULE_ERRORS) and error.dispute == ErrorEvent.Dispute.OPEN


@transaction.atomic
def judge_error(*, by: User, error: ErrorEvent, version: int, **judged: Any) -> ErrorEvent:
    """Write down severity, type, cause, cost, minutes and prevention; the diary keeps what they were.

    OrderError for somebody who may not, and when another person judged it since ``version``.
    """
    unknown = set(judged) - set(JUDGED)
    if unknown:
        raise TypeError(f"not for people to say: {sorted(unknown)}")
    error = _locked(error)
    if not may_judge(by, error):
        raise OrderError(gettext_noop("An error is judged by whoever caught it or decides disputes, not by its maker."))
    if error.version != version:
        raise OrderError(gettext_noop("Somebody else changed this error meanwhile. Look at it again, then save."))
    was = {name: plain_value(getattr(error, name)) for name in judged}
    for name, value in judged.items():
        setattr(error, name, value)
    now = {name: plain_value(getattr(error, name)) for name in judged}
    changed = [name for name in judged if was[name] != now[name]]
    if not changed:
        return error
    _save(error, changed)
    before, after = ({name: values[name] for name in changed} for values in (was, now))
    ErrorEntry.objects.create(error=error, kind="changed", by=by, before=before, after=after)
    return error


@transaction.atomic
def dispute_error(*, by: User, error: ErrorEvent, reason: str) -> ErrorEvent:
    """The maker says that it was none, or not theirs; a third person decides. OrderError with a sentence otherwise."""
    error = _locked(error)
    if error.made_by_id != by.pk:
        raise OrderError(gettext_noop("Only the person it is written against can dispute an error."))
    if error.dispute != ErrorEvent.Dispute.NONE:
        raise OrderError(gettext_noop("This error was disputed before."))
    error.dispute, error.dispute_reason = ErrorEvent.Dispute.OPEN, _sentence(reason, "reason")
    error.disputed_at = timezone.now()
    _save(error, ["dispute", "dispute_reason", "disputed_at"])
    ErrorEntry.objects.create(error=error, kind="disputed", by=by, note=error.dispute_reason)
    return error


@transaction.atomic
def rule_error(*, by: User, error: ErrorEvent, upheld: bool, ruling: str) -> ErrorEvent:
    """Decide a dispute: upheld counts on, withdrawn counts no more. Only a third person may; a reason is needed."""
    error = _locked(error)
    if by.pk in (error.made_by_id, error.caught_by_id):
        raise OrderError(gettext_noop("A dispute is decided by a third person: neither who made it nor who caught it."))
    if not by.may(Permission.RULE_ERRORS):
        raise OrderError(gettext_noop("You may not decide disputes."))
    if error.dispute != ErrorEvent.Dispute.OPEN:
        raise OrderError(gettext_noop("There is no open dispute here."))
    error.dispute = ErrorEvent.Dispute.UPHELD if upheld else ErrorEvent.Dispute.WITHDRAWN
    error.ruling, error.ruled_by, error.ruled_at = _sentence(ruling, "ruling"), by, timezone.now()
    _save(error, ["dispute", "ruling", "ruled_by", "ruled_at"])
    ErrorEntry.objects.create(error=error, kind="ruled", by=by, after={"dispute": error.dispute}, note=error.ruling)
    if error.made_by is not None:
        notify(
            user=error.made_by,
            text_key=gettext_noop("Your dispute of %(number)s is decided."),
            values={"number": error.number},
            url=reverse("orders:error", args=[error.pk]),
        )
    return error


def _locked(error: ErrorEvent) -> ErrorEvent:
    return ErrorEvent.objects.select_for_update(of=("self",)).select_related("made_by").get(pk=error.pk)


def _save(error: ErrorEvent, names: list[str]) -> None:
    error.version += 1
    error.save(update_fields=[*names, "version"])


def _sentence(text: str, field: str) -> str:
    """A reason in words: needed, 500 characters at most, nothing a database cannot keep."""
    text = strip_invisible(text).strip()
    if not text:
        raise OrderError(gettext_noop("Say why."), field=field)
    if len(text) > 500:
        raise OrderError(gettext_noop("That is too long: 500 characters at most."), field=field)
    for problem in check_text(text, field, lines=True):
        raise OrderError(problem.msgid, problem.values, field=field)
    return text
