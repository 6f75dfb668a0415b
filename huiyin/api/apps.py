"""The API as a Django app: its tokens are its only table."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens and addresses."""

    name = "huiyin.api"
