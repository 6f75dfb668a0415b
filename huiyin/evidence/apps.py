"""Evidence as a Django app."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Lets files go with the keys that closed them."""

    name = "huiyin.evidence"

    def ready(self) -> None:
        """Whoever destroys the keys of a case destroys its files with them."""
        from huiyin.evidence import actions
        from huiyin.vault import erasing

        erasing.follow(actions.erase)
