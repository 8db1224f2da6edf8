"""Orders on their way in, as the people at the pages see them: choices, results, what still waits."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from orders.models import Order, UnassignedLine
from salesops.jobs.engine import run_job
from salesops.jobs.models import Job
from salesops.spreadsheets.models import ImportBatch
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
HEADINGS = "单据编号,单据日期,往来单位,商品编码,品名,数量,单价,金额"
SHARED = """1,2026-03-02,甲,A,货,1,10,10
1,2026-03-02,甲,B,货,1,10,10
1,2026-03-02,乙,A,货,2,10,20
2,2026-03-02,甲,A,货,1,10,10
2,2026-03-05,甲,A,货,1,10,10
3,2026-03-02,丙,A,货,1,10,10"""


@pytest.fixture
def clerk(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    lin = make_user("lin", Role.CLERK)
    client.force_login(lin)
    return lin


def work():
    for job in Job.objects.filter(state=Job.State.QUEUED).order_by("id"):
        run_job(job.pk)


def previewed(client, rows) -> ImportBatch:
    sheet = SimpleUploadedFile("orders.csv", f"{HEADINGS}\n{rows}\n".encode())
    assert client.post(reverse("imports:upload"), {"files": sheet, "kind": "orders"}).status_code == 302
    work()
    batch = ImportBatch.objects.latest("pk")
    assert batch.state == ImportBatch.State.PREVIEW, batch.report
    return batch


def page_of(client, name, batch):
    return client.get(reverse(f"imports:{name}", args=[batch.pk])).content.decode()


def test_numbers_with_several_orders_are_kept_apart_unless_somebody_leaves_them_out(client, clerk):
    batch = previewed(client, SHARED)
    assert (batch.report["orders"], batch.report["conflicts"]) == (5, 0)
    page = page_of(client, "preview", batch)
    assert "2 order numbers stand for several orders" in page
    assert 'name="out" value="1"' in page
    client.post(reverse("imports:numbers", args=[batch.pk]), {"out": ["1", "3", "9"]})
    work()
    batch.refresh_from_db()
    assert (batch.report["orders"], batch.report["lines"], batch.report["conflicts"]) == (3, 3, 1)
    assert sum(batch.report["refused"].values()) == 3
    page = page_of(client, "preview", batch)
    assert 'name="out" value="1" checked' in page
    assert "1 order number stands for several orders" in page
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    assert set(Order.objects.values_list("source_number", flat=True)) == {"2", "3"}
    page = page_of(client, "detail", batch)
    assert "left out and stand among" not in page
    assert "left out" in page
    assert "kept apart" in page
    assert page.count("乙") == 1


def test_every_number_with_several_orders_can_be_left_out_or_kept_at_once(client, clerk):
    batch = previewed(client, SHARED)
    for every, orders in (("all", 1), ("none", 5)):
        client.post(reverse("imports:numbers", args=[batch.pk]), {"every": every})
        work()
        batch.refresh_from_db()
        assert batch.report["orders"] == orders


def test_lines_of_a_left_out_number_in_a_second_sheet_are_left_out_too(client, clerk):
    heads = SimpleUploadedFile(
        "h.csv", "订单编号,订单日期,客户名称\n1,2026-03-02,甲\n1,2026-03-02,乙\n2,2026-03-02,乙\n".encode()
    )
    lines = SimpleUploadedFile("l.csv", "订单编号,商品编码,数量,单价\n1,A,1,10\n2,A,1,10\n".encode())
    client.post(reverse("imports:upload"), {"files": [heads, lines], "kind": "orders"})
    work()
    batch = ImportBatch.objects.get()
    assert (batch.report["orders"], batch.report["lines"], batch.report["unassigned_lines"]) == (3, 1, 1)
    client.post(reverse("imports:numbers", args=[batch.pk]), {"out": ["1"]})
    work()
    batch.refresh_from_db()
    assert (batch.report["orders"], batch.report["lines"], batch.report["unassigned_lines"]) == (1, 1, 0)
    assert sum(batch.report["refused"].values()) == 3


def test_the_result_leads_to_its_orders_and_to_the_lines_that_wait_for_a_customer(client, clerk):
    batch = previewed(client, "1,2026-03-02,甲,A,货,1,10,10\n2,2026-03-02,,A,货,1,10,10")
    ways = reverse("orders:unassigned")
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    page = page_of(client, "detail", batch)
    assert f'href="{reverse("orders:list")}?batch={batch.pk}"' in page
    assert f'href="{ways}?batch={batch.pk}"' in page
    waiting = client.get(f"{ways}?batch={batch.pk}")
    assert waiting.status_code == 200
    assert "orders.csv" in waiting.content.decode()
    assert UnassignedLine.objects.count() == 1
    client.post(reverse("imports:undo", args=[batch.pk]))
    work()
    assert f"{ways}?batch={batch.pk}" not in page_of(client, "detail", batch)


def test_the_way_to_lines_without_a_customer_counts_them_for_who_may_assign(client, clerk):
    batch = previewed(client, "\n".join(f"{n},2026-03-02,,A,货,1,10,10" for n in range(7)))
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    page = client.get(reverse("orders:list")).content.decode()
    there = page.index(f'href="{reverse("orders:unassigned")}"')
    assert "7" in page[there : page.index("</a>", there)]
    client.force_login(make_user("chen", Role.SALESPERSON))
    assert reverse("orders:unassigned") not in client.get(reverse("orders:list")).content.decode()
