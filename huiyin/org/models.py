"""Tables of the organisation. huiyin.org.actions is their only writer: each act there is entered in the log of administration.

`since` and `until` are local dates, both included; no `until` means: until further notice.
"""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class PersonManager(BaseUserManager["Person"]):
    """Makes people as Django's authentication expects it."""

    def create_user(self, username: str, password: str | None = None, **more: Any) -> "Person":
        """A person who may log in; without a password only after one was set."""
        person = self.model(username=self.model.normalize_username(username), **more)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who can log in. What a person may do comes from postings alone."""

    username = models.CharField(max_length=60, unique=True)
    display_name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]
    objects: ClassVar[PersonManager] = PersonManager()

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The person as events name it: p12."""
        return f"p{self.pk}"


class Unit(models.Model):
    """A unit of the tree, or an outside body (level external)."""

    id = models.CharField(max_length=64, primary_key=True)
    label = models.CharField(max_length=120)
    level = models.CharField(max_length=20)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    functions = models.JSONField(default=list)
    area = models.CharField(max_length=20, blank=True, default="")
    hours = models.JSONField(
        null=True, blank=True
    )  # {"days": "working_day" | "all", "open": [["08:30", "17:30"]]}; none: always open
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.id


class Officer(models.Model):
    """A posting: a person has a role at a unit for a time. With `deputy_for` it is held in place of another posting."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="postings")
    role = models.CharField(max_length=30)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="officers")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    deputy_for = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="deputies")

    class Meta:
        indexes = [models.Index(fields=["unit", "role"], name="org_officer_unit_role")]

    def __str__(self) -> str:
        return f"{self.role}@{self.unit_id}"


class Area(models.Model):
    """An administrative area by its code."""

    code = models.CharField(max_length=20, primary_key=True)
    label = models.CharField(max_length=120)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)

    def __str__(self) -> str:
        return self.code


class PlaceArea(models.Model):
    """A known place: the area it lies in and the drawn areas (county_seat, network ...) that hold it."""

    id = models.CharField(max_length=64, primary_key=True)
    label = models.CharField(max_length=120)
    area = models.CharField(max_length=20)
    drawn = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.id


class CompiledProcedure(models.Model):
    """The source text of a procedure as it was compiled, by its hash. Never changed: cases point here for decades (D10)."""

    hash = models.CharField(max_length=64, primary_key=True)
    procedure_id = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    kinds = models.JSONField()
    in_force = models.DateField()
    versions = models.TextField()  # "JM@2011-06-01/1, ...": rule sets with in_force and edition
    source = models.TextField()
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["procedure_id", "versions"], name="org_one_text_a_version")]

    def __str__(self) -> str:
        return f"{self.procedure_id}/{self.hash[:12]}"


class Adoption(models.Model):
    """A unit, with all units below it, works by this procedure from `since` on. The unit is the root of the body for that procedure."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="adoptions")
    procedure_id = models.CharField(max_length=60)
    compiled = models.ForeignKey(CompiledProcedure, on_delete=models.PROTECT, db_column="procedure_hash")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.procedure_id}"


class SettingValue(models.Model):
    """A value for a [[setting]] of the rules, for a unit and those below it, or for everybody (no unit)."""

    name = models.CharField(max_length=80)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True)
    value = models.JSONField()
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name}@{self.unit_id or '*'}"


class Authority(models.Model):
    """Another authority, which takes what is not ours: for which matters, and how it is reached (HN-FW-03c). `checked`: when somebody last made
    sure that the telephone is right. `unit`: the outside body of the tree that it is, where a case can be handed over to it."""

    code = models.CharField(max_length=40, primary_key=True)
    label = models.CharField(max_length=120)
    matters = models.JSONField(default=list)  # words and categories (scheme:code) for what it takes
    telephone = models.CharField(max_length=60)
    address = models.CharField(max_length=200, blank=True, default="")
    hours = models.CharField(max_length=120, blank=True, default="")
    url = models.CharField(max_length=200, blank=True, default="")
    area = models.CharField(max_length=20, blank=True, default="")  # none: everywhere
    unit = models.CharField(max_length=64, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")
    checked = models.DateField()
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.code


class OwnText(models.Model):
    """A text that the office put in through the pages, before what is shipped: the notice of a year's holidays, the words of a notice. Rows
    are never changed but for `waits`; of one kind and name the newest counts, and one without text takes back what was put in before."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    put = models.DateTimeField()
    waits = models.BooleanField(default=False)  # put in, and not in use before what depends on it was recalculated

    class Meta:
        indexes = [models.Index(fields=["kind", "name"], name="org_owntext_kind_name")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class AdminEvent(models.Model):
    """One act of administration: the second chained log (D16), of the same shape as that of a case. `body` is the text that was hashed."""

    seq = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=60)
    recorded = models.DateTimeField()
    actor_role = models.CharField(max_length=30)
    actor_unit = models.CharField(max_length=64, blank=True)
    actor_person = models.CharField(max_length=40)
    body = models.TextField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.seq}/{self.name}"


class Stamp(models.Model):
    """One row that changes with every act of administration; a process whose copy has another stamp reads the organisation anew."""

    id = models.SmallIntegerField(primary_key=True)
    value = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.value


class UnitContact(models.Model):
    """How a unit is reached, for a stretch of days (CD-03b). A change ends the row before it, so that any day can be read again; a row that
    ends before it begins never took effect."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="contacts")
    phone = models.CharField(max_length=60, blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    hours = models.CharField(max_length=120, blank=True, default="")  # in words, as the public reads them
    postcode = models.CharField(max_length=6, blank=True, default="")
    website = models.CharField(max_length=200, blank=True, default="")
    mailbox = models.CharField(max_length=200, blank=True, default="")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["unit", "since"], name="org_contact_unit_since")]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.since}"


class Outage(models.Model):
    """A time in which a public telephone could not be reached (HN-FW-02b). No `until`: it still cannot. `void`: entered by mistake."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="outages")
    phone = models.CharField(max_length=60)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=200)
    void = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["unit", "since"], name="org_outage_unit_since")]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.since:%Y-%m-%dT%H:%M}"


class Shift(models.Model):
    """A stretch of duty at a unit: who leads, who keeps watch (persons as in events: p12). Counts once it is approved. The last four fields
    tell of its end: both sides confirm the hand-over, and until the later of them this shift answers for the telephone."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="shifts")
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    leaders = models.JSONField(default=list)
    members = models.JSONField(default=list)
    approved = models.BooleanField(default=False)
    void = models.BooleanField(default=False)
    given_at = models.DateTimeField(null=True, blank=True)
    given_by = models.CharField(max_length=40, blank=True, default="")
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["unit", "begins"], name="org_shift_unit_begins")]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.begins:%Y-%m-%dT%H:%M}"
