from django.urls import path

from focalpoint.views import advisories, answers, desk, registry
from focalpoint.views.inquiries import case, keys, queue

app_name = "focalpoint"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("inquiries/", queue.queue, name="inquiries"),
    path("inquiries/<uuid:pk>/", case.case, name="inquiry"),
    path("inquiries/<uuid:pk>/take/", case.take, name="inquiry-take"),
    path("inquiries/<uuid:pk>/route/", case.route, name="inquiry-route"),
    path("inquiries/<uuid:pk>/answer/", case.answer, name="inquiry-answer"),
    path("inquiries/<uuid:pk>/ask-back/", case.ask_back, name="inquiry-ask-back"),
    path("inquiries/<uuid:pk>/close/", case.close, name="inquiry-close"),
    path("inquiries/<uuid:pk>/title/", case.title, name="inquiry-title"),
    path("inquiries/<uuid:pk>/answer-for-everybody/", answers.draft, name="answer-draft"),
    path("answers/", answers.answers, name="answers"),
    path("answers/<uuid:pk>/", answers.answer, name="answer"),
    path("answers/<uuid:pk>/edit/", answers.edit, name="answer-edit"),
    path("answers/<uuid:pk>/submit/", answers.submit, name="answer-submit"),
    path("answers/<uuid:pk>/approve/", answers.approve, name="answer-approve"),
    path("answers/<uuid:pk>/return/", answers.give_back, name="answer-return"),
    path("answers/<uuid:pk>/withdraw/", answers.withdraw, name="answer-withdraw"),
    path("answers/<uuid:pk>/discard/", answers.discard, name="answer-discard"),
    path("keys/", keys.keys, name="keys"),
    path("keys/rewrap/", keys.rewrap, name="keys-rewrap"),
    path("agreements/", registry.agreements, name="agreements"),
    path("agreements/<uuid:pk>/", registry.agreement, name="agreement"),
    path("agreements/<uuid:pk>/countersign/", registry.countersign, name="agreement-countersign"),
    path("registry/", registry.registry, name="registry"),
    path("registry/look/", registry.registry_look, name="registry-look"),
    path("registry/<uuid:ref>/", registry.registry_listed, name="registry-listed"),
    path("advisories/", advisories.advisories, name="advisories"),
    path("advisories/new/", advisories.new, name="advisory-new"),
    path("advisories/<uuid:pk>/", advisories.advisory, name="advisory"),
    path("advisories/<uuid:pk>/progress/", advisories.progress, name="advisory-progress"),
    path("advisories/<uuid:pk>/edit/", advisories.edit, name="advisory-edit"),
    path("advisories/<uuid:pk>/submit/", advisories.submit, name="advisory-submit"),
    path("advisories/<uuid:pk>/return/", advisories.give_back, name="advisory-return"),
    path("advisories/<uuid:pk>/approve/", advisories.approve, name="advisory-approve"),
    path("advisories/<uuid:pk>/publish/", advisories.publish, name="advisory-publish"),
    path("advisories/<uuid:pk>/withdraw/", advisories.withdraw, name="advisory-withdraw"),
]
