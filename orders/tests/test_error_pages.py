"""The pages of the ledger: every number opens exactly the events it counts."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer
from orders.actions.errors import record_error
from orders.factories import make_order
from orders.ledger.listings import errors
from orders.models import ErrorEvent
from salesops.listing.query import read_query
from salesops.listing.reader import reader_for
from staff.factories import make_team, make_user
from staff.roles import Role


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def boss(team):
    return make_user("boss", Role.MANAGER, team=team)


@pytest.fixture
def ledger(team):
    """Errors of two people, of several fields, stages and months, some not to be counted."""
    lin, wang, ge = (make_user(name, Role.CLERK, team=team) for name in ("lin", "wang", "ge"))
    order = make_order(customer=make_customer(team=team), lines=3)
    fields = ("quantity", "unit_price", "ship_to", "quantity", "product_code")
    for place in range(30):
        ErrorEvent.objects.create(
            number=f"ER-{place}", order=order, team=team, origin="verification", field=fields[place % 5],
            line_position=place, wrong_value="1", right_value=str(place), type="other",
            made_stage=("entry", "intake", "review")[place % 3], made_by=(lin, wang, None)[place % 3],
            caught_stage=("verification", "warehouse")[place % 2], caught_by=ge,
            caught_at=timezone.now() - timedelta(days=place * 11), cause=("fatigue", "unknown")[place % 2],
            is_near_miss=place % 7 == 0, dispute="withdrawn" if place % 11 == 0 else "none",
        )  # fmt: skip
    return order


def rows_behind(address, person):
    query = address.split("?", 1)[1]
    reader = reader_for(person)
    asked = read_query(errors, query, reader)
    assert not asked.problems
    return asked.rows(reader).count()


@pytest.mark.django_db
@pytest.mark.parametrize("span", ["", "when=30days", "when_from=2020-01-01", "when=this_month"])
def test_every_number_of_the_figures_opens_exactly_the_events_it_counts(client, boss, ledger, span):
    client.force_login(boss)
    page = client.get(f"{reverse('orders:error_figures')}?{span}").content.decode()
    links = re.findall(r'<a href="([^"]*view=counted[^"]*)">(\d+)</a>', page)
    assert len(links) > 10
    for address, number in links:
        assert rows_behind(unescape(address), boss) == int(number) > 0


@pytest.mark.django_db
def test_near_misses_and_withdrawn_errors_are_not_in_the_figures(client, boss, ledger):
    client.force_login(boss)
    context = client.get(f"{reverse('orders:error_figures')}?when_from=2000-01-01").context
    counted = [place for place in range(30) if place % 7 and place % 11]
    assert context["made"].total.count == context["caught"].total.count == len(counted)
    for _heading, rows in context["tables"]:
        assert sum(row.total.count for row in rows) == len(counted)


@pytest.mark.django_db
def test_one_sees_only_ones_own_errors_in_my_errors(client, team, ledger):
    lin = ErrorEvent.objects.get(number="ER-0").made_by
    client.force_login(lin)
    page = client.get(reverse("orders:my_errors")).content.decode()
    assert "ER-0" in page
    assert "ER-1<" not in page


@pytest.mark.django_db
def test_the_page_of_an_error_shows_both_values_and_leads_to_its_order(client, boss, ledger):
    error = ErrorEvent.objects.get(number="ER-1")
    client.force_login(boss)
    page = client.get(reverse("orders:error", args=[error.pk])).content.decode()
    assert reverse("orders:detail", args=[ledger.pk]) in page
    order_page = client.get(reverse("orders:detail", args=[ledger.pk])).content.decode()
    assert reverse("orders:error", args=[error.pk]) in order_page


@pytest.mark.django_db
def test_an_error_is_disputed_judged_and_decided_on_its_page(client, boss, ledger):
    error = ErrorEvent.objects.get(number="ER-3")
    client.force_login(error.made_by)
    assert client.post(reverse("orders:error_dispute", args=[error.pk]), {"reason": "No."}).status_code == 302
    client.force_login(boss)
    judged = {"version": 2, "severity": "S1", "type": "price", "cause": "default", "cost": "10.5", "prevention": "x"}
    assert client.post(reverse("orders:error_judge", args=[error.pk]), judged).status_code == 302
    assert client.post(reverse("orders:error_judge", args=[error.pk]), judged).status_code == 422
    decision = {"decision": "withdrawn", "ruling": "Right."}
    assert client.post(reverse("orders:error_rule", args=[error.pk]), decision).status_code == 302
    error.refresh_from_db()
    assert (error.severity, error.dispute, error.ruled_by) == ("S1", "withdrawn", boss)


@pytest.mark.django_db
def test_a_phone_number_is_masked_in_the_ledger(client, boss, team):
    order = make_order(customer=make_customer(team=team), lines=1)
    error = record_error(
        order=order, line=None, field="ship_to_phone", wrong="13800138000", right="13900139000",
        caught_stage="customer", caught_by=boss, origin="return",
    )  # fmt: skip
    client.force_login(boss)
    for address in (reverse("orders:error", args=[error.pk]), reverse("orders:errors")):
        assert "13900139000" not in client.get(address).content.decode()


@pytest.mark.django_db
def test_what_errors_cost_is_summed_and_opens_the_errors_that_say_so(client, boss, ledger):
    counted = list(ErrorEvent.objects.counted().order_by("pk")[:3])
    for error, cost, minutes in zip(counted, ("120.50", None, "9.50"), (None, 25, 5), strict=True):
        ErrorEvent.objects.filter(pk=error.pk).update(cost=cost, cost_minutes=minutes)
    ErrorEvent.objects.filter(is_near_miss=True).update(cost=1000)
    client.force_login(boss)
    text = unescape(client.get(reverse("orders:error_figures"), {"when_from": "2020-01-01"}).content.decode())
    assert ">130.00</b>" in text
    assert "30 minutes" in text
    address = re.search(r'href="([^"]*cost=yes[^"]*)"', text)[1]
    assert rows_behind(address, boss) == 3
    assert ">Severity</h2>" in text


@pytest.mark.django_db
def test_what_was_judged_is_told_in_the_diary_of_the_error(client, boss, ledger):
    error = ErrorEvent.objects.get(number="ER-2")
    client.force_login(boss)
    judged = {"version": 1, "severity": "S1", "type": "other", "cause": "default", "cost_minutes": "25"}
    client.post(reverse("orders:error_judge", args=[error.pk]), judged)
    page = unescape(client.get(reverse("orders:error", args=[error.pk])).content.decode())
    assert 'Haste or fatigue</del> → <ins class="new">The system filled it in wrong' in page
    assert 'Minutes it took <del class="old">—</del> → <ins class="new">25</ins>' in page
    assert "— · 25 minutes" not in page
