from django.apps import AppConfig


class FocalPointConfig(AppConfig):
    name = "focalpoint"
