from django.urls import path

from advisories import api
from advisories.views import feeds, reading, subscriptions, webhooks

app_name = "advisories"
urlpatterns = [
    path("", reading.listing, name="list"),
    path("feed.atom", feeds.feed_atom, name="feed"),
    path("feed.json", feeds.feed_json, name="feed-json"),
    path("feed/own.atom", feeds.own_atom, name="own-feed"),
    path("feed/own.json", feeds.own_json, name="own-feed-json"),
    path("feed/<str:token>.atom", feeds.token_atom, name="token-feed"),
    path("feed/<str:token>.json", feeds.token_json, name="token-feed-json"),
    path("feeds/", feeds.tokens, name="feeds"),
    path("feeds/<uuid:pk>/revoke/", feeds.revoke, name="feed-revoke"),
    path("webhooks/", webhooks.listing, name="webhooks"),
    path("webhooks/<uuid:pk>/", webhooks.detail, name="webhook"),
    path("webhooks/<uuid:pk>/deliveries/<uuid:ref>/retry/", webhooks.retry, name="webhook-retry"),
    path("webhooks/<uuid:pk>/remove/", webhooks.remove, name="webhook-remove"),
    path("webhooks/<uuid:pk>/rotate/", webhooks.rotate, name="webhook-rotate"),
    path("webhooks/<uuid:pk>/switch/", webhooks.switch, name="webhook-switch"),
    path("webhooks/<uuid:pk>/test/", webhooks.test, name="webhook-test"),
    path("subscription/", subscriptions.subscription, name="subscription"),
    path("subscription/<uuid:pk>/end/", subscriptions.unsubscribe, name="unsubscribe"),
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
