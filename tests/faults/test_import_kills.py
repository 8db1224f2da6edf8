"""A worker or the web killed in the middle of an import, and a stop midway: all of it or nothing, and it ends."""

from __future__ import annotations

import signal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers.models import Customer, Product
from orders.models import Order, OrderEvent, OrderLine, OrderSnapshot, UnassignedLine
from salesops.jobs.engine import run_job
from salesops.numbering.models import Counter
from salesops.spreadsheets.actions import receive_files, write_batch
from salesops.spreadsheets.models import ImportBatch
from staff.factories import make_user
from staff.roles import Role
from tests.faults.web import Web, a_form
from tests.faults.workers import Broker, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
State = ImportBatch.State
HEADINGS = "单据编号,单据日期,往来单位,商品编码,品名,数量,单价,金额"
LINES = 8200  # more than are written at once, so that a kill midway leaves some behind it and some before it


def a_sheet(lines=LINES):
    rows = [f"{n // 2},2026-03-02,客户{n // 2 % 40},A{n % 5},货,1,10,10" for n in range(lines)]
    return "\n".join([HEADINGS, *rows]).encode()


@pytest.fixture
def broker(tmp_path, monkeypatch, settings, transactional_db):
    settings.MEDIA_ROOT = tmp_path / "media"
    return Broker(tmp_path, "", monkeypatch)


@pytest.fixture
def clerk(broker):
    return make_user("lin", Role.CLERK)


def written():
    """How many of each record stand in the books."""
    models = (Order, OrderLine, OrderSnapshot, OrderEvent, UnassignedLine, Customer, Product)
    return {model.__name__: model._default_manager.count() for model in models if model._default_manager.exists()}


def previewed(by, content=None):
    batch = receive_files(files=[SimpleUploadedFile("orders.csv", content or a_sheet())], kind="orders", by=by)
    assert batch.job_id is not None
    run_job(batch.job_id)
    batch.refresh_from_db()
    assert batch.state == State.PREVIEW, batch.report
    return batch


def state(batch):
    batch.refresh_from_db()
    return batch.state


def all_of_it(lines=LINES):
    orders = lines // 2
    return {"Order": orders, "OrderLine": lines, "OrderSnapshot": orders, "OrderEvent": orders, "Customer": 40,
            "Product": 5}  # fmt: skip


@pytest.mark.parametrize("point", ["orders.import.midway", "orders.import.written"])
def test_a_worker_killed_while_it_writes_leaves_nothing_and_the_next_one_writes_all(point, broker, clerk):
    batch, counted = write_batch(batch=previewed(clerk), by=clerk), list(Counter.objects.values())
    with broker.worker(failpoints=f"{point}=kill") as victim:
        until(lambda: victim.poll() is not None, 60, what="the worker reaches the point")
    assert victim.returncode == -signal.SIGKILL
    assert (written(), state(batch)) == ({}, State.WRITING)
    assert list(Counter.objects.values()) == counted
    with broker.worker(scheduler=True):
        until(lambda: state(batch) == State.DONE, 60, what=f"the batch is written: {broker.said()[-2000:]}")
    batch.job.refresh_from_db()
    assert (written(), batch.job.state, batch.job.attempts) == (all_of_it(), "done", 2)


def test_the_web_killed_after_an_upload_takes_nothing_with_it(broker, clerk):
    web = Web(broker, clerk)
    with web.running() as process:
        status, there = web.post(reverse("imports:upload"), *a_form("orders.csv", a_sheet()))
        assert status == 302, there
        process.send_signal(signal.SIGKILL)
    batch = ImportBatch.objects.get()
    assert state(batch) == State.READING
    with broker.worker(failpoints=f"orders.import.midway=barrier:{broker.folder / 'midway'}"):
        until(lambda: state(batch) == State.PREVIEW, 60, what="it is read without the web")
        with web.running() as process:
            assert web.post(reverse("imports:write", args=[batch.pk]))[0] == 302
            until((broker.folder / "midway.reached").exists, 60, what="half is written")
            process.send_signal(signal.SIGKILL)
        assert written() == {}
        (broker.folder / "midway.go").touch()
        until(lambda: state(batch) == State.DONE, 60, what="it is written without the web")
    assert written() == all_of_it()
    with web.running():
        assert web.get(reverse("imports:detail", args=[batch.pk]))[0] == 200
        assert web.post(reverse("imports:upload"), *a_form("orders.csv", a_sheet()))[0] == 409
    assert ImportBatch.objects.count() == 1


def test_the_web_killed_during_an_upload_leaves_nothing_and_the_file_may_come_again(broker, clerk):
    web, (body, headers) = Web(broker, clerk), a_form("orders.csv", a_sheet())
    with web.running() as process:
        line = web.begin(reverse("imports:upload"), body, headers, sent=len(body) // 2)
        process.send_signal(signal.SIGKILL)
        line.close()
    assert (ImportBatch.objects.count(), written()) == (0, {})
    with web.running("imports.upload.stored=kill") as process:
        assert web.post(reverse("imports:upload"), body, headers) == (0, "")
        assert process.wait(10) == -signal.SIGKILL
    assert (ImportBatch.objects.count(), written()) == (0, {})
    with web.running():
        status, there = web.post(reverse("imports:upload"), body, headers)
    assert status == 302, there
    batch = ImportBatch.objects.get()
    assert batch.job_id is not None
    run_job(batch.job_id)
    batch.refresh_from_db()
    assert (batch.state, batch.report["lines"]) == (State.PREVIEW, LINES)


def test_an_import_stopped_midway_through_its_page_takes_everything_back(broker, clerk, client):
    client.force_login(clerk)
    batch = write_batch(batch=previewed(clerk), by=clerk)
    with broker.worker(failpoints=f"orders.import.midway=barrier:{broker.folder / 'midway'}"):
        until((broker.folder / "midway.reached").exists, 60, what="half is written")
        answer = client.post(reverse("imports:cancel", args=[batch.pk]), follow=True)
        assert answer.status_code == 200
        (broker.folder / "midway.go").touch()
        until(lambda: batch.job.refresh_from_db() or batch.job.state == "cancelled", 60, what="the job ends")
    page = client.get(reverse("imports:detail", args=[batch.pk])).content.decode()
    assert "It was stopped; nothing of it was written." in page
    assert (written(), state(batch)) == ({}, State.CANCELLED)
    assert not Counter.objects.exists(), "a number was used up"
    again = client.post(reverse("imports:upload"), {"files": SimpleUploadedFile("orders.csv", a_sheet())})
    assert again.status_code == 302
