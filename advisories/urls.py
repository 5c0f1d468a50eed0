from django.urls import path

from advisories import api
from advisories.views import feeds, reading, singles, subscriptions

app_name = "advisories"
urlpatterns = [
    path("", reading.listing, name="list"),
    path("feed.atom", feeds.feed_atom, name="feed"),
    path("feed.json", feeds.feed_json, name="feed-json"),
    path("subscription/", subscriptions.subscription, name="subscription"),
    path("subscription/<uuid:pk>/", subscriptions.change, name="subscription-change"),
    path("subscription/<uuid:pk>/end/", subscriptions.unsubscribe, name="unsubscribe"),
    path("subscribe/", singles.subscribe, name="subscribe"),
    path("subscribe/confirm/<str:token>/", singles.confirm, name="confirm"),
    path("subscribe/mine/<str:token>/", singles.mine, name="mine"),
    path("stop/<str:token>/", subscriptions.stop, name="stop"),
    path("<uuid:pk>/", reading.detail, name="detail"),
    path("<uuid:pk>/read/", reading.acknowledge, name="acknowledge"),
    path("<uuid:pk>/passed-on/", reading.relay, name="relay"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("advisories/", api.AdvisoryViewSet.as_view({"get": "list"}, detail=False)),
    path("advisories/<uuid:pk>/", api.AdvisoryViewSet.as_view({"get": "retrieve"}, detail=True)),
]
