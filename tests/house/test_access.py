"""Who gets what at every address, held against the access matrix."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from staff.actions.people import deactivate
from staff.factories import make_user
from staff.roles import Role
from tests.house.access import (
    ADMIN_ARGS,
    ADMIN_OPEN,
    ADMIN_PREFIX,
    IN,
    MATRIX,
    OPEN_TO_ALL,
    SIGNED_IN,
    STRANGERS,
    WHO,
    WITHOUT_TOKEN,
    World,
)

pytestmark = pytest.mark.django_db

AT_LEAST_SWEPT = 60  # a floor: when the walk finds fewer addresses, the walk is broken
ASKED_TO_SIGN_IN = ("/sign-in/?next=", "/admin/login/?next=")


@dataclass(frozen=True)
class Address:
    name: str
    pattern: str
    arguments: tuple[str, ...]


def addresses(resolver: URLResolver | None = None, spaces: tuple[str, ...] = (), before: str = "") -> Iterator[Address]:
    """Every address the resolver knows, however deep."""
    resolver = resolver or get_resolver()
    for each in resolver.url_patterns:
        text = before + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from addresses(each, inner, text)
        else:
            assert isinstance(each, URLPattern)
            converters = tuple(each.pattern.converters) or tuple(each.pattern.regex.groupindex)
            yield Address(":".join((*spaces, each.name or text)), text, converters)


def all_addresses() -> dict[str, Address]:
    return {each.name: each for each in addresses()}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals are asked for here; writing each down with its trace takes most of the time."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world() -> World:
    made = World()
    for page in MATRIX.values():
        page.args(made)
        page.body(made)
    return made


@pytest.fixture
def clients(world: World) -> dict[str, Client]:
    made = {"ANONYMOUS": Client()}
    for who, person in world.people.items():
        made[who] = Client()
        made[who].force_login(person)
    deactivate(user=world.people["DISABLED"], by=world.administrator)
    return made


def ask(client: Client, method: str, url: str, body: dict[str, Any] | None = None) -> HttpResponse:
    """One request whose changes are taken back, the cookies among them."""
    cookies = copy(client.cookies)
    client.raise_request_exception = False  # a failure is one wrong line of the report, not its end
    with transaction.atomic():
        response = getattr(client, method.lower())(url, body or {})
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def told(response: HttpResponse) -> str:
    """The answer in short, the sign-in page told apart from other redirects."""
    place = response.headers.get("Location", "")
    if response.status_code == 302 and place.startswith(ASKED_TO_SIGN_IN):
        return "sign-in"
    return f"{response.status_code} {place}".strip()


def fits(response: HttpResponse, expected: int, *, stranger_at_closed_page: bool) -> bool:
    if stranger_at_closed_page or told(response) == "sign-in":
        return stranger_at_closed_page and told(response) == "sign-in"
    if expected == IN:
        return response.status_code not in {401, 403, 404, 405} and response.status_code < 500
    return response.status_code == expected


def test_every_address_of_the_product_stands_in_the_access_matrix():
    found = all_addresses()
    own = {name for name in found if not name.startswith(ADMIN_PREFIX)}
    assert len(found) >= AT_LEAST_SWEPT, f"only {len(found)} addresses were swept"
    assert own - set(MATRIX) == set(), "not in the matrix"
    assert set(MATRIX) - own == set(), "in the matrix, but no longer an address"


def test_names_of_addresses_are_unique_so_that_none_hides_behind_another():
    names = [each.name for each in addresses() if not each.name.startswith(ADMIN_PREFIX)]
    assert sorted(names) == sorted(set(names))


def test_the_list_of_pages_open_to_visitors_is_as_short_as_written():
    assert {name for name, page in MATRIX.items() if page.open_to_all} == OPEN_TO_ALL


def test_each_role_gets_exactly_what_the_matrix_says(world: World, clients: dict[str, Client]):
    wrong, asked = [], 0
    for name, page in MATRIX.items():
        url, body = reverse(name, kwargs=page.args(world)), page.body(world)
        for method in ("GET", "POST"):
            for who in WHO:
                response = ask(clients[who], method, url, body if method == "POST" else None)
                asked += 1
                expected = page.answer(method, who)
                closed = who in STRANGERS and not page.open_to_all
                refused_earlier = expected == 405 and response.status_code == 403 and who in SIGNED_IN
                if not refused_earlier and not fits(response, expected, stranger_at_closed_page=closed):
                    wrong.append(f"{method} {name} as {who}: {told(response)} instead of {expected}")
    assert not wrong, "\n".join(wrong)
    assert asked == len(MATRIX) * 2 * len(WHO)


def test_what_belongs_to_another_team_does_not_exist(world: World, clients: dict[str, Client]):
    other = Client()
    other.force_login(world.other_clerk)
    seen, scoped = [], [(name, page) for name, page in MATRIX.items() if page.scoped]
    for name, page in scoped:
        url, body = reverse(name, kwargs=page.args(world)), page.body(world)
        for method, answers in (("GET", page.get), ("POST", page.post)):
            if answers is not None and (response := ask(other, method, url, body)).status_code != 404:
                seen.append(f"{method} {name}: {told(response)}")
    assert not seen, "\n".join(seen)
    assert len(scoped) >= 20


def test_reading_a_page_changes_nothing(world: World, clients: dict[str, Client]):
    wrote = []
    for name, page in MATRIX.items():
        if page.get is None:
            continue
        url = reverse(name, kwargs=page.args(world))
        ask(clients["CLERK"], "GET", url)
        with CaptureQueriesContext(connection) as queries:
            ask(clients["CLERK"], "GET", url)
        allowed = {"staff_personsession", *page.reading_writes}
        wrote += [
            f"{name}: {query['sql'][:90]}"
            for query in queries
            if query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
            and not any(table in query["sql"] for table in allowed)
        ]
    assert not wrote, "\n".join(wrote)


def test_methods_nobody_offers_are_refused(world: World, clients: dict[str, Client]):
    let_through = [
        f"{method} {name}: {response.status_code}"
        for name, page in MATRIX.items()
        for method in ("PUT", "PATCH", "DELETE")
        for response in [ask(clients["ADMINISTRATOR"], method, reverse(name, kwargs=page.args(world)))]
        if response.status_code not in {403, 404, 405}
    ]
    assert not let_through, "\n".join(let_through)


def admin_urls() -> dict[str, str]:
    found = {}
    for each in addresses():
        if each.name.startswith(ADMIN_PREFIX):
            name = each.name if ":" in each.name and "/" not in each.name else None
            kwargs = {argument: ADMIN_ARGS[argument] for argument in each.arguments}
            url = reverse(name, kwargs=kwargs) if name and "(?P" not in each.pattern else _filled(each.pattern)
            found[f"{each.name} {each.pattern}"] = url
    return found


def _filled(pattern: str) -> str:
    plain = pattern.replace("^", "").replace("$", "").replace("\\Z", "").replace("(?P<url>.*)", "nothing-here")
    plain = plain.replace("(?P<app_label>", "(").replace("<path:object_id>", "1")
    return "/" + plain.split("(")[0] + ("staff/" if "(" in plain else "")


def test_the_administration_is_for_administrators_only(world: World, clients: dict[str, Client]):
    # One gate for all of it: whoever holds every role but the one is the hardest to keep out.
    nearly = make_user("nearly", *(role for role in Role if role is not Role.ADMINISTRATOR))
    clients["NEARLY"] = Client()
    clients["NEARLY"].force_login(nearly)
    at_the_gate = ("ANONYMOUS", "NEARLY", "ADMINISTRATOR", "DISABLED")
    wrong, asked = [], 0
    for name, url in admin_urls().items():
        for who in at_the_gate:
            for method in ("GET", "POST"):
                asked += 1
                response = ask(clients[who], method, url)
                if who in STRANGERS:
                    good = told(response) == "sign-in" or name.split()[0] in ADMIN_OPEN
                elif who == "ADMINISTRATOR":
                    good = response.status_code < 500 and told(response) != "sign-in"
                else:
                    good = response.status_code == 403
                if not good:
                    wrong.append(f"{method} {name} as {who}: {told(response)}")
    assert not wrong, "\n".join(wrong)
    assert asked >= len(at_the_gate) * 2 * 20


def test_every_change_needs_the_token_of_its_page(world: World):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.administrator)
    urls = {name: reverse(name, kwargs=page.args(world)) for name, page in MATRIX.items()} | admin_urls()
    open_doors = {name for name, url in urls.items() if ask(strict, "POST", url).status_code != 403}
    assert open_doors == WITHOUT_TOKEN


def test_a_visitor_without_token_is_refused_too(world: World):
    strict = Client(enforce_csrf_checks=True)
    for name in OPEN_TO_ALL:
        assert ask(strict, "POST", reverse(name, kwargs=MATRIX[name].args(world))).status_code == 403, name


def test_the_matrix_names_every_role():
    assert set(SIGNED_IN) | set(STRANGERS) == set(WHO)
    assert set(ADMIN_OPEN) <= {each.name for each in addresses()}
