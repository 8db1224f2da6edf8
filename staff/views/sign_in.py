"""Coming and going."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from staff.forms.account import SignInForm
from staff.lockout import locked_until, tries_left
from staff.models import User
from staff.queries import account_name_for
from staff.views.requests import address_of, next_url, remember


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who it is. A wrong name, a wrong password and a closed account get the same answer."""
    if not User.objects.exists():
        return redirect("staff:welcome")
    if request.user.is_authenticated:
        return HttpResponseRedirect(next_url(request, settings.LOGIN_REDIRECT_URL))
    form = SignInForm(request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        name = account_name_for(form.cleaned_data["username"])
        user = authenticate(request, username=name, password=form.cleaned_data["password"])
        if isinstance(user, User):
            return _let_in(request, user)
        _note_failure(request, name)
        refusal = _refusal(request)
    status = 422 if refusal or form.errors else 200
    context = {"form": form, "refusal": refusal, "next": request.POST.get("next") or request.GET.get("next") or ""}
    return render(request, "registration/sign_in.html", context, status=status)


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    language = user.language or getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    login(request, user)
    record(by=user, deed=Deed.SIGN_IN, about=user.username, address=address_of(request))
    response = HttpResponseRedirect(next_url(request, settings.LOGIN_REDIRECT_URL))
    remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


def _note_failure(request: HttpRequest, name: str) -> None:
    """Write the failure down once. A name nobody has may be a mistyped password: only its beginning is kept."""
    failures: int | None = getattr(request, "axes_failures_since_start", None)
    if failures is None:
        return  # already locked: this try was not weighed, and a flood of them must not flood the trail
    known = User.objects.filter(username=name).exists()
    about = name if known else f"{name[:2]}…"
    record(by=None, deed=Deed.SIGN_IN_FAILED, about=about, address=address_of(request))
    if getattr(request, "axes_locked_out", False):
        record(by=None, deed=Deed.LOCKED_OUT, about=about, address=address_of(request))


def _refusal(request: HttpRequest) -> str:
    left = tries_left(getattr(request, "axes_failures_since_start", None))
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    return ngettext(
        "Account name or password is not right. %(left)s more try, then sign-in is locked for %(minutes)s minutes.",
        "Account name or password is not right. %(left)s more tries, then sign-in is locked for %(minutes)s minutes.",
        left,
    ) % {"left": left, "minutes": minutes}


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Say that sign-in is locked, for how long, and what can be done meanwhile."""
    name = (credentials or getattr(request, "axes_credentials", None) or {}).get("username")
    until = locked_until(name, address_of(request))
    seconds = (until - timezone.now()).total_seconds()
    minutes = max(1, int(-(-seconds // 60)))
    locked = render(request, "registration/locked_out.html", {"until": until, "minutes": minutes}, status=429)
    locked["Retry-After"] = str(int(seconds) + 1)
    return locked


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this sign-in on the server, not only in the browser."""
    user = request.user
    if isinstance(user, User):
        record(by=user, deed=Deed.SIGN_OUT, about=user.username, address=address_of(request))
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)
