from django.urls import path

from mailroom import views

app_name = "mailroom"

urlpatterns = [
    path("reports/", views.take_reports, name="reports"),
    path("reports/provider/", views.take_events, name="provider-reports"),
]
