"""The first visitor of an empty company."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from staff.actions.people import create_first_administrator
from staff.actions.refusals import StaffRefusedError
from staff.forms.account import WelcomeForm
from staff.models import User
from staff.views.requests import address_of


@login_not_required
@never_cache
@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Make the first administrator; once anybody exists this page only leads to sign-in."""
    if User.objects.exists():
        return redirect("staff:sign_in")
    form = WelcomeForm(request.POST if request.method == "POST" else None, user=User())
    if request.method == "POST" and form.is_valid():
        try:
            user = create_first_administrator(
                username=form.cleaned_data["username"],
                display_name=form.cleaned_data["display_name"],
                password=form.cleaned_data["new_password"],
                email=form.cleaned_data["email"],
                language=get_language() or "",
                address=address_of(request),
            )
        except StaffRefusedError:
            return redirect("staff:sign_in")
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("home")
    return render(request, "registration/welcome.html", {"form": form}, status=422 if form.errors else 200)
