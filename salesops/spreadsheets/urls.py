from django.urls import path

from salesops.spreadsheets.views import batches, columns, upload

app_name = "imports"
urlpatterns = [
    path("", batches.batch_list, name="list"),
    path("new/", upload.upload, name="upload"),
    path("<int:pk>/", batches.batch_detail, name="detail"),
    path("<int:pk>/columns/", columns.map_columns, name="map"),
    path("<int:pk>/preview/", batches.preview, name="preview"),
    path("<int:pk>/numbers/", batches.numbers, name="numbers"),
    path("<int:pk>/write/", batches.write, name="write"),
    path("<int:pk>/cancel/", batches.cancel, name="cancel"),
    path("<int:pk>/undo/", batches.undo, name="undo"),
    path("<int:pk>/refused/", batches.refused, name="refused"),
]
