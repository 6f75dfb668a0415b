"""Tokens: what another system shows in place of a log-in."""

from django.db import models

from huiyin.org.models import Officer

READ, WRITE, IDENTITY = "read", "write", "identity"
SCOPES = (READ, WRITE, IDENTITY)
USUAL = (READ, WRITE)  # what personal values are in plain is given by name alone


class ApiToken(models.Model):
    """A token acts in one posting, as long as both are in force. Of the token itself only the digest is stored."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80)  # what it is for, in the operator's words
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="tokens")
    scopes = models.JSONField(default=list)  # of SCOPES
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    made = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)  # to the minute

    def __str__(self) -> str:
        return f"token {self.pk}"
