from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from salesops.failpoints import armed
from salesops.web.navigation import NavItem, register_item


class JobsConfig(AppConfig):
    name = "salesops.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Every app's job kinds are known in every process: pages enqueue them, workers run them."""
        armed()  # refuses to start with fail points set outside a test
        autodiscover_modules("tasks")
        register_item(NavItem("settings", _("Background work"), "jobs:list", "rotate-clockwise", None, order=10))
