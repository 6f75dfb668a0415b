"""The notices as a Django app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Queues what the rules say has to be told, in the transaction of the event."""

    name = "huiyin.notices"

    def ready(self) -> None:
        """The outbox is no copy: what was told cannot be made again from events, so nothing rebuilds it."""
        from huiyin.cases import identity, projections
        from huiyin.notices import openings, outbox
        from huiyin.vault import erasing

        projections.register("outbox", outbox.queue, order=50)
        erasing.follow(outbox.forget)
        identity.tell_with(openings.tell)
