"""Redis away, broker and cache at once: an order is saved all the same, and the page answers at once."""

from __future__ import annotations

import json
import socket
import time
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.urls import reverse

from customers.factories import make_customer, make_product
from orders.models import Order
from salesops.jobs import sending
from salesops.jobs.models import Job
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["refuses", "is silent"])
def without_redis(request, settings, monkeypatch):
    """Nobody listens at the port, or somebody does who never says a word."""
    listener = socket.create_server(("127.0.0.1", 0))
    place = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    if request.param == "refuses":
        listener.close()
    settings.CACHES = {
        "default": {
            "BACKEND": "salesops.caching.ForgivingRedisCache",
            "LOCATION": place,
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    }
    monkeypatch.setenv("CELERY_BROKER_URL", place)
    monkeypatch.setattr(sending, "BROKER", sending._Broker())
    yield
    listener.close()


def test_an_order_is_saved_and_its_mail_waits_while_redis_is_away(client, without_redis):
    team = make_team()
    customer, paper = make_customer(team=team), make_product(list_price=Decimal("113"), tax_rate="13")
    client.force_login(make_user("lin", Role.CLERK, team=team))
    row = {"key": "a", "product": paper.code, "quantity": "2", "from": {"unit_price": "default"}}
    body = {"token": str(uuid4()), "customer": customer.pk, "rows": [row], "total": "226.00"}
    began = time.monotonic()
    answer = client.post(reverse("orders:entry_submit"), json.dumps(body), content_type="application/json")
    assert time.monotonic() - began < 2
    assert answer.status_code == 200, answer.content.decode()
    order = Order.objects.get()
    assert answer.json()["number"] == order.number

    began = time.monotonic()
    page = client.get(reverse("orders:detail", args=[order.pk]))
    assert time.monotonic() - began < 2
    assert order.number in page.content.decode()

    began = time.monotonic()
    client.post(reverse("listing:export", args=["orders"]), {"query": "state=received", "format": "csv"})
    assert time.monotonic() - began < 2
    assert Job.objects.get().state == Job.State.QUEUED


def test_what_the_cache_does_not_know_is_asked_of_the_database(without_redis):
    assert cache.get("a", 7) == 7
    cache.set("a", 1)
    assert cache.get_or_set("a", 3) == 3
    assert cache.get_many(["a", "b"]) == {}
    assert getattr(cache, "is_away", False)
    with pytest.raises(ValueError, match="away"):
        cache.incr("a")
