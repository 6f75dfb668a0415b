"""Tables of the registers. All are copies: what was done stands in the log of administration (org.log), and `huiyin rebuild` makes them again."""

from django.db import models

UNIT, PERSON = "unit", "person"


class Entry(models.Model):
    """An entry as it stands. Its id is the number of the event that entered it, so nothing has to be counted beside the log."""

    id = models.BigIntegerField(primary_key=True)
    rule_set = models.CharField(max_length=20)  # code of the file whose register it is
    register = models.CharField(max_length=40)
    unit = models.CharField(max_length=64)
    parent_id = models.BigIntegerField(null=True)
    top_id = models.BigIntegerField()  # the entry at the top of its tree: itself, when nothing is above it
    day = models.DateField()  # from which day it counts
    state = models.CharField(max_length=40)
    values = models.JSONField(default=dict)  # plain; of personal ones where they lie in the vault
    annulled = models.BooleanField(default=False)
    version = models.IntegerField(default=1)
    head = models.BigIntegerField()  # number of its last event
    updated = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["top_id"], name="registers_entry_top"),
            models.Index(fields=["rule_set", "register", "-id"], name="registers_entry_register"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_set}/{self.register}/{self.pk}"


class EntryEvent(models.Model):
    """One act on an entry, copied from the log of administration so that its history is found by the entry."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField()
    verb = models.CharField(max_length=40)
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["entry_id", "seq"], name="registers_event_entry")]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.seq} {self.verb}"


class EntryAccess(models.Model):
    """A unit or a person that finds an entry, from a day on. Units above one that finds it find it too."""

    entry_id = models.BigIntegerField()
    sort = models.CharField(max_length=6)  # unit | person
    who = models.CharField(max_length=64)
    since = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry_id", "sort", "who"], name="registers_access_once")]
        indexes = [models.Index(fields=["sort", "who", "entry_id"], name="registers_access_who")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.sort} {self.who}"


class EntryCase(models.Model):
    """A case that a field of an entry names."""

    entry_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    case_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry_id", "field", "case_id"], name="registers_case_once")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.field} {self.case_id}"


class Told(models.Model):
    """What the worker has told of an entry: a due date that passed, a figure that rose. Once for each point."""

    entry_id = models.BigIntegerField()
    key = models.CharField(max_length=200)
    point = models.CharField(max_length=40)
    made = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry_id", "key", "point"], name="registers_told_once")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.key} {self.point}"
