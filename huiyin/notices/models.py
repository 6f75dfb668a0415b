"""Tables of the notices."""

from django.db import models

QUEUED, SENDING, SENT, UNKNOWN, FAILED = "queued", "sending", "sent", "unknown", "failed"
PARTY, UNIT, OFFICER = "party", "unit", "officer"


class Outbox(models.Model):
    """One notice to one recipient, written in the same transaction as the event it tells of (D15).

    A worker claims a row with a lease; `message_id` is fixed before anything is sent, so that a channel can tell a repetition. After a send
    whose outcome nobody knows the row is `unknown`, and stays so until a person decides.
    """

    message_id = models.CharField(max_length=32, unique=True)
    case_id = models.BigIntegerField()
    seq = models.IntegerField()
    to_kind = models.CharField(max_length=8)  # party | unit | officer
    to = models.CharField(max_length=100)  # number of the party, id of the unit, role@unit
    about = models.CharField(max_length=40, default="")
    clauses = models.CharField(max_length=300)
    says = models.CharField(max_length=300)
    contents = models.JSONField(default=list)
    with_act = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default=QUEUED)
    channel = models.CharField(max_length=20, default="")
    made = models.DateTimeField()
    lease_by = models.CharField(max_length=60, default="")
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    finished = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, default="")
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case_id", "seq", "to_kind", "to", "clauses", "about"], name="notices_told_once"
            )
        ]
        indexes = [
            models.Index(fields=["made", "id"], name="notices_queue", condition=models.Q(state__in=[QUEUED, SENDING])),
            models.Index(fields=["to", "-id"], name="notices_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} > {self.to}"
