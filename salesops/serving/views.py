"""Whether the installation is alive, for watchers without an account."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from salesops.jobs import beat


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while web, database and worker are alive, else 503; says which one is not and nothing else."""
    parts: dict[str, Any] = {"web": "ok", "database": _database(), **_worker()}
    alive = all(parts[name] == "ok" for name in ("web", "database", "worker"))
    return JsonResponse(parts, status=200 if alive else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except (DatabaseError, InterfaceError):
        return "unreachable"
    return "ok"


def _worker() -> dict[str, Any]:
    try:
        age = beat.age()
    except Exception:  # the cache is files or memory; each fails in its own way
        return {"worker": "unknown", "cache": "unreachable"}
    if getattr(cache, "is_away", False):
        return {"worker": "unknown", "cache": "unreachable"}
    if age is None:
        return {"worker": "absent"}
    return {"worker": "ok" if age < beat.LATE_SECONDS else "late", "worker_seconds": round(age)}
