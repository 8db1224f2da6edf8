"""The pages of long work, as its owner, a colleague and an administrator meet them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from salesops.jobs.models import Job
from salesops.jobs.tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return person(language="en")


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


def make_job(owner, state=Job.State.RUNNING, **fields):
    fields.setdefault("title", "Import of orders.xlsx")
    ended = timezone.now() if state in {"done", "failed", "cancelled"} else None
    until = timezone.now() + timedelta(minutes=1)
    return Job.objects.create(
        kind="tests.page", owner=owner, state=state, ended_at=ended, lease_until=until, lease_number=1, **fields
    )


def stored(text):
    return default_storage.save("jobs/7-1/订单.csv", ContentFile(text))


NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@time_machine.travel(NOON, tick=False)
def test_while_it_runs_the_page_asks_again_each_second_and_offers_to_stop(page, owner):
    began = timezone.now().timestamp() - 10
    job = make_job(owner, done_units=1000, total_units=4000, step="Writing", steps=[["Writing", began]])
    text = page.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert f'hx-get="/jobs/{job.pk}/progress/"' in text
    assert 'hx-trigger="every 1s"' in text
    assert "<noscript><meta" in text
    assert "25%" in text
    assert "1,000 / 4,000" in text
    assert "100 a second" in text
    assert "about 30 seconds left" in text
    assert f'action="/jobs/{job.pk}/cancel/"' in text


@time_machine.travel(NOON, tick=False)
def test_the_page_speaks_chinese(page, owner):
    owner.language = "zh-hans"
    owner.save()
    began = timezone.now().timestamp() - 10
    job = make_job(owner, done_units=1000, total_units=4000, step="Writing", steps=[["Writing", began]])
    text = page.get(reverse("jobs:detail", args=[job.pk]), HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert "每秒 100" in text
    assert "还要约 30 秒" in text


def test_once_it_is_over_the_page_asks_no_more_and_the_last_answer_loads_it_anew(page, owner):
    job = make_job(owner, Job.State.DONE, result_url="/orders/")
    text = page.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert "every 1s" not in text
    assert "<noscript>" not in text
    assert 'href="/orders/"' in text
    assert f"/jobs/{job.pk}/cancel/" not in text
    assert page.get(reverse("jobs:progress", args=[job.pk])).headers["HX-Refresh"] == "true"


def test_the_progress_of_a_running_job_is_a_fragment(page, owner):
    answer = page.get(reverse("jobs:progress", args=[make_job(owner).pk]))
    assert "HX-Refresh" not in answer.headers
    assert "<html" not in answer.content.decode()


def test_a_failed_job_says_why(page, owner):
    job = make_job(owner, Job.State.FAILED, error="%(count)s rows are too many.", error_values={"count": 7})
    assert "7 rows are too many." in page.get(reverse("jobs:detail", args=[job.pk])).content.decode()


def test_the_owner_stops_a_job_by_a_post_and_a_get_changes_nothing(page, owner):
    job = make_job(owner)
    assert page.get(reverse("jobs:cancel", args=[job.pk])).status_code == 405
    job.refresh_from_db()
    assert not job.cancel_asked
    assert page.post(reverse("jobs:cancel", args=[job.pk])).url == f"/jobs/{job.pk}/"
    job.refresh_from_db()
    assert job.cancel_asked
    assert "Stopping" in page.get(reverse("jobs:detail", args=[job.pk])).content.decode()


def test_the_file_is_saved_under_its_own_name_and_never_shown(page, owner):
    job = make_job(owner, Job.State.DONE, result_file=stored(b"a,b"))
    answer = page.get(reverse("jobs:file", args=[job.pk]))
    assert b"".join(answer.streaming_content) == b"a,b"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''%E8%AE%A2%E5%8D%95.csv"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_file_that_was_tidied_away_is_not_found(page, owner):
    job = make_job(owner, Job.State.DONE, result_file="jobs/9-9/gone.csv")
    assert page.get(reverse("jobs:file", args=[job.pk])).status_code == 404


@pytest.mark.parametrize("name", ["detail", "progress", "file", "cancel"])
def test_a_colleagues_job_does_not_exist_for_me(page, name):
    job = make_job(person(), Job.State.RUNNING, result_file=stored(b"secret"))
    answer = page.post if name == "cancel" else page.get
    assert answer(reverse(f"jobs:{name}", args=[job.pk])).status_code == 404
    job.refresh_from_db()
    assert not job.cancel_asked


def test_an_administrator_sees_every_job_and_its_file(client, owner):
    job = make_job(owner, Job.State.DONE, result_file=stored(b"a"))
    client.force_login(person(administrator=True))
    assert client.get(reverse("jobs:detail", args=[job.pk])).status_code == 200
    assert client.get(reverse("jobs:file", args=[job.pk])).status_code == 200


def test_the_list_holds_my_jobs_alone_newest_first(page, owner):
    make_job(owner, Job.State.DONE, title="First of mine")
    make_job(owner, Job.State.RUNNING, title="Second of mine")
    make_job(person(), title="Work of a colleague")
    text = page.get(reverse("jobs:list")).content.decode()
    assert text.index("Second of mine") < text.index("First of mine")
    assert "Work of a colleague" not in text


def test_a_long_list_goes_on_on_the_next_page(page, owner):
    jobs = [make_job(owner, Job.State.DONE, title=f"number {place}.") for place in range(60)]
    first = page.get(reverse("jobs:list")).content.decode()
    assert "number 59." in first
    assert "number 9." not in first
    second = page.get(f"{reverse('jobs:list')}?before={jobs[10].pk}").content.decode()
    assert "number 9." in second
    assert "number 10." not in second


@pytest.mark.parametrize("before", ["", "x", "-1", "²", "9" * 40, "1;drop"])
def test_nonsense_in_the_address_of_the_list_is_no_error(page, before):
    assert page.get(reverse("jobs:list"), {"before": before}).status_code == 200


def test_an_empty_list_says_what_will_be_here(page):
    assert "Nothing runs and nothing ran" in page.get(reverse("jobs:list")).content.decode()
