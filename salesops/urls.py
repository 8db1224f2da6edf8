"""Where every address begins; apps are named, never imported."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("salesops.web.urls")),
    path("", include("salesops.serving.urls")),
    path("jobs/", include("salesops.jobs.urls")),
    path("imports/", include("salesops.spreadsheets.urls")),
    path("lists/", include("salesops.listing.urls")),
    path("orders/", include("orders.urls")),
    path("", include("orders.link_urls")),
    path("customers/", include("customers.urls")),
    path("products/", include("customers.product_urls")),
    path("calendar/", include("salesops.worktime.urls")),
    path("", include("staff.urls")),
    path("admin/", admin.site.urls),
]
