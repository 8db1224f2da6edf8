"""The answer to who waited too long for somebody else: nothing was saved, and it may be sent again."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from salesops.locking import is_somebody_elses_turn

logger = logging.getLogger(__name__)

AGAIN_AFTER = 2  # seconds


class WaitingMiddleware:
    """Turns a lock that was not to be had, and a circle the database broke, into words and 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Every request passes; only what fails is looked at."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """The page for who waited too long; every other fault goes its way."""
        if not is_somebody_elses_turn(fault):
            return None
        logger.warning("%s %s waited too long for somebody else: %s", request.method, request.path, fault)
        answer = render(request, "503.html", status=503)
        answer.headers["Retry-After"] = str(AGAIN_AFTER)
        return answer
