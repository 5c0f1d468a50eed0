from django.urls import path

from advisories import api, views

app_name = "advisories"
urlpatterns = [
    path("", views.listing, name="list"),
    path("feed.atom", views.feed_atom, name="feed"),
    path("feed.json", views.feed_json, name="feed-json"),
    path("subscription/", views.subscription, name="subscription"),
    path("subscription/<uuid:pk>/end/", views.unsubscribe, name="unsubscribe"),
    path("stop/<str:token>/", views.stop, name="stop"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/read/", views.acknowledge, name="acknowledge"),
    path("<uuid:pk>/passed-on/", views.relay, name="relay"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("advisories/", api.AdvisoryViewSet.as_view({"get": "list"}, detail=False)),
    path("advisories/<uuid:pk>/", api.AdvisoryViewSet.as_view({"get": "retrieve"}, detail=True)),
]
