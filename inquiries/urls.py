from django.urls import path

from inquiries.api.answers import AnswerViewSet
from inquiries.api.asking import ConversationView, InquiriesView
from inquiries.views import answers, asking, conversation

app_name = "inquiries"
urlpatterns = [
    path("ask/", asking.ask, name="ask"),
    path("conversation/", conversation.come_back, name="return"),
    path("answers/", answers.listing, name="answers"),
    path("answers/feed.atom", answers.feed, name="answers-feed"),
    path("answers/<uuid:pk>/", answers.answer, name="answer"),
    path("answers/<uuid:pk>/rate/", answers.rate, name="answer-rate"),
    path("conversation/reply/", conversation.reply, name="reply"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("inquiries/", InquiriesView.as_view()),
    path("inquiries/conversation/", ConversationView.as_view()),
    path("answers/", AnswerViewSet.as_view({"get": "list"}, detail=False)),
    path("answers/<uuid:pk>/", AnswerViewSet.as_view({"get": "retrieve"}, detail=True)),
]
