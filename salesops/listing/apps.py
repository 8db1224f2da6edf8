from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ListingConfig(AppConfig):
    name = "salesops.listing"
    label = "listing"

    def ready(self) -> None:
        # Workers export lists whose pages they never served, so every app's declarations are read at start.
        autodiscover_modules("listings")
