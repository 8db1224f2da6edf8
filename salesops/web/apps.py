from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from salesops.web.navigation import NavItem, register_item


class WebConfig(AppConfig):
    name = "salesops.web"
    label = "web"

    def ready(self) -> None:
        """The first way of everybody, and whatever panels the apps have (their panels.py)."""
        autodiscover_modules("panels")
        register_item(NavItem("today", _("My day"), "home", "home", None, order=0))
