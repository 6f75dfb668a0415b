"""The root app: system checks and what belongs to no floor."""

from django.apps import AppConfig


class HuiyinConfig(AppConfig):
    """Holds no models; registers the checks."""

    name = "huiyin"

    def ready(self) -> None:
        """Register the system checks."""
        from huiyin import checks  # noqa: F401  # registered by being imported
