"""Every list page stays within its baseline of statements, however many rows it shows.

``query_baseline.json`` names, for each registered list, how many statements its page, its fragment and its parts may
take for a manager whose list holds three rows and then nine. A list that is missing there fails; one that needs fewer
statements should be written down anew.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.factories import make_customer, make_product
from orders.actions.intake import receive_request
from orders.factories import make_order
from orders.models import Amendment, Audit, ErrorEvent, OrderReturn, Shipment, SopCheck, StockQuestion
from orders.requests.evidence import note_evidence
from salesops.listing.listing import LISTINGS
from salesops.web.navigation import ways_for
from salesops.worktime.queries import house_clock
from staff.factories import make_sop, make_user
from staff.models import User
from staff.roles import Role

pytestmark = pytest.mark.django_db

BASELINE: dict[str, dict[str, int]] = json.loads(
    (Path(__file__).parent / "query_baseline.json").read_text(encoding="utf-8")
)

_places = count(1)


def _of_order(model: Any, **fields: Any) -> Any:
    return model.objects.create(order=make_order(lines=1), **fields)


def _error_fields() -> dict[str, Any]:
    return {
        "number": f"ER-{next(_places)}", "origin": "verification", "field": "quantity", "type": "wrong_quantity",
        "made_stage": "entry", "caught_stage": "verification",
    }  # fmt: skip


# How to make one row of a list; a new list adds its line here and its numbers to the baseline.
MAKE: dict[str, Callable[[], Any]] = {
    "orders": lambda: make_order(lines=1),
    "customers": make_customer,
    "products": make_product,
    "shipments": lambda: _of_order(Shipment, number=f"SH-{next(_places)}"),
    "questions": lambda: _of_order(StockQuestion, asked_by=make_user("", Role.CLERK)),
    "returns": lambda: _of_order(OrderReturn, number=f"RT-{next(_places)}", state="requested"),
    "amendments": lambda: _of_order(
        Amendment, revision=next(_places), cause=Amendment.Cause.SUPPLY, asked_by=make_user("", Role.CLERK)
    ),
    "errors": lambda: _of_order(ErrorEvent, **_error_fields()),
    "audits": lambda: Audit.objects.create(
        number=f"AU-{next(_places)}",
        first=date(2026, 11, 2),
        last=date(2026, 11, 27),
        population=1,
        size=1,
        population_hash="0" * 64,
        seed="0" * 16,
        drawn_by=make_user("", Role.REVIEWER),
    ),
    "sop_deviations": lambda: _of_order(
        SopCheck,
        deed="verify",
        step=1,
        missed=["Rows"],
        missed_count=1,
        by=make_user("", Role.REVIEWER),
        version=make_sop(by=make_user()).versions.get(),
    ),
    "my_errors": lambda: _of_order(ErrorEvent, made_by=User.objects.get(username="chen"), **_error_fields()),
    "requests": lambda: receive_request(channel="phone", subject="40 boxes", evidence=[note_evidence("40 boxes")]),
}


def test_every_list_has_its_baseline():
    assert set(LISTINGS) == set(BASELINE) == set(MAKE)


def counted(client, url, **headers):
    cache.clear()
    # The counts at the left are asked for twice a minute and the calendar when it changes, not by every page.
    ways_for(client.person, "/")
    house_clock()
    with CaptureQueriesContext(connection) as taken:
        response = client.get(url, headers=headers)
    assert response.status_code == 200
    return len(taken)


@pytest.mark.parametrize("name", sorted(BASELINE))
@time_machine.travel(datetime.now(UTC), tick=False)  # a session notes once a minute that its person is still there
def test_a_list_stays_within_its_statements(name, client):
    client.person = make_user("chen", Role.MANAGER, Role.ADMINISTRATOR)
    client.force_login(client.person)
    url = reverse(LISTINGS[name].url_name)
    measured = []
    for rows in (3, 9):
        for _ in range(rows):
            MAKE[name]()
        client.get(url)
        measured.append(
            {
                "page": counted(client, url),
                "fragment": counted(client, url, HX_Request="true", HX_Target="list"),
                "counts": counted(client, reverse("listing:part", args=[name, "counts"])),
                "sum": counted(client, reverse("listing:part", args=[name, "sum"])),
                "filters": counted(client, reverse("listing:part", args=[name, "filters"])),
            }
        )
    assert measured[0] == measured[1], "the number of statements must not follow the number of rows"
    over = {part: count for part, count in measured[0].items() if count > BASELINE[name][part]}
    assert over == {}, f"more statements than the baseline {BASELINE[name]} allows"
