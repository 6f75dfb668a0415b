"""Tables of the vault. Only huiyin.vault writes here; what a row means to a case stands in the event that names its `ref`."""

from django.db import models

TEXT, IDENTITY, FILE = "text", "identity", "file"
PERSONAL, SECRET = "personal", "secret"


def key_about(key_id: str, case_id: int, party: str, cls: str) -> bytes:
    """The associated data of a wrapped data key."""
    return f"{key_id}\0{case_id}\0{party}\0{cls}".encode()


class KeyCheck(models.Model):
    """Fingerprint of one key of the ring: a start with another ring is refused."""

    name = models.CharField(max_length=40, primary_key=True)
    fingerprint = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.name


class DataKey(models.Model):
    """The key of a case's texts, or of one party's identity, wrapped by a master key. Destroying it erases what it closed."""

    id = models.CharField(max_length=32, primary_key=True)
    case_id = models.BigIntegerField()
    party = models.CharField(max_length=40, default="", blank=True)  # "": the texts of the case
    cls = models.CharField(max_length=10)  # personal | secret
    master = models.CharField(max_length=20)  # id in the key ring
    wrapped = models.BinaryField(null=True)  # none: destroyed
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case_id", "party", "cls"], name="vault_one_key_each"),
            models.CheckConstraint(
                condition=models.Q(wrapped__isnull=False, destroyed_at__isnull=True)
                | models.Q(wrapped__isnull=True, destroyed_at__isnull=False),
                name="vault_key_or_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.party or '-'}/{self.cls}"

    @property
    def about(self) -> bytes:
        """What the wrapped key is bound to: it cannot be put in the place of another."""
        return key_about(self.id, self.case_id, self.party, self.cls)


class Record(models.Model):
    """One sealed value. `cipher` closes the salt and the value; `commitment` is what the event's body holds beside the ref."""

    ref = models.CharField(max_length=32, primary_key=True)
    case_id = models.BigIntegerField()
    key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=10)  # text | identity | file
    name = models.CharField(max_length=60)  # of the fact
    cipher = models.BinaryField()
    commitment = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.case_id}/{self.name}"


class BlindIndex(models.Model):
    """Finds the same telephone, name or number again without holding it."""

    kind = models.CharField(max_length=12)
    token = models.CharField(max_length=32)
    case_id = models.BigIntegerField(db_index=True)
    party = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        # with the case: of somebody whose name many have, the newest are read without looking at all
        indexes = [models.Index(fields=["kind", "token", "-case_id"], name="vault_blind_newest")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.case_id}"


class RevealLog(models.Model):
    """Who had a masked value shown, when and why. Rows are never changed."""

    at = models.DateTimeField()
    person = models.CharField(max_length=40)
    role = models.CharField(max_length=40)
    unit = models.CharField(max_length=64)
    case_id = models.BigIntegerField(db_index=True)
    ref = models.CharField(max_length=32)
    name = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(fields=["person", "at"], name="vault_reveal_person")]

    def __str__(self) -> str:
        return f"{self.person}/{self.case_id}/{self.name}"


class Opening(models.Model):
    """Somebody asks to see in plain what only two people together may open: the identity of one party of a case, or (no party) the numbers masked
    in its texts. Rows are never changed; what came of it stands in its steps."""

    at = models.DateTimeField()
    person = models.CharField(max_length=40)
    role = models.CharField(max_length=40)
    unit = models.CharField(max_length=64)
    case_id = models.BigIntegerField(db_index=True)
    party = models.CharField(max_length=40, default="", blank=True)
    reason = models.CharField(max_length=500)
    until = models.DateTimeField()  # not answered by then: it is over

    class Meta:
        indexes = [models.Index(fields=["until"], name="vault_opening_until")]

    def __str__(self) -> str:
        return f"{self.person}/{self.case_id}/{self.party or '-'}"


GRANTED, DENIED, SHOWN = "granted", "denied", "shown"


class OpeningStep(models.Model):
    """What came of a request: one answer by another person, and after a granting one showing. Rows are never changed. `sort`: answer | shown,
    each once; `what` says which answer. `until`: of a granting, when it is over."""

    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="steps")
    sort = models.CharField(max_length=8)
    what = models.CharField(max_length=8)  # granted | denied | shown
    at = models.DateTimeField()
    person = models.CharField(max_length=40)
    role = models.CharField(max_length=40)
    unit = models.CharField(max_length=64)
    says = models.CharField(max_length=500, default="", blank=True)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opening", "sort"], name="vault_opening_once_each")]

    def __str__(self) -> str:
        return f"{self.opening_id}/{self.what}"
