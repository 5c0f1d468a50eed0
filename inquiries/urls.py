from django.urls import path

from inquiries.api.answers import AnswerViewSet
from inquiries.api.asking import ConversationView, InquiriesView
from inquiries.api.reviewing import ReviewView
from inquiries.views import answers, asking, conversation, named, proofs, receipt, reminders, upgrading

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
    path("conversation/reply/", conversation.reply, name="reply"),
    path("conversation/settle/", conversation.settle, name="settle"),
    path("conversation/reopen/", conversation.reopen, name="reopen"),
    path("conversation/close/", conversation.close, name="close"),
    path("conversation/rotate/", conversation.rotate, name="rotate"),
    path("conversation/erase/", conversation.erase, name="erase"),
    path("conversation/receipt/", receipt.download, name="receipt"),
    path("conversation/kept/", receipt.kept, name="kept"),
    path("conversation/proof/", receipt.proof, name="filing-proof"),
    path("conversation/reminders/", reminders.calendar, name="reminders"),
    path("conversation/upgrade/", upgrading.upgrade, name="upgrade"),
    path("conversation/upgrade/named/", upgrading.upgrade_by_name, name="upgrade-by-name"),
    path("conversation/publication/", upgrading.publication, name="publication"),
    path("my-inquiries/", named.listing, name="named"),
    path("my-inquiries/<uuid:pk>/", named.conversation, name="named-inquiry"),
    path("my-inquiries/<uuid:pk>/mail/", named.mail, name="named-mail"),
    path("proof/", proofs.verify, name="proof"),
    path(".well-known/proof-keys.json", proofs.keys, name="proof-keys"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("inquiries/", InquiriesView.as_view()),
    path("inquiries/conversation/", ConversationView.as_view()),
    path("inquiries/review/", ReviewView.as_view()),
    path("answers/", AnswerViewSet.as_view({"get": "list"}, detail=False)),
    path("answers/<uuid:pk>/", AnswerViewSet.as_view({"get": "retrieve"}, detail=True)),
]
