"""Changing one's password, and setting a new one by a mailed link."""

import logging

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from staff.actions.passwords import change_password, reset_password
from staff.actions.reset_mail import ask_for_reset
from staff.forms.account import NewPasswordForm, PasswordForm, PasswordResetForm
from staff.models import User
from staff.views.requests import address_of, mail_site, person_of

log = logging.getLogger(__name__)
RESET_TOKEN = "_reset_token"  # noqa: S105 - the name of a session key


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other sign-in ends."""
    person = person_of(request)
    form = PasswordForm(request.POST if request.method == "POST" else None, user=person)
    if request.method == "POST" and form.is_valid():
        change_password(
            user=person,
            password=form.cleaned_data["new_password"],
            keep_session=request.session.session_key,
            address=address_of(request),
        )
        update_session_auth_hash(request, person)
        messages.success(request, _("Your password is changed. You were signed out everywhere else."))
        return redirect("staff:profile")
    return render(request, "staff/password.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail. The answer is the same whether anybody has that address."""
    form = PasswordResetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        site = mail_site(request)
        if site:
            ask_for_reset(email=form.cleaned_data["email"], site=site, address=address_of(request))
        else:
            log.error("No mail with a link was sent: SITE_URL is not set and ALLOWED_HOSTS lets any host name pass.")
        return render(request, "registration/password_reset_sent.html", {"email": form.cleaned_data["email"]})
    return render(request, "registration/password_reset.html", {"form": form}, status=422 if form.errors else 200)


def _person_of_link(code: str) -> User | None:
    try:
        pk = int(urlsafe_base64_decode(code).decode("ascii"))
        user: User | None = User.objects.active().filter(pk=pk).first()
    except (ValueError, OverflowError):
        return None
    return user


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset_set(request: HttpRequest, person: str, token: str) -> HttpResponse:
    """Set a new password. The secret moves from the address into the session, so no Referer carries it on."""
    user = _person_of_link(person)
    if token != "set":  # noqa: S105 - a word in the address, not a secret
        if user is not None and default_token_generator.check_token(user, token):
            request.session[RESET_TOKEN] = token
            return redirect("staff:password_reset_set", person=person, token="set")  # noqa: S106
        return render(request, "registration/password_reset_dead.html", status=410)
    kept = request.session.get(RESET_TOKEN, "")
    if user is None or not default_token_generator.check_token(user, kept):
        return render(request, "registration/password_reset_dead.html", status=410)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        del request.session[RESET_TOKEN]
        reset_password(user=user, password=form.cleaned_data["new_password"], address=address_of(request))
        messages.success(request, _("Your new password is set. Sign in with it."))
        return redirect("staff:sign_in")
    context = {"form": form, "person": user}
    return render(request, "registration/password_reset_set.html", context, status=422 if form.errors else 200)
