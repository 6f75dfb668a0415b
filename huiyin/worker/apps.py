"""The worker as a Django app."""

from django.apps import AppConfig


class WorkerConfig(AppConfig):
    """Holds when each job is due, who has it, and which limits were seen to already. What rules of registers ask to be told is told from here:
    registers and notices stand beside each other, and neither knows the other."""

    name = "huiyin.worker"

    def ready(self) -> None:
        """Queues notices in the transaction of the act on a register."""
        from huiyin.registers import actions
        from huiyin.worker import registers

        actions.follow(registers.by_rule)
