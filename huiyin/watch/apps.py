"""The watch as a Django app."""

from django.apps import AppConfig


class WatchConfig(AppConfig):
    """Holds which screens may show the figures of which unit."""

    name = "huiyin.watch"
