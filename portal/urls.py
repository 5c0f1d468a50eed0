from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from advisories.urls import api_urlpatterns as advisories_api
from advisories.urls import taxii_urlpatterns
from catalogue.urls import api_urlpatterns as catalogue_api
from inquiries.urls import api_urlpatterns as inquiries_api
from portal import views
from registry.urls import api_urlpatterns as registry_api

handler400 = views.bad_request

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("inquiries.urls")),
    path("", include("catalogue.urls")),
    path("account/", include("allauth.urls")),
    path("organisations/", include("organisations.urls")),
    path("registry/", include("registry.urls")),
    path("advisories/", include("advisories.urls")),
    path("desk/", include("focalpoint.urls")),
    path("mail/", include("mailroom.urls")),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("styles/", views.styles, name="styles"),
    path("language/", views.set_language, name="set_language"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/schema/", login_not_required(SpectacularJSONAPIView.as_view()), name="schema"),
    path("api/v1/", include(inquiries_api)),
    path("api/v1/", include(catalogue_api)),
    path("api/v1/", include(registry_api)),
    path("api/v1/", include(advisories_api)),
    path("taxii2/", include(taxii_urlpatterns)),
]

if settings.DEMO:
    urlpatterns += [
        path("mailbox/", views.mails, name="mailbox"),
        path("mailbox/<str:key>/", views.mail, name="mail"),
        path("mailbox/<str:key>/html/", views.mail_html, name="mail-html"),
    ]
