from django.apps import AppConfig


class NumberingConfig(AppConfig):
    name = "salesops.numbering"
    label = "numbering"
