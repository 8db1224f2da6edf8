from django.urls import URLPattern, URLResolver, path

from salesops.web.views import frame, home, search

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.today, name="home"),
    path("search/", search.results, name="search"),
    path("frame/", frame.frame, name="frame"),
]
