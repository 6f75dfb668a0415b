"""The one table of everything owed. A copy: made from events and rules, made again by `huiyin rebuild`."""

from django.db import models

CASE, DUTY, REGISTER = "case", "duty", "register"
RUNNING = "running"


class Due(models.Model):
    """One instance of a limit as it stood when its subject last changed. Whether it is late now follows from `late_at` and the clock.

    No foreign key upward: `subject_kind` and `subject_id` name what owes it; the columns below `number` are what lists show and filter by.
    """

    subject_kind = models.CharField(max_length=8, default=CASE)  # case | duty | register
    subject_id = models.BigIntegerField()
    key = models.CharField(max_length=200)  # of the instance within its subject: name, clause, opening event, unit
    name = models.CharField(max_length=80)
    clauses = models.CharField(max_length=300)  # ids, a space between
    moved_by = models.CharField(
        max_length=300, default=""
    )  # clauses of the extension, deferral or restart that moved it
    says = models.CharField(max_length=300)
    target = models.CharField(max_length=40, default="")
    strength = models.CharField(max_length=4)  # hard | soft
    round = models.SmallIntegerField(default=1)
    hop = models.SmallIntegerField(null=True)
    opened_by = models.IntegerField()  # seq of the event
    closed_by = models.IntegerField(null=True)
    started = models.DateTimeField()
    closed = models.DateTimeField(null=True)
    due_day = models.DateField(null=True)  # a day limit: in time until 24:00 of this day
    due_moment = models.DateTimeField(null=True)  # a clock limit: in time up to and including this second
    late_at = models.DateTimeField(null=True)  # the first moment at which it is late; none: no end is known
    act_by = models.DateField(null=True)  # last working day on or before the end
    state = models.CharField(max_length=10)  # running | paused | lifted | overridden | met | closed | restarted
    late = models.BooleanField(default=False)  # was late when it was closed, or when last looked at
    provisional = models.BooleanField(default=False)
    effective = models.BooleanField(default=True)  # governs its target now
    window = models.BooleanField(default=False)  # a chance, not a duty: never late by itself
    owed_role = models.CharField(max_length=30, default="")
    owed_unit = models.CharField(max_length=64, default="")
    number = models.CharField(max_length=60, default="")
    kind = models.CharField(max_length=20, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_id", "key"], name="dues_one_of_each")]
        indexes = [
            models.Index(
                fields=["owed_unit", "late_at", "id"],
                name="dues_todo",
                condition=models.Q(state=RUNNING, late_at__isnull=False, window=False),
            ),
            models.Index(
                fields=["late_at", "id"],
                name="dues_running",
                condition=models.Q(state=RUNNING, late_at__isnull=False, window=False),
            ),
            models.Index(  # a few among millions of limits of cases
                fields=["owed_unit", "late_at", "id"],
                name="dues_registers",
                condition=models.Q(subject_kind=REGISTER, state=RUNNING, late_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}: {self.name}"
