from django.urls import path
from rest_framework.routers import SimpleRouter

from catalogue import api, views

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", views.segments, name="segments"),
    path("catalogue/segments/<str:code>/", views.segment, name="segment"),
    path("catalogue/controls/", views.controls, name="controls"),
    path("catalogue/controls/<str:code>/", views.control, name="control"),
]

# Of the API, below /api/v1/.
_router = SimpleRouter()
for _prefix, _viewset, _basename in api.router_entries:
    _router.register(_prefix, _viewset, basename=_basename)
api_urlpatterns = _router.urls
