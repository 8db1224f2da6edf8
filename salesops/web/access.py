"""Who may open a page: the gate each view names in its first line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

if TYPE_CHECKING:
    # Resolved by the type checker to AUTH_USER_MODEL: the floor above is never imported.
    from django.contrib.auth.models import _User
    from django_htmx.middleware import HtmxDetails


class Person(Protocol):
    """What the foundation asks of whoever is signed in."""

    pk: Any

    @property
    def is_authenticated(self) -> Any: ...

    def may(self, permission: Any, /) -> bool: ...


class PersonRequest(HttpRequest):
    """A request behind sign-in."""

    user: _User
    htmx: HtmxDetails


P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
A = TypeVar("A", bound=HttpResponseBase)


def may_any(person: Any, *permissions: str) -> bool:
    """Whether the person holds one of the permissions; nobody signed in holds none."""
    return hasattr(person, "may") and any(person.may(permission) for permission in permissions)


def require(
    *permissions: str,
) -> Callable[[Callable[Concatenate[R, P], A]], Callable[Concatenate[R, P], A]]:
    """Let only people in who hold one of the permissions; everybody else gets the 403 page.

    Which rows they may see is decided by ``visible_to``; signing in is asked for by the middleware.
    """

    def decorate(view: Callable[Concatenate[R, P], A]) -> Callable[Concatenate[R, P], A]:
        @wraps(view)
        def guarded(request: R, *args: P.args, **kwargs: P.kwargs) -> A:
            if not may_any(request.user, *permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value]  # wraps() forgets that the arguments may be named

    return decorate
