from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from inquiries.urls import api_urlpatterns as inquiries_api
from portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("inquiries.urls")),
    path("account/", include("allauth.urls")),
    path("organisations/", include("organisations.urls")),
    path("desk/", include("focalpoint.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/schema/", login_not_required(SpectacularJSONAPIView.as_view()), name="schema"),
    path("api/v1/", include(inquiries_api)),
]

if settings.DEMO:
    urlpatterns += [
        path("mailbox/", views.mails, name="mailbox"),
        path("mailbox/<str:key>/", views.mail, name="mail"),
        path("mailbox/<str:key>/html/", views.mail_html, name="mail-html"),
    ]
