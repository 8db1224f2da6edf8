from django.urls import path

from salesops.worktime import views

app_name = "worktime"
urlpatterns = [
    path("", views.calendar, name="calendar"),
    path("template/", views.calendar_template, name="template"),
]
