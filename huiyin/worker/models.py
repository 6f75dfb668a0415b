"""Tables of the worker."""

from django.db import models

ACT_BY, LATE = "act_by", "late"


class Job(models.Model):
    """Something done again and again by one worker at a time: whoever takes the lease does it; after a crash the lease runs out."""

    name = models.CharField(max_length=40, primary_key=True)
    next_at = models.DateTimeField()
    lease_by = models.CharField(max_length=60, default="")
    lease_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    state = models.JSONField(default=dict)  # how far a job that goes through a long list has come
    error = models.CharField(max_length=200, default="")

    def __str__(self) -> str:
        return self.name


class Mark(models.Model):
    """A limit was seen to as it stood: warned of (act_by) or found passed (late). Written with what followed from it, so that it happens once;
    when the limit is moved, its new point has no mark yet. Not a copy: `huiyin rebuild` leaves it alone."""

    pk = models.CompositePrimaryKey("case_id", "key", "sort", "point")
    case_id = models.BigIntegerField()
    key = models.CharField(max_length=200)  # of the limit, as in the table of dues
    sort = models.CharField(max_length=8)  # act_by | late
    point = models.DateTimeField()  # the first moment at which the limit is late, as it stood
    made = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.case_id} {self.key} {self.sort} {self.point}"
