"""What a person sees and changes about themselves."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staff.actions.sessions import end_session, end_sessions
from staff.forms.account import ProfileForm
from staff.middleware import THEME_COOKIE
from staff.queries import open_sessions
from staff.views.requests import address_of, person_of, remember


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, phone, mail, language, time zone, theme, shortcuts."""
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=person_of(request))
    if request.method == "POST" and form.is_valid():
        person = form.save()
        with override(person.language or getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)):
            messages.success(request, _("Your profile is saved."))
        response = redirect("staff:profile")
        if person.language:
            remember(response, settings.LANGUAGE_COOKIE_NAME, person.language)
        remember(response, THEME_COOKIE, person.theme)
        return response
    return render(request, "staff/profile.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    signed_in = open_sessions(person_of(request), request.session.session_key)
    return render(request, "staff/sessions.html", {"signed_in": signed_in})


@require_POST
def session_end(request: HttpRequest) -> HttpResponse:
    """End one of one's own sign-ins; somebody else's does not exist here."""
    person = person_of(request)
    wanted = request.POST.get("session", "")
    found = next(
        (each for each in open_sessions(person, request.session.session_key) if each.reference == wanted), None
    )
    if found is None:
        raise Http404
    if found.here:
        messages.info(request, _("This is where you are. Use “Sign out” to end it."))
        return redirect("staff:sessions")
    end_session(session=found.row, by=person, address=address_of(request))
    messages.success(request, _("The session is ended."))
    return redirect("staff:sessions")


@require_POST
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """End every sign-in of one's own but this one."""
    person = person_of(request)
    ended = end_sessions(user=person, keep=request.session.session_key, by=person, address=address_of(request))
    messages.success(
        request,
        ngettext("%(ended)s other session is ended.", "%(ended)s other sessions are ended.", ended) % {"ended": ended},
    )
    return redirect("staff:sessions")
