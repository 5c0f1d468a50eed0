from django.urls import path

from organisations import views

app_name = "organisations"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/change/", views.change, name="change"),
    path("<uuid:pk>/members/", views.members, name="members"),
    path("<uuid:pk>/members/<int:member>/end/", views.end_membership, name="membership-end"),
    path("<uuid:pk>/invitations/<uuid:ref>/take-back/", views.take_back, name="invitation-take-back"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", views.revoke_token, name="token-revoke"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("invitation/<str:token>/accept/", views.accept, name="accept"),
]
