"""Tables of the webhooks."""

from typing import Final

from django.db import models

from huiyin.org.models import Officer

WAITING, DONE, GIVEN_UP = "waiting", "done", "given_up"
EVERY: Final = "*"


class Subscription(models.Model):
    """An address that is told of events. It sees what its posting may see, as long as the posting is in force. The secret is closed under the
    ring of keys and shown once."""

    name = models.CharField(max_length=80)  # what it is for, in the administrator's words
    url = models.CharField(max_length=400)
    events = models.JSONField(default=list)  # names, or "*"
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="hooks")
    secret = models.BinaryField()
    master = models.CharField(max_length=20)  # id in the ring of keys
    made = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    stopped = models.DateTimeField(null=True)  # switched off after failing for long; can be switched on again
    failing_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"hook {self.pk}"


class Delivery(models.Model):
    """One event for one subscription, written with the event. Sent in the order of a case; repeated until it is taken, so a receiver may get it
    twice and knows it by its id."""

    key = models.CharField(max_length=32, unique=True)  # the id told to the receiver
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    case_id = models.BigIntegerField()
    seq = models.IntegerField()
    event = models.CharField(max_length=40)
    state = models.CharField(max_length=8, default=WAITING)
    made = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_by = models.CharField(max_length=60, default="")
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    status = models.SmallIntegerField(null=True)  # of the last answer
    error = models.CharField(max_length=200, default="")
    finished = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "case_id", "seq"], name="hooks_once_each"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="hooks_due", condition=models.Q(state=WAITING)),
            models.Index(
                fields=["subscription", "case_id", "seq"], name="hooks_order", condition=models.Q(state=WAITING)
            ),
            models.Index(fields=["subscription", "-id"], name="hooks_list"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.case_id}/{self.seq}"
