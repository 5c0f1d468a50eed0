from django.urls import path

from advisories.api.advisories import AdvisoryViewSet
from advisories.api.taxii import TaxiiViewSet
from advisories.views import exchange, feeds, members, reading, relaying, subscriptions

app_name = "advisories"
urlpatterns = [
    path("", reading.listing, name="list"),
    path("feed.atom", feeds.feed_atom, name="feed"),
    path("feed.json", feeds.feed_json, name="feed-json"),
    path("calendar.ics", exchange.calendar, name="calendar"),
    path("subscription/", subscriptions.subscription, name="subscription"),
    path("subscription/<uuid:pk>/end/", subscriptions.unsubscribe, name="unsubscribe"),
    path("stop/<str:token>/", subscriptions.stop, name="stop"),
    path("members/", members.member_list, name="members"),
    path("members/answers/", members.answers, name="members-answers"),
    path("members/erase/", members.erase, name="members-erase"),
    path("members/find/", members.find, name="members-find"),
    path("members/let-back/", members.let_back, name="members-let-back"),
    path("members/<int:pk>/remove/", members.remove, name="members-remove"),
    path("members/stop/<str:token>/", members.stop, name="members-stop"),
    path("<uuid:pk>/", reading.detail, name="detail"),
    path("<uuid:pk>/stix.json", exchange.stix, name="stix"),
    path("<uuid:pk>/dates.ics", exchange.dates, name="dates"),
    path("<uuid:pk>/read/", reading.acknowledge, name="acknowledge"),
    path("<uuid:pk>/passed-on/", reading.relay, name="relay"),
    path("<uuid:pk>/relay/", relaying.relay_page, name="relay-page"),
    path("<uuid:pk>/relay/notice.eml", relaying.relay_draft, name="relay-draft"),
    path("<uuid:pk>/relay/send/", relaying.relay_send, name="relay-send"),
    path("<uuid:pk>/relay/progress/", relaying.relay_progress, name="relay-progress"),
    path("via/<str:code>/", relaying.via, name="via"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("advisories/", AdvisoryViewSet.as_view({"get": "list"}, detail=False)),
    path("advisories/<uuid:pk>/", AdvisoryViewSet.as_view({"get": "retrieve"}, detail=True)),
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
