from django.urls import path

from registry import api, views

app_name = "registry"
urlpatterns = [
    path("", views.listing, name="list"),
    path("look/", views.look, name="look"),
    path("entry/", views.entry, name="entry"),
    path("entry/edit/", views.entry_edit, name="entry-edit"),
    path("entry/draft/", views.draft, name="entry-draft"),
    path("entry/draft/discard/", views.discard_draft, name="entry-draft-discard"),
    path("agreement/", views.agreement, name="agreement"),
    path("agreement/propose/", views.propose, name="propose"),
    path("agreement/<uuid:pk>/sign/", views.sign, name="sign"),
    path("agreement/withdraw/", views.withdraw, name="withdraw"),
    path("ledger/", views.ledger, name="ledger"),
    path("<uuid:ref>/", views.listed, name="listed"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("registry/entries/", api.EntryViewSet.as_view({"get": "list"})),
    path("registry/entries/<uuid:ref>/", api.EntryViewSet.as_view({"get": "retrieve"})),
]
