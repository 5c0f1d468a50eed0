from django.urls import path

from focalpoint.views import desk, inquiries, registry

app_name = "focalpoint"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("inquiries/", inquiries.queue, name="inquiries"),
    path("inquiries/<uuid:pk>/", inquiries.case, name="inquiry"),
    path("inquiries/<uuid:pk>/take/", inquiries.take, name="inquiry-take"),
    path("inquiries/<uuid:pk>/answer/", inquiries.answer, name="inquiry-answer"),
    path("inquiries/<uuid:pk>/ask-back/", inquiries.ask_back, name="inquiry-ask-back"),
    path("inquiries/<uuid:pk>/close/", inquiries.close, name="inquiry-close"),
    path("inquiries/<uuid:pk>/title/", inquiries.title, name="inquiry-title"),
    path("agreements/", registry.agreements, name="agreements"),
    path("agreements/<uuid:pk>/", registry.agreement, name="agreement"),
    path("agreements/<uuid:pk>/countersign/", registry.countersign, name="agreement-countersign"),
    path("registry/", registry.registry, name="registry"),
    path("registry/look/", registry.registry_look, name="registry-look"),
    path("registry/<uuid:ref>/", registry.registry_listed, name="registry-listed"),
]
