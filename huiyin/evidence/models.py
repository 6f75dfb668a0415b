"""Tables of evidence. What a file is called and the key that closes it stand in the vault, under the id of the file; here is what lists need.

A staged file belongs to whoever sent it, and to no case yet; with the event that names it it becomes a file of the case, in one transaction.
"""

from django.db import models

STAGED_CASE = 0  # no case: staged files are closed under keys of their own until an event names them
FACT = "file"  # name of their records in the vault


class Stored(models.Model):
    """What is on the disk of one uploaded file: the original, and where they could be made a copy without metadata and a small picture."""

    id = models.CharField(max_length=32, primary_key=True)  # the ref of the vault's record, as it stands in the event
    kind = models.CharField(max_length=8)
    size = models.BigIntegerField()  # bytes of the original
    address = models.CharField(max_length=64)  # "": erased
    copy_kind = models.CharField(max_length=8, default="", blank=True)  # "": there is no copy
    copy_size = models.BigIntegerField(default=0)
    copy_address = models.CharField(max_length=64, default="", blank=True)  # that of the original: it is its own copy
    thumb_address = models.CharField(max_length=64, default="", blank=True)
    made = models.DateTimeField()  # when it was handed in
    scanned = models.CharField(max_length=8, default="", blank=True)  # clean, by ClamAV; "": nobody looked

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.id[:8]}"

    @property
    def addresses(self) -> list[str]:
        """Everything of it that lies on the disk."""
        return list(dict.fromkeys(a for a in (self.address, self.copy_address, self.thumb_address) if a))


class Staged(Stored):
    """A file that was sent and belongs to no case yet. `draft`: of the desk, which names it: it stays as long as that."""

    owner = models.CharField(max_length=80)  # "p12", or "web:" and the digest of the visitor's token
    draft = models.BigIntegerField(null=True, blank=True, db_index=True)
    touched = models.DateTimeField()  # when somebody last went on with it

    class Meta:
        indexes = [
            models.Index(fields=["owner", "made"], name="evidence_staged_owner"),
            models.Index(fields=["touched"], name="evidence_staged_touched", condition=models.Q(draft__isnull=True)),
        ]


class File(Stored):
    """A file of a case. `case_id`, `seq` and `fact` are copies of the event that brought it."""

    case_id = models.BigIntegerField()
    seq = models.IntegerField()
    fact = models.CharField(max_length=60)
    owner = models.CharField(max_length=80)  # who sent it: the same request sent again is known by it

    class Meta:
        indexes = [models.Index(fields=["case_id", "seq"], name="evidence_file_case")]
