from django.urls import path

from organisations import views

app_name = "organisations"
urlpatterns = [
    path("<uuid:pk>/members/", views.members, name="members"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", views.revoke_token, name="token-revoke"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("invitation/<str:token>/accept/", views.accept, name="accept"),
]
