"""The registers as a Django app."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Nothing follows an act on a case here: links from entries to cases stand in the log of administration with the entries."""

    name = "huiyin.registers"
