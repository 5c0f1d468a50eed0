from django.urls import path

from organisations.eid import views

# The names and addresses are those of django-allauth's own OpenID Connect, whose pages point to them.
urlpatterns = [
    path("oidc/<slug:provider_id>/login/", views.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", views.callback, name="openid_connect_callback"),
]
