"""Quantities, days and photos out of a plain form, row by row; what cannot be read is refused with its row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_noop

from orders.errors import OrderError
from orders.models import OrderLine
from orders.shipping.photos import MOST_BYTES, Photo, read_photo
from salesops.chinese import to_half_width

_FIGURE = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
NO_FIGURE = (
    gettext_noop("“%(text)s” is not a whole number up to %(most)s: write the figure alone."),
    gettext_noop("“%(text)s” is not a number up to %(most)s: write the figure alone, without a unit."),
)
NOT_A_NUMBER = gettext_noop("Row %(row)s: “%(text)s” is not a quantity.")


def read_quantity(text: str, row: int) -> Decimal:
    """A quantity as people type it (full width, thousands separators); empty is 0."""
    typed = to_half_width(text).strip().replace(",", "")
    if not typed:
        return Decimal(0)
    try:
        quantity = Decimal(typed) if len(typed) <= 24 else Decimal("NaN")
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not quantity.is_finite() or "e" in typed.lower():
        raise OrderError(NOT_A_NUMBER, {"row": row, "text": text[:40]}, line=row, field="quantity")
    return quantity


def read_quantities(post: Mapping[str, str], lines: Iterable[OrderLine]) -> dict[OrderLine, Decimal]:
    """The quantities of a form whose fields are called q-<id of the row>."""
    return {line: read_quantity(post.get(f"q-{line.pk}", ""), line.position) for line in lines}


def read_day(text: str) -> date | None:
    """A day as a browser sends it; None when empty. OrderError otherwise."""
    text = text.strip()
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise OrderError(gettext_noop("“%(text)s” is not a day."), {"text": text[:40]})
    return day


def read_upload(upload: UploadedFile[Any] | None) -> Photo | None:
    """The photo of a form, looked at; None where none was taken. Too much is refused before it is read."""
    if upload is None or not upload.size:
        return None
    if upload.size > MOST_BYTES:
        raise OrderError(
            gettext_noop("The picture is larger than %(most)s MB."), {"most": MOST_BYTES // 1024**2}, field="photo"
        )
    return read_photo(upload.read())


def read_figure(text: str, field: str, *, places: int, most: int) -> Decimal | None:
    """A count, a weight or an amount from 0 up to ``most``; None when empty, OrderError for what cannot be read."""
    typed = to_half_width(text).strip().replace(",", "")
    if not typed:
        return None
    figure = Decimal(typed) if _FIGURE.fullmatch(typed) else None
    if figure is None or figure > most or figure != round(figure, places):
        raise OrderError(NO_FIGURE[places > 0], {"text": text[:40], "most": f"{most:,}"}, field=field)
    return figure
