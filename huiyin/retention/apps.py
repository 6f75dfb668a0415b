"""Retention as a Django app."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Keeps the register of what was destroyed from being changed."""

    name = "huiyin.retention"
    protected_tables = ("retention_destroyed",)

    def ready(self) -> None:
        """The register beside the ring is brought up to what the database says before anything is served."""
        from huiyin import checks
        from huiyin.retention import outside

        checks.at_start(outside.at_start)
