from typing import Any

from django.urls import path

from inquiries.api import returning
from inquiries.api.absences import AbsenceViewSet
from inquiries.api.answers import AnswerViewSet
from inquiries.api.asking import InquiriesView
from inquiries.api.breaches import BreachViewSet
from inquiries.api.conversation import ConversationView, FileView
from inquiries.api.desk import DeskViewSet
from inquiries.api.drafting import DraftingViewSet
from inquiries.api.experts import ExpertsViewSet
from inquiries.api.files import PARSERS, with_files
from inquiries.api.hiding import HidingViewSet
from inquiries.api.linking import LinkingViewSet
from inquiries.api.named import NamedViewSet
from inquiries.api.notes import MentionViewSet, NotesViewSet
from inquiries.api.office import ClosureViewSet, FigureViewSet, SecondOfficialViewSet, TargetViewSet
from inquiries.api.publishing import PublicationViewSet
from inquiries.api.queues import BulkViewSet, FilterViewSet
from inquiries.api.replies import CaseRepliesViewSet, ReplyViewSet
from inquiries.api.reviewing import ReviewView
from inquiries.api.rules import DryRunViewSet, RuleViewSet
from inquiries.api.waiting import WaitingViewSet
from inquiries.api.working import WorkingViewSet
from inquiries.views import answers, asking, conversation, experts, figures, named, proofs, receipt, reminders, upgrading

app_name = "inquiries"
urlpatterns = [
    path("ask/", asking.ask, name="ask"),
    path("ask/offers/", asking.offer, name="offers"),
    path("ask/confidential/", asking.ask_confidentially, name="ask-confidentially"),
    path("ask/named/", asking.ask_by_name, name="ask-by-name"),
    path("conversation/", conversation.come_back, name="return"),
    path("answers/", answers.listing, name="answers"),
    path("answers/feed.atom", answers.feed, name="answers-feed"),
    path("answers/<uuid:pk>/", answers.answer, name="answer"),
    path("answers/<uuid:pk>/rate/", answers.rate, name="answer-rate"),
    path("figures/", figures.figures, name="figures"),
    path("figures/figures.csv", figures.table, name="figures-table"),
    path("conversation/reply/", conversation.reply, name="reply"),
    path("conversation/file/", conversation.file, name="file"),
    path("conversation/settle/", conversation.settle, name="settle"),
    path("conversation/reopen/", conversation.reopen, name="reopen"),
    path("conversation/close/", conversation.close, name="close"),
    path("conversation/rotate/", conversation.rotate, name="rotate"),
    path("conversation/erase/", conversation.erase, name="erase"),
    path("conversation/receipt/", receipt.download, name="receipt"),
    path("conversation/kept/", receipt.kept, name="kept"),
    path("conversation/proof/", receipt.proof, name="filing-proof"),
    path("conversation/reminders/", reminders.calendar, name="reminders"),
    path("expert/<str:token>/", experts.expert, name="expert"),
    path("expert/<str:token>/answer/", experts.answer, name="expert-answer"),
    path("conversation/upgrade/", upgrading.upgrade, name="upgrade"),
    path("conversation/upgrade/named/", upgrading.upgrade_by_name, name="upgrade-by-name"),
    path("conversation/identity/", upgrading.correct, name="correct"),
    path("conversation/publication/", upgrading.publication, name="publication"),
    path("my-inquiries/", named.listing, name="named"),
    path("my-inquiries/<uuid:pk>/", named.conversation, name="named-inquiry"),
    path("my-inquiries/<uuid:pk>/mail/", named.mail, name="named-mail"),
    path("proof/", proofs.verify, name="proof"),
    path(".well-known/proof-keys.json", proofs.keys, name="proof-keys"),
]

# The verbs on a case beside its moves, by the names that they have in addresses.
WORK = {
    "facts": "facts", "extend": "extend", "hand-over": "hand_over", "consult": "consult", "settle": "settle",
    "consultations/<uuid:ref>/view": "view", "consultations/<uuid:ref>/end": "end",
    "approve": "approve", "return": "give_back",
}  # fmt: skip

