from django.apps import AppConfig


class KeyStoreConfig(AppConfig):
    name = "keystore"
