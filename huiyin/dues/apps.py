"""The dues as a Django app."""

from django.apps import AppConfig


class DuesConfig(AppConfig):
    """Holds the table of everything owed."""

    name = "huiyin.dues"
