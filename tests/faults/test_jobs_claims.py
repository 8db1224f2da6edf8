"""Many workers with the same message: one works, and a control run shows that the race is real."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import close_old_connections, connection, models, transaction

from salesops.jobs import leases
from salesops.jobs.leases import Lease
from salesops.jobs.models import Job

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
WORKERS, ROUNDS = 6, 15


def careless_claim(job_id):
    """Look, then take: what the conditional UPDATE is there to prevent."""
    if Job.objects.filter(pk=job_id, state=Job.State.QUEUED).exists():
        GAP.wait(5)
        Job.objects.filter(pk=job_id).update(state=Job.State.RUNNING, lease_number=models.F("lease_number") + 1)
        return Lease(job_id, 1)
    return None


GAP = threading.Barrier(WORKERS)


def winners(claim):
    """How many of the workers got each of the jobs."""
    counts = []
    start = threading.Barrier(WORKERS)

    def compete(job_id):
        close_old_connections()
        try:
            start.wait(10)
            return claim(job_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as workers:
        for _ in range(ROUNDS):
            job = Job.objects.create(kind="faults.race")
            counts.append(sum(lease is not None for lease in workers.map(compete, [job.pk] * WORKERS)))
    return counts


def test_one_worker_gets_a_job(transactional_db):
    assert winners(leases.claim) == [1] * ROUNDS


def test_control_run_looking_before_taking_gives_a_job_to_several(transactional_db):
    assert max(winners(careless_claim)) > 1


def test_the_run_that_lost_its_lease_cannot_end_the_job_the_other_one_ends(transactional_db):
    job = Job.objects.create(kind="faults.race")
    stale = leases.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=leases.from_now(-1))
    fresh = leases.claim(job.pk)
    assert stale
    assert fresh
    assert fresh.number == stale.number + 1
    with transaction.atomic():
        assert not leases.end(stale, Job.State.DONE)
        assert not leases.prolong(stale, None)
    assert leases.end(fresh, Job.State.DONE)
