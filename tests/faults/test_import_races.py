"""One file uploaded by several people at the same moment: one import is made, the others are led to it."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from salesops.spreadsheets import actions
from salesops.spreadsheets.models import ImportBatch
from staff.factories import make_user
from staff.roles import Role
from tests.faults.crowd import at_once

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
PEOPLE = 6
SHEET = "单据编号,单据日期,往来单位,商品编码,数量,单价\n1,2026-03-02,甲,A,1,10\n".encode()


@pytest.fixture
def browsers(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    clients = [Client() for _ in range(PEOPLE)]
    for client in clients:
        client.force_login(make_user("", Role.MANAGER))
    return clients


def upload(client):
    return client.post(reverse("imports:upload"), {"files": SimpleUploadedFile("orders.csv", SHEET)})


def test_one_file_uploaded_by_six_people_at_once_is_one_import_and_five_links_to_it(browsers):
    answers = at_once([lambda client=client: upload(client) for client in browsers])
    assert Counter(answer.status_code for answer in answers) == {302: 1, 409: PEOPLE - 1}
    first = reverse("imports:detail", args=[ImportBatch.objects.get().pk])
    assert all(first in answer.content.decode() for answer in answers if answer.status_code == 409)


def test_control_run_without_the_lock_several_get_through(browsers, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite the transaction itself is the lock: there is nothing to take away")
    monkeypatch.setattr(actions, "lock_rule", lambda _name: None)
    at_once([lambda client=client: upload(client) for client in browsers])
    assert ImportBatch.objects.count() > 1
