from django.urls import path

from registry.api.agreement import AgreementViewSet
from registry.api.entry import OwnEntryViewSet
from registry.api.ledger import LedgerViewSet
from registry.api.looking import EntryViewSet
from registry.views import agreements, entries, ledger, tokens

app_name = "registry"
urlpatterns = [
    path("", entries.listing, name="list"),
    path("look/", entries.look, name="look"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("entry/", entries.entry, name="entry"),
    path("entry/edit/", entries.entry_edit, name="entry-edit"),
    path("entry/draft/", entries.draft, name="entry-draft"),
    path("entry/draft/discard/", entries.discard_draft, name="entry-draft-discard"),
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
    path("<uuid:ref>/", entries.listed, name="listed"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("registry/entries/", EntryViewSet.as_view({"get": "list"})),
    path("registry/entries/<uuid:ref>/", EntryViewSet.as_view({"get": "retrieve"})),
    path("registry/entry/", OwnEntryViewSet.as_view({"get": "read", "put": "replace"})),
    path("registry/entry/draft/", OwnEntryViewSet.as_view({"get": "read_draft", "put": "keep_draft", "delete": "discard_draft"})),
    path("registry/agreement/", AgreementViewSet.as_view({"get": "list", "post": "propose"})),
    path("registry/agreement/suspend/", AgreementViewSet.as_view({"post": "suspend"})),
    path("registry/agreement/withdraw/", AgreementViewSet.as_view({"post": "withdraw"})),
    path("registry/agreement/<uuid:pk>/", AgreementViewSet.as_view({"get": "retrieve"})),
    path("registry/agreement/<uuid:pk>/receipt/", AgreementViewSet.as_view({"get": "receipt"})),
    path("registry/agreement/<uuid:pk>/send/", AgreementViewSet.as_view({"post": "send"})),
    path("registry/agreement/<uuid:pk>/answer/", AgreementViewSet.as_view({"post": "answer"})),
    path("registry/agreement/<uuid:pk>/decline/", AgreementViewSet.as_view({"post": "decline"})),
    path("registry/ledger/findUsage", LedgerViewSet.as_view({"get": "find_usage"})),
    path("registry/ledger/usagePeriod", LedgerViewSet.as_view({"get": "usage_period"})),
    path("registry/ledger/letter/", LedgerViewSet.as_view({"get": "read_letter", "put": "choose_letter"})),
    path("registry/ledger/<int:look>/question/", LedgerViewSet.as_view({"get": "read_question", "post": "ask"})),
]
