"""The accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The log of looks is never changed: by triggers on both databases, and by privileges on PostgreSQL."""

    name = "huiyin.accounts"
    protected_tables = ("accounts_look",)
