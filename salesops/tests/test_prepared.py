"""A prepared read gives what the query gives, and says no where it would give something else."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import CharField, Value
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from salesops.jobs.models import Job
from salesops.prepared import MOST_FORMS, Prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs() -> list[Job]:
    owner = get_user_model().objects.create_user("lin", password=None)
    kept = [Job.objects.create(kind=f"kind{place % 3}", title=f"{place}", owner=owner) for place in range(7)]
    return [*kept, Job.objects.create(kind="kind0", title="nobody's", arguments={"amount": "1.50"})]


def test_rows_are_those_of_the_query_with_what_belongs_to_them(jobs: list[Job]) -> None:
    read = Prepared(
        lambda kind: Job.objects.filter(kind=kind).select_related("owner").annotate(mark=Value("x", CharField()))
    )
    for kind in ("kind0", "kind1", "nothing"):
        expected = list(Job.objects.filter(kind=kind))
        with CaptureQueriesContext(connection) as asked:
            found = read.rows(kind=kind)
            owners = [job.owner for job in found]
        assert found == expected
        assert owners == [job.owner for job in expected]
        assert len(asked) == 1
        assert [job.arguments for job in found] == [job.arguments for job in expected]
        assert {getattr(job, "mark") for job in found} <= {"x"}  # noqa: B009  # mypy does not know the annotation
        assert not any(job.get_deferred_fields() for job in found)
    assert any(job.owner is None for job in read.rows(kind="kind0"))


def test_lists_of_every_length_are_asked_for(jobs: list[Job]) -> None:
    read = Prepared(
        lambda ids, kind: Job.objects.filter(pk__in=ids, kind=kind).order_by("pk").values_list("pk", flat=True)
    )
    for length in (3, 1, 7, 0, 3):
        wanted = [job.pk for job in jobs[:length]]
        assert read.rows(ids=wanted, kind="kind0") == [job.pk for job in jobs[:length] if job.kind == "kind0"]


def test_more_lengths_than_are_kept_still_answer(jobs: list[Job]) -> None:
    read = Prepared(lambda ids: Job.objects.filter(pk__in=ids).values_list("pk", flat=True))
    for length in range(1, MOST_FORMS + 3):
        assert read.rows(ids=[jobs[0].pk, *range(10_000, 10_000 + length - 1)]) == [jobs[0].pk]


def test_values_come_as_tuples_or_alone(jobs: list[Job]) -> None:
    pairs = Prepared(lambda pk: Job.objects.filter(pk=pk).values_list("title", "kind"))
    alone = Prepared(lambda pk: Job.objects.filter(pk=pk).values_list("title", flat=True)[:1])
    assert pairs.rows(pk=jobs[2].pk) == [("2", "kind2")]
    assert alone.first(pk=jobs[2].pk) == "2"
    assert alone.first(pk=0) is None


@pytest.mark.parametrize("value", [None, 1.5, object()])
def test_what_would_ask_another_question_is_refused(value: object) -> None:
    read = Prepared(lambda title: Job.objects.filter(title=title))
    with pytest.raises(TypeError, match="title"):
        read.rows(title=value)


def test_dictionaries_are_refused() -> None:
    with pytest.raises(TypeError, match="ValuesIterable"):
        Prepared(lambda: Job.objects.values("pk")).rows()


@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction_at_each_call() -> None:
    job = Job.objects.create(kind="kind0")
    read = Prepared(lambda pk: Job.objects.select_for_update().filter(pk=pk))
    for _call in range(2):
        with transaction.atomic():
            assert read.first(pk=job.pk) == job
        if connection.features.has_select_for_update:
            with pytest.raises(TransactionManagementError):
                read.first(pk=job.pk)
