"""Starting a race in a process of its own, against a database of its own, and reading what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def environment_of(url: str, folder: Path) -> dict[str, str]:
    """The settings of a process that works on this database."""
    return {
        **os.environ,
        "DATABASE_URL": url,
        "TEST_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "salesops.settings.test",
        "SALESOPS_VAR": str(folder),
    }


def run(module: str, url: str, folder: Path, race: str, count: int) -> dict[str, Any]:
    """What ``python -m tests.faults.MODULE RACE COUNT`` printed; its complaint where it failed."""
    command = [sys.executable, "-m", f"tests.faults.{module}", race, str(count)]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=environment_of(url, folder),
        capture_output=True,
        text=True,
        timeout=180 + count,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told
