"""The worker as a Django app."""

from django.apps import AppConfig


class WorkerConfig(AppConfig):
    """Holds when each job is due, who has it, and which limits were seen to already."""

    name = "huiyin.worker"
