from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers and products")

    def ready(self) -> None:
        """What the shell shows of this room; it needs the models, so it is read only now."""
        import_module("customers.panels")
        import_module("customers.importing.registration")
