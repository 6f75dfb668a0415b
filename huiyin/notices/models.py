"""Tables of the notices."""

from typing import Final

from django.db import models

QUEUED, SENDING, SENT, UNKNOWN, FAILED, BY_HAND, NOTHING = (
    "queued",
    "sending",
    "sent",
    "unknown",
    "failed",
    "by_hand",
    "nothing",
)
STATES: Final = (QUEUED, SENDING, SENT, UNKNOWN, FAILED, BY_HAND, NOTHING)
PARTY, UNIT, OFFICER = "party", "unit", "officer"
INBOX: Final = "inbox"  # the channel of officers: a row is delivered when it is written


class Outbox(models.Model):
    """One notice to one recipient, written in the same transaction as the event it tells of (D15).

    queued: to be sent when `due_at` comes; a lease keeps other workers off while one prepares it, and simply runs out after a crash.
    sending: handed to a channel; when this lease runs out nobody knows what became of it, and the row becomes unknown until a person decides.
    `message_id` is fixed before anything is sent, so that a channel can tell a repetition. by_hand: no machine can tell this recipient.
    nothing: a courtesy to somebody who left no way to be told; it can be seen on the tracking page. Of officers' rows, see `InboxRead`.
    """

    message_id = models.CharField(max_length=32, unique=True)
    case_id = models.BigIntegerField()
    seq = models.IntegerField()
    to_kind = models.CharField(max_length=8)  # party | unit | officer
    to = models.CharField(max_length=100)  # number of the party, id of the unit, role@unit, person@unit
    topic = models.CharField(max_length=40, default="")  # none: the event; else act_by or late and the date it tells of
    about = models.CharField(max_length=40, default="")
    clauses = models.CharField(max_length=300)
    says = models.CharField(max_length=300)
    contents = models.JSONField(default=list)
    data = models.JSONField(default=dict)  # of a topic: plain values for its text
    with_act = models.BooleanField(default=False)
    courtesy = models.BooleanField(default=False)  # no rule asks for it: it makes nobody write a letter
    state = models.CharField(max_length=8, default=QUEUED)
    channel = models.CharField(max_length=20, default="")
    unit = models.CharField(max_length=64, default="")  # who must tell by hand, or decide: set with such a state
    made = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_by = models.CharField(max_length=60, default="")
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    finished = models.DateTimeField(null=True)
    sealed = models.CharField(max_length=32, default="")  # in the vault: the words as they were sent
    error = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case_id", "seq", "to_kind", "to", "clauses", "about", "topic"], name="notices_told_once"
            )
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="notices_due", condition=models.Q(state__in=[QUEUED, SENDING])),
            models.Index(fields=["to", "-id"], name="notices_inbox"),
            models.Index(fields=["to", "made"], name="notices_lately"),  # the number beside the inbox, on every page
            models.Index(  # a few that stand among millions that were sent; said as queries say it, or SQLite does not see that it fits
                fields=["unit", "-id"], name="notices_unsent",
                condition=models.Q(to_kind=PARTY) & ~models.Q(state=SENT) & ~models.Q(state=NOTHING),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} > {self.to_kind} {self.to}"


class InboxRead(models.Model):
    """One person has read one notice. What the unit is told each of its officers reads for himself."""

    pk = models.CompositePrimaryKey("person_id", "notice_id")
    person_id = models.BigIntegerField()
    notice = models.ForeignKey(Outbox, on_delete=models.CASCADE, related_name="readers", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["notice"], name="notices_read_by")]

    def __str__(self) -> str:
        return f"p{self.person_id} {self.notice_id}"