# What is done on one file, passage, letter, link or breach of a case, or on all of them, and by which methods.
PARTS: dict[str, tuple[type[DeskViewSet], Any]] = {
    "redact": (HidingViewSet, {"post": "redact"}), "redactions": (HidingViewSet, {"get": "redactions"}),
    "redactions/<uuid:ref>/show": (HidingViewSet, {"post": "show_passage"}),
    "redactions/<uuid:ref>/take-out": (HidingViewSet, {"post": "take_out_passage"}),
    "files": (HidingViewSet, {"get": "files"}), "files/<uuid:ref>/hide": (HidingViewSet, {"post": "hide_file"}),
    "files/<uuid:ref>/show": (HidingViewSet, {"post": "show_file"}),
    "files/<uuid:ref>/take-out": (HidingViewSet, {"post": "take_out_file"}),
    "experts": (ExpertsViewSet, {"get": "letters", "post": "ask"}), "experts/<uuid:ref>/renew": (ExpertsViewSet, {"post": "renew"}),
    "experts/<uuid:ref>/end": (ExpertsViewSet, {"post": "end"}),
    "link": (LinkingViewSet, {"post": "relate"}), "links": (LinkingViewSet, {"get": "links"}),
    "links/<uuid:ref>/remove": (LinkingViewSet, {"post": "unlink"}), "related": (LinkingViewSet, {"get": "related"}),
    "breaches": (BreachViewSet, {"get": "breaches"}), "breaches/<uuid:ref>/explain": (BreachViewSet, {"post": "explain"}),
    "note": (NotesViewSet, {"post": "note"}), "replies": (CaseRepliesViewSet, {"get": "replies"}),
    "drafts": (DraftingViewSet, {"get": "drafts"}), "drafts/<str:kind>": (DraftingViewSet, {"put": "keep"}),
}  # fmt: skip

# Ways in which an answer does not go yet. They take files, as the answer does.
NOT_YET = {"draft-answer": "draft_answer", "propose": "propose"}

# The verbs on an answer for everybody.
PUBLISHING = {"edit": "edit", "submit": "submit", "approve": "approve", "return": "give_back", "withdraw": "withdraw"}

