from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """What the foundation offers of this room; it needs the models, so it is read only now."""
        import_module("orders.receivers")
        import_module("orders.panels")
        import_module("orders.importing.registration")
        # Workers export lists whose pages they never served.
        for part in ("requests", "shipping", "ledger", "amending", "desk"):
            import_module(f"orders.{part}.listings")
