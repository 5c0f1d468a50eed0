from django.urls import path

from advisories.api.advisories import AdvisoryViewSet
from advisories.api.taxii import TaxiiViewSet
from advisories.views import certificates, exchange, feeds, members, reading, relaying, singles, subscriptions, webhooks

app_name = "advisories"
urlpatterns = [
    path("", reading.listing, name="list"),
    path("feed.atom", feeds.feed_atom, name="feed"),
    path("feed.json", feeds.feed_json, name="feed-json"),
    path("calendar.ics", exchange.calendar, name="calendar"),
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
    path("subscription/<uuid:pk>/", subscriptions.change, name="subscription-change"),
    path("subscription/<uuid:pk>/end/", subscriptions.unsubscribe, name="unsubscribe"),
    path("subscription/<uuid:pk>/certificate/", certificates.of_subscription, name="certificate"),
    path("mandates/<uuid:pk>/certificate/", certificates.of_mandate, name="certificate-mandate"),
    path("certificate/<str:token>/", certificates.confirm, name="certificate-confirm"),
    path("subscribe/", singles.subscribe, name="subscribe"),
    path("subscribe/confirm/<str:token>/", singles.confirm, name="confirm"),
    path("subscribe/confirm/<str:token>/certificate/", certificates.of_confirmed, name="confirm-certificate"),
    path("subscribe/mine/<str:token>/", singles.mine, name="mine"),
    path("subscribe/mine/<str:token>/certificate/", certificates.of_mine, name="mine-certificate"),
    path("stop/<str:token>/", subscriptions.stop, name="stop"),
    path("members/", members.member_list, name="members"),
    path("members/answers/", members.answers, name="members-answers"),
    path("members/erase/", members.erase, name="members-erase"),
    path("members/find/", members.find, name="members-find"),
    path("members/let-back/", members.let_back, name="members-let-back"),
    path("members/<int:pk>/remove/", members.remove, name="members-remove"),
    path("members/stop/<str:token>/", members.stop, name="members-stop"),
    path("<uuid:pk>/", reading.detail, name="detail"),
    path("<uuid:pk>/files/<uuid:ref>/", reading.file, name="file"),
    path("<uuid:pk>/stix.json", exchange.stix, name="stix"),
    path("<uuid:pk>/dates.ics", exchange.dates, name="dates"),
    path("<uuid:pk>/read/", reading.acknowledge, name="acknowledge"),
    path("<uuid:pk>/passed-on/", reading.relay, name="relay"),
    path("<uuid:pk>/relay/", relaying.relay_page, name="relay-page"),
    path("<uuid:pk>/relay/logo/", relaying.relay_logo, name="relay-logo"),
    path("<uuid:pk>/relay/notice.eml", relaying.relay_draft, name="relay-draft"),
    path("<uuid:pk>/relay/send/", relaying.relay_send, name="relay-send"),
    path("<uuid:pk>/relay/progress/", relaying.relay_progress, name="relay-progress"),
    path("via/<str:code>/", relaying.via, name="via"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("advisories/", AdvisoryViewSet.as_view({"get": "list"}, detail=False)),
    path("advisories/<uuid:pk>/", AdvisoryViewSet.as_view({"get": "retrieve"}, detail=True)),
    path("advisories/<uuid:pk>/files/<uuid:ref>/", AdvisoryViewSet.as_view({"get": "file"}, detail=True), name="api-advisory-file"),
]

# Of TAXII, below /taxii2/: its discovery, and one root with one collection.
taxii_urlpatterns = [
    path(place, TaxiiViewSet.as_view({"get": action}), name=f"taxii-{action}")
    for place, action in {
        "": "discovery",
        "advisories/": "root",
        "advisories/collections/": "collections",
        "advisories/collections/<str:key>/": "collection",
        "advisories/collections/<str:key>/manifest/": "manifest",
        "advisories/collections/<str:key>/objects/": "objects",
        "advisories/collections/<str:key>/objects/<str:code>/": "object_by_id",
        "advisories/collections/<str:key>/objects/<str:code>/versions/": "versions",
    }.items()
]
