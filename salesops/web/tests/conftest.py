import pytest
from django.contrib.auth import get_user_model

from salesops.web import navigation, panels, searching


@pytest.fixture(autouse=True)
def own_addresses(settings):
    settings.ROOT_URLCONF = "salesops.web.tests.urls"


@pytest.fixture(autouse=True)
def own_registries(monkeypatch):
    """What a test registers is gone after it, and what the rooms registered is not there."""
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_commands", {})
    monkeypatch.setattr(panels, "_panels", {})
    monkeypatch.setattr(searching, "_sources", {})


@pytest.fixture
def person(db):
    def make(*roles, language="en", **fields):
        users = get_user_model().objects
        return users.create_user(f"p{users.count()}", roles=roles, language=language, display_name="Lin", **fields)

    return make


@pytest.fixture
def signed_in(client, person):
    def make(*roles, language="en", **fields):
        client.force_login(person(*roles, language=language, **fields))
        return client

    return make
