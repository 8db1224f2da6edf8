from django.urls import path

from salesops.serving.views import healthz

urlpatterns = [path("healthz", healthz, name="healthz")]
