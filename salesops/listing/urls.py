from django.urls import path

from salesops.listing import views

app_name = "listing"
urlpatterns = [
    path("<slug:name>/columns/", views.choose_columns, name="columns"),
    path("<slug:name>/views/save/", views.save_view, name="save_view"),
    path("<slug:name>/views/<int:view_id>/delete/", views.delete_view, name="delete_view"),
    path("<slug:name>/export/", views.export_list, name="export"),
    path("<slug:name>/deeds/<slug:deed>/", views.run_deed, name="deed"),
    path("<slug:name>/parts/<slug:part>/", views.list_part, name="part"),
]
