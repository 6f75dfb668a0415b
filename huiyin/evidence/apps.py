"""Evidence as a Django app."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Lets files go with the keys that closed them."""

    name = "huiyin.evidence"

    def ready(self) -> None:
        """Whoever destroys the keys of a case destroys its files with them; a change of cipher takes the files along."""
        from huiyin.evidence import actions, moving
        from huiyin.vault import erasing, rotating

        erasing.follow(actions.erase)
        rotating.follow(rotating.Follower(move=moving.move))
