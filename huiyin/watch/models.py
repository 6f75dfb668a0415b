"""Tables of the watch."""

from django.db import models


class Screen(models.Model):
    """A screen on a wall that shows the figures of a unit and those below it, without anybody logged in. Its code is shown once; what is kept of
    it is a digest."""

    name = models.CharField(max_length=80)  # where it hangs
    unit = models.CharField(max_length=64, db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField()
    made_by = models.CharField(max_length=40)  # p12
    until = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.unit} {self.pk}"
