"""Tables of retention. No personal data: cases by id and number, people as p12, and of what was in a case only how much there was."""

from django.db import models

WAITING, DONE, LEFT_OUT, REFUSED, BLOCKED = "waiting", "done", "left_out", "refused", "blocked"


class Proposal(models.Model):
    """A list of cases that somebody proposes to destroy."""

    made = models.DateTimeField()
    by = models.CharField(max_length=40)  # p12
    role = models.CharField(max_length=40)
    unit = models.CharField(max_length=64, db_index=True)

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class Item(models.Model):
    """A case on such a list, with the two who reviewed it. waiting: for reviews, then for being destroyed. blocked: something stood in the way
    when it was to be destroyed; `why` says what (a code). left_out, refused: somebody said so, `ended_by`, for the reason `why`."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="items")
    case_id = models.BigIntegerField(db_index=True)
    shown_seq = (
        models.IntegerField()
    )  # how far the case went when it was proposed: what came later has to be looked at again
    period = models.CharField(max_length=20)  # "10 year"
    code = models.CharField(max_length=40)  # of the line of the table, or the clause
    label = models.CharField(max_length=200)
    basis = models.CharField(max_length=200, default="", blank=True)
    until = models.DateField()  # the first day on which it may go
    roles = models.CharField(max_length=200, default="", blank=True)  # one of the reviewers has to hold one of these
    first_by = models.CharField(max_length=40, default="", blank=True)
    first_role = models.CharField(max_length=40, default="", blank=True)
    first_at = models.DateTimeField(null=True, blank=True)
    second_by = models.CharField(max_length=40, default="", blank=True)
    second_role = models.CharField(max_length=40, default="", blank=True)
    second_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, default=WAITING)
    why = models.CharField(max_length=300, default="", blank=True)
    ended_by = models.CharField(max_length=40, default="", blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case_id"], condition=models.Q(state=WAITING), name="retention_proposed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(second_by="") | ~models.Q(second_by=models.F("first_by")),
                name="retention_two_people",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="retention_agreed", condition=models.Q(state=WAITING) & ~models.Q(second_by="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}: #{self.case_id} {self.state}"

    @property
    def agreed(self) -> bool:
        """Did two people say yes?"""
        return bool(self.first_by and self.second_by)


class Destroyed(models.Model):
    """The register of what was destroyed. Rows are never changed; each is a copy of an event of the log of administration, whose number it has.

    `digest`: SHA-256 over the references, commitments and addresses of everything that went, in order: shows later what it was, and nothing of it.
    `again`: entered anew after a backup from before it was put back."""

    no = models.BigIntegerField(primary_key=True)
    case_id = models.BigIntegerField(db_index=True)
    seq = models.IntegerField()  # of the event `disposed` in the case
    admin_seq = models.BigIntegerField()
    number = models.CharField(max_length=60, default="", blank=True)
    kind = models.CharField(max_length=20)
    unit = models.CharField(max_length=64)  # that handled it
    archived = models.DateField(null=True)
    period = models.CharField(max_length=20)
    label = models.CharField(max_length=200)
    basis = models.CharField(max_length=200, default="", blank=True)
    until = models.DateField()
    proposed_by = models.CharField(max_length=40)
    first_by = models.CharField(max_length=40)
    second_by = models.CharField(max_length=40)
    executed_by = models.CharField(max_length=40)
    at = models.DateTimeField()
    records = models.IntegerField()
    files = models.IntegerField()
    bytes = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    again = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"destroyed {self.no}: #{self.case_id}"
