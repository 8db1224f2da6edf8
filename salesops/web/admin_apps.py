"""Makes ``django.contrib.admin.site`` the house's own; named in INSTALLED_APPS in place of Django's."""

from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    default = False
    default_site = "salesops.web.admin.HouseAdminSite"
