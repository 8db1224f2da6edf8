"""Language and theme, for people and for visitors not signed in yet."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.views.decorators.http import require_POST

from staff.actions.preferences import choose_language, choose_theme
from staff.middleware import THEME_COOKIE
from staff.models import User
from staff.views.requests import next_url, remember


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak the chosen language from now on, here and at the next sign-in."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest()
    if isinstance(request.user, User):
        choose_language(user=request.user, language=chosen)
    response = HttpResponseRedirect(next_url(request, settings.LOGIN_REDIRECT_URL))
    remember(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Show the chosen theme from now on."""
    chosen = request.POST.get("theme", "")
    if chosen not in User.Theme.values:
        return HttpResponseBadRequest()
    if isinstance(request.user, User):
        choose_theme(user=request.user, theme=chosen)
    response = HttpResponseRedirect(next_url(request, settings.LOGIN_REDIRECT_URL))
    remember(response, THEME_COOKIE, chosen)
    return response
