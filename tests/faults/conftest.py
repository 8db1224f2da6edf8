"""What every race needs: an empty database of either kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.scratch import scratch_postgres, scratch_sqlite


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    """The DATABASE_URL of an empty database, once of each kind."""
    with scratch_sqlite(tmp_path) if request.param == "sqlite" else scratch_postgres() as url:
        yield url
