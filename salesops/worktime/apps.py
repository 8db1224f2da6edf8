from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salesops.web.navigation import NavItem, register_item


class WorktimeConfig(AppConfig):
    name = "salesops.worktime"
    label = "worktime"
    verbose_name = _("Working time")

    def ready(self) -> None:
        """The calendar's place in the navigation; its panels stand in panels.py."""
        register_item(NavItem("settings", _("Working calendar"), "worktime:calendar", "calendar", None, order=20))
