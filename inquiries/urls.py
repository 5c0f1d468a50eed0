from django.urls import path

from inquiries import api, views

app_name = "inquiries"
urlpatterns = [
    path("ask/", views.ask, name="ask"),
    path("conversation/", views.come_back, name="return"),
    path("conversation/reply/", views.reply, name="reply"),
]

# Of the API, below /api/v1/.
api_urlpatterns = [
    path("inquiries/", api.InquiriesView.as_view()),
    path("inquiries/conversation/", api.ConversationView.as_view()),
]