# What a member's program does with one question asked by name: the verb in the address, the method, the action.
NAMED = {
    "settle": ("post", "settle"), "reopen": ("post", "reopen"), "close": ("post", "close"), "rotate": ("post", "rotate"),
    "objection": ("put", "object_to_publication"), "mail": ("put", "choose_mail"), "proof": ("get", "proof"),
}  # fmt: skip

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("inquiries/", with_files(InquiriesView.as_view())),
    path("inquiries/reminders/", returning.RemindersView.as_view()),
    path("inquiries/conversation/", with_files(ConversationView.as_view())),
    path("inquiries/conversation/files/<uuid:ref>/", FileView.as_view()),
    path("inquiries/review/", with_files(ReviewView.as_view())),
    path("inquiries/conversation/settle/", returning.SettleView.as_view()),
    path("inquiries/conversation/reopen/", returning.ReopenView.as_view()),
    path("inquiries/conversation/close/", returning.CloseView.as_view()),
    path("inquiries/conversation/rotate/", returning.RotateView.as_view()),
    path("inquiries/conversation/proof/", returning.ProofView.as_view()),
    path("inquiries/conversation/objection/", returning.ObjectionView.as_view()),
    path("inquiries/conversation/identity/", returning.IdentityView.as_view()),
    path(
        "inquiries/named/",
        with_files(NamedViewSet.as_view({"get": "list", "post": "create"}, detail=False, parser_classes=PARSERS)),
    ),
    path("inquiries/named/upgrade/", NamedViewSet.as_view({"post": "upgrade"}, detail=True)),
    path(
        "inquiries/named/<uuid:pk>/",
        with_files(
            NamedViewSet.as_view({"get": "retrieve", "post": "write", "delete": "erase"}, detail=True, parser_classes=PARSERS)
        ),
    ),
    path("inquiries/named/<uuid:pk>/files/<uuid:ref>/", NamedViewSet.as_view({"get": "file"}, detail=True)),
    *(
        path(f"inquiries/named/<uuid:pk>/{name}/", NamedViewSet.as_view({method: action}, detail=True))
        for name, (method, action) in NAMED.items()
    ),
    path("desk/inquiries/", DeskViewSet.as_view({"get": "list"}, detail=False)),
    path("desk/inquiries/<uuid:pk>/", DeskViewSet.as_view({"get": "retrieve"}, detail=True)),
    path("desk/inquiries/<uuid:pk>/events/", DeskViewSet.as_view({"get": "events"}, detail=True)),
    path("desk/inquiries/<uuid:pk>/take/", DeskViewSet.as_view({"post": "take"}, detail=True)),
    path("desk/inquiries/<uuid:pk>/route/", DeskViewSet.as_view({"post": "route"}, detail=True)),
    path("desk/inquiries/<uuid:pk>/apply-rules/", DeskViewSet.as_view({"post": "apply_rules"}, detail=True)),
    path(
        "desk/inquiries/<uuid:pk>/answer/", with_files(DeskViewSet.as_view({"post": "answer"}, detail=True, parser_classes=PARSERS))
    ),
    path(
        "desk/inquiries/<uuid:pk>/ask-back/",
        with_files(DeskViewSet.as_view({"post": "ask_back"}, detail=True, parser_classes=PARSERS)),
    ),
    path("desk/inquiries/<uuid:pk>/files/<uuid:ref>/", DeskViewSet.as_view({"get": "file"}, detail=True)),
    path("desk/inquiries/<uuid:pk>/close/", DeskViewSet.as_view({"post": "close"}, detail=True)),
    path("desk/inquiries/<uuid:pk>/work/", WorkingViewSet.as_view({"get": "work"}, detail=True)),
    *(
        path(f"desk/inquiries/<uuid:pk>/{name}/", WorkingViewSet.as_view({"post": action}, detail=True))
        for name, action in WORK.items()
    ),
    *(path(f"desk/inquiries/<uuid:pk>/{name}/", calls.as_view(actions, detail=True)) for name, (calls, actions) in PARTS.items()),
    *(
        path(
            f"desk/inquiries/<uuid:pk>/{name}/",
            with_files(DraftingViewSet.as_view({"post": action}, detail=True, parser_classes=PARSERS)),
        )
        for name, action in NOT_YET.items()
    ),
    path("desk/inquiries/<uuid:pk>/answer-for-everybody/", PublicationViewSet.as_view({"post": "draft"}, detail=True)),
    path("desk/inquiries/counts/", WaitingViewSet.as_view({"get": "counts"}, detail=True)),
    path("desk/inquiries/disputed/", WaitingViewSet.as_view({"get": "disputed"}, detail=True)),
    path("desk/inquiries/words/", WaitingViewSet.as_view({"post": "look_for"}, detail=True)),
    path("desk/consultations/", WaitingViewSet.as_view({"get": "consultations"}, detail=True)),
    path("desk/mentions/", MentionViewSet.as_view({"get": "list"}, detail=False)),
    path("desk/mentions/<uuid:pk>/seen/", MentionViewSet.as_view({"post": "see"}, detail=True)),
    path("desk/away/", AbsenceViewSet.as_view({"get": "list", "post": "go_away"}, detail=False)),
    path("desk/away/<uuid:pk>/", AbsenceViewSet.as_view({"delete": "come_back"}, detail=True)),
    path("desk/replies/", ReplyViewSet.as_view({"get": "list", "post": "write"}, detail=False)),
    path("desk/replies/<uuid:pk>/", ReplyViewSet.as_view({"get": "retrieve", "put": "rewrite", "delete": "retire"}, detail=True)),
    path("desk/inquiries/selected/look/", BulkViewSet.as_view({"post": "look"}, detail=True)),
    path("desk/inquiries/selected/", BulkViewSet.as_view({"post": "do"}, detail=True)),
    path("desk/office/closures/", ClosureViewSet.as_view({"get": "list", "post": "close_office"}, detail=False)),
    path("desk/office/closures/<uuid:pk>/", ClosureViewSet.as_view({"delete": "take_back"}, detail=True)),
    path("desk/office/targets/", TargetViewSet.as_view({"get": "read", "post": "set_targets"}, detail=True)),
    path("desk/office/second-official/", SecondOfficialViewSet.as_view({"get": "read", "put": "set_topics"}, detail=True)),
    path("desk/office/figures/", FigureViewSet.as_view({"get": "list"}, detail=False)),
    path("desk/office/rules/", RuleViewSet.as_view({"get": "list", "post": "add"}, detail=False)),
    path("desk/office/rules/<uuid:pk>/", RuleViewSet.as_view({"get": "retrieve", "put": "change"}, detail=True)),
    path("desk/office/rules/<uuid:pk>/move/", RuleViewSet.as_view({"post": "move"}, detail=True)),
    path("desk/office/rules/<uuid:pk>/switch/", RuleViewSet.as_view({"post": "switch"}, detail=True)),
    path("desk/office/dry-runs/", DryRunViewSet.as_view({"get": "list", "post": "start"}, detail=False)),
    path("desk/office/dry-runs/<uuid:pk>/", DryRunViewSet.as_view({"get": "retrieve"}, detail=True)),
    path("desk/filters/", FilterViewSet.as_view({"get": "list", "post": "save"}, detail=False)),
    path("desk/filters/<uuid:pk>/", FilterViewSet.as_view({"put": "change", "delete": "delete"}, detail=True)),
    path("desk/answers/", PublicationViewSet.as_view({"get": "list"}, detail=False)),
    path("desk/answers/<uuid:pk>/", PublicationViewSet.as_view({"get": "retrieve", "delete": "discard"}, detail=True)),
    *(
        path(f"desk/answers/<uuid:pk>/{name}/", PublicationViewSet.as_view({"post": action}, detail=True))
        for name, action in PUBLISHING.items()
    ),
    path("answers/", AnswerViewSet.as_view({"get": "list"}, detail=False)),
    path("answers/<uuid:pk>/", AnswerViewSet.as_view({"get": "retrieve"}, detail=True)),
]
