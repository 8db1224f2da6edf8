"""The administration: Django's admin under our own name, for administrators only."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from salesops.web.admin_listing import HouseModelAdmin


class HouseAdminSite(admin.AdminSite):
    site_header = _("Sales back office: administration")
    site_title = _("Administration")
    index_title = _("Administration")
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register as Django does; admins of other libraries get the house's paging and audit trail too.

        Groups are left out: what people may do stands in one table of roles.
        """
        models = model_or_iterable if isinstance(model_or_iterable, (list, tuple)) else [model_or_iterable]
        wanted = [model for model in models if model is not Group]
        chosen = admin_class or HouseModelAdmin
        if not issubclass(chosen, HouseModelAdmin):
            chosen = type(chosen.__name__, (HouseModelAdmin, chosen), {"__module__": chosen.__module__})
        super().register(wanted, chosen, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Whoever is signed in and no administrator is refused, not asked to sign in again."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def refusing(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return refusing

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one sign-in page; who is signed in and no administrator is told so."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        if request.user.is_authenticated:
            raise PermissionDenied
        wanted = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        response: HttpResponse = redirect_to_login(wanted)
        return response

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Sign out as everywhere else, with its line in the trail."""
        return HttpResponseRedirect(reverse("staff:sign_out"), preserve_request=True)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """One's own password is changed on one page only, where the other sign-ins end too."""
        return HttpResponseRedirect(reverse("staff:password"))

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("staff:profile"))
