from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = _("People")

    def ready(self) -> None:
        """Hear what the foundation tells, add to the shell; both need the models, so they are read only now."""
        import_module("staff.receivers")
        import_module("staff.panels")
