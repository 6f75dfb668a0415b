"""Webhooks as a Django app."""

from django.apps import AppConfig


class HooksConfig(AppConfig):
    """Queues what subscriptions are to be told, in the transaction of the event."""

    name = "huiyin.hooks"

    def ready(self) -> None:
        """What was delivered cannot be made again from events, so nothing rebuilds it."""
        from huiyin.cases import projections
        from huiyin.hooks import actions
        from huiyin.vault import rotating

        projections.register("hooks", actions.queue, order=60)
        rotating.follow(rotating.Follower(masters=actions.masters, move=actions.wrap_anew))
