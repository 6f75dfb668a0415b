"""Tables of the search: rows of the two indexes, who searched, and lists that were taken away.

An index row is one event's texts, or a part of them when they are long. On SQLite its tokens stand in `tokens`, eight characters each without
anything between, and a contentless FTS5 table finds the row by them; on PostgreSQL they stand in a tsvector with a GIN index.
"""

from typing import Final

from django.db import models

PARTS: Final = 4096  # rows of one case at most: the id of a row is case_id * PARTS + its place


class IndexRow(models.Model):
    """A row of an index. Its id grows with the case, so that the newest cases are read first."""

    id = models.BigIntegerField(primary_key=True)
    case_id = models.BigIntegerField(db_index=True)
    seq = models.IntegerField()  # of the event whose texts it holds
    tokens = models.BinaryField(default=b"")  # on SQLite: what is in the FTS5 table, so that it can be taken out again

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq}"


class OpenRow(IndexRow):
    """Texts of cases that anybody may read who finds them."""

    class Meta:
        db_table = "search_open"


class ClosedRow(IndexRow):
    """Texts of reports and complaints about staff: only queries of those who handle them read here."""

    class Meta:
        db_table = "search_closed"


class Export(models.Model):
    """A list that somebody took away, or is to: by whom, why, what of. The row stays; the file of a list made in the background goes after some days.

    waiting: a worker will make it. running: one does. sending: it is on its way. done | failed | broken: it was not sent to the end."""

    made = models.DateTimeField()
    officer_id = models.BigIntegerField()
    person = models.CharField(max_length=40, db_index=True)  # p12
    role = models.CharField(max_length=40)
    unit = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    format = models.CharField(max_length=4)  # csv | xlsx
    asked = models.BinaryField()  # closed: the words and filters
    filters = models.CharField(max_length=200)
    state = models.CharField(max_length=8)
    rows = models.IntegerField(default=0)
    beat = models.DateTimeField()  # when it last went on
    ended = models.DateTimeField(null=True)
    master = models.CharField(max_length=20, default="")  # of the file's key
    wrapped = models.BinaryField(default=b"")
    size = models.BigIntegerField(default=0)  # bytes of the file; 0: there is none any more

    class Meta:
        indexes = [
            models.Index(
                fields=["beat"], name="search_export_open", condition=models.Q(state__in=["waiting", "running"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.format} {self.state}"


class SearchLog(models.Model):
    """Who searched for what sort of thing, when, and how much was found: never the words themselves. Rows are never changed.

    `digest` is keyed: the same words again have the same one, and nobody can tell which they were."""

    at = models.DateTimeField()
    person = models.CharField(max_length=40)
    role = models.CharField(max_length=40)
    unit = models.CharField(max_length=64)
    sorts = models.CharField(max_length=80)  # words, number, phone, name, id_number, credit_code
    digest = models.CharField(max_length=32)
    filters = models.CharField(max_length=200)
    found = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["person", "at"], name="search_log_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.sorts} {self.found}"
