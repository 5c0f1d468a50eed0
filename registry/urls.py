from django.urls import path

from registry import api
from registry.views import agreements, entries, invitations, ledger, looking, merging, outreach, registers, removal, renewal

app_name = "registry"
urlpatterns = [
    path("", entries.listing, name="list"),
    path("look/", entries.look, name="look"),
    path("compare/", looking.compare, name="compare"),
    path("export/", looking.export, name="export"),
    path("searches/", looking.searches, name="searches"),
    path("searches/<uuid:pk>/delete/", looking.delete_search, name="search-delete"),
    path("entry/", entries.entry, name="entry"),
    path("entry/edit/", entries.entry_edit, name="entry-edit"),
    path("entry/confirm/", renewal.confirm, name="entry-confirm"),
    path("entry/draft/", entries.draft, name="entry-draft"),
    path("entry/draft/discard/", entries.discard_draft, name="entry-draft-discard"),
    path("entry/merge/<uuid:pk>/agree/", merging.agree, name="merge-agree"),
    path("entry/merge/<uuid:pk>/decline/", merging.decline, name="merge-decline"),
    path("entry/correction/<int:pk>/take-over/", registers.take_over, name="correction-take-over"),
    path("entry/correction/<int:pk>/dismiss/", registers.dismiss, name="correction-dismiss"),
    path("entry/removal/", removal.removal, name="removal"),
    path("entry/removal/<uuid:pk>/proof.json", removal.proof, name="removal-proof"),
    path("agreement/", agreements.agreement, name="agreement"),
    path("agreement/propose/", agreements.propose, name="propose"),
    path("agreement/suspend/", agreements.suspend, name="suspend"),
    path("agreement/resume/", agreements.resume, name="resume"),
    path("agreement/withdraw/", agreements.withdraw, name="withdraw"),
    path("agreement/<uuid:pk>/", agreements.version, name="version"),
    path("agreement/<uuid:pk>/receipt/", agreements.receipt, name="receipt"),
    path("agreement/<uuid:pk>/receipt.jsonld", agreements.receipt_file, name="receipt-file"),
    path("agreement/<uuid:pk>/send/", agreements.send, name="send"),
    path("agreement/<uuid:pk>/answer/", agreements.answer, name="answer"),
    path("agreement/<uuid:pk>/decline/", agreements.decline, name="decline"),
    path("agreement/<uuid:pk>/sign/", agreements.sign, name="sign"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/table.csv", ledger.ledger_table, name="ledger-table"),
    path("ledger/letter/", ledger.digest, name="digest"),
    path("ledger/<int:look>/question/", ledger.question, name="question"),
    path("ledger/findUsage", ledger.find_usage, name="find-usage"),
    path("ledger/usagePeriod", ledger.usage_period, name="usage-period"),
    path("invitations/", invitations.invitations, name="invitations"),
    path("invited/<str:token>/", invitations.invited, name="invited"),
    path("invited/<str:token>/stop/", invitations.stop, name="invited-stop"),
    path("outreach/", outreach.listing, name="outreach"),
    path("outreach/<uuid:pk>/", outreach.thread, name="outreach-thread"),
    path("outreach/<uuid:pk>/choose/", outreach.choose, name="outreach-choose"),
    path("<uuid:ref>/", entries.listed, name="listed"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("registry/entries/", api.EntryViewSet.as_view({"get": "list"})),
    path("registry/entries/<uuid:ref>/", api.EntryViewSet.as_view({"get": "retrieve"})),
]
