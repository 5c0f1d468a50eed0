from django.urls import path

from inquiries import api
from inquiries.views import asking, conversation

app_name = "inquiries"
urlpatterns = [
    path("ask/", asking.ask, name="ask"),
    path("conversation/", conversation.come_back, name="return"),
    path("conversation/reply/", conversation.reply, name="reply"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("inquiries/", api.InquiriesView.as_view()),
    path("inquiries/conversation/", api.ConversationView.as_view()),
]
