"""Fail points break the product for tests and for nobody else."""

import errno
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from salesops.failpoints import REGISTRY, armed, failpoint

BASE = {"DJANGO_SETTINGS_MODULE": "salesops.settings.base"}


def test_without_the_environment_a_point_does_nothing(monkeypatch):
    monkeypatch.delenv("SALESOPS_FAILPOINTS", raising=False)
    failpoint("jobs.claimed")
    assert not armed()


def test_an_armed_point_does_what_it_was_told(monkeypatch):
    monkeypatch.setenv("SALESOPS_TESTING", "1")
    monkeypatch.setenv("SALESOPS_FAILPOINTS", "jobs.claimed=raise;jobs.finish=enospc")
    with pytest.raises(RuntimeError, match="a fail point"):
        failpoint("jobs.claimed")
    with pytest.raises(OSError, match="No space left") as caught:
        failpoint("jobs.finish")
    assert caught.value.errno == errno.ENOSPC
    failpoint("jobs.worked")


@pytest.mark.parametrize(
    "environment",
    [{"SALESOPS_TESTING": ""}, {"SALESOPS_TESTING": "1", "DJANGO_SETTINGS_MODULE": "salesops.settings.production"}],
)
def test_outside_a_test_armed_points_are_refused(monkeypatch, environment):
    for name, value in {**environment, "SALESOPS_FAILPOINTS": "jobs.claimed=kill"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured):
        armed()


def test_every_registered_point_stands_in_the_code():
    for name in REGISTRY:
        found = subprocess.run(
            ["git", "grep", "--untracked", "-lF", f'"{name}"', "--", "*.py", ":!*tests/*", ":!salesops/failpoints.py"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert len(found.stdout.split()) == 1, name


def test_an_armed_installation_does_not_start():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "SALESOPS_FAILPOINTS": "jobs.claimed=kill", "SALESOPS_TESTING": "", **BASE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "for tests only" in done.stderr
