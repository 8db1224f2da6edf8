import pytest

from salesops.jobs.kinds import KINDS, job_kind


@pytest.fixture
def work():
    """Register a function as the work of the kind "tests.work" for one test."""

    def register(function, name="tests.work", **options):
        job_kind(name, title="Test work", **options)(function)
        return name

    before = dict(KINDS)
    yield register
    KINDS.clear()
    KINDS.update(before)
