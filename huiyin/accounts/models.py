"""Tables of the accounts. huiyin.accounts.actions, sessions, throttle and looks are their only writers.

No secret stands in them readable: the seed of one-time codes is closed under the ring of keys, recovery codes and sessions are digests, and
addresses of the network are keyed digests that are gone within a day.
"""

from typing import ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models

from huiyin.org.models import Person


class Account(models.Model):
    """What a person's log-in needs beside the password."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, primary_key=True, related_name="account")
    must_change = models.BooleanField(
        default=False
    )  # somebody else set the password: nothing is possible but changing it
    password_since = models.DateTimeField(null=True)  # when it was set last; none: not since this is written down
    reported = models.DateTimeField(
        null=True
    )  # its owner said that somebody else may know the password: locked until reset
    totp = models.BinaryField(null=True)  # seed of one-time codes, closed
    totp_since = models.DateTimeField(null=True)
    totp_step = models.BigIntegerField(default=0)  # the last step of time whose code was taken: none is taken twice

    def __str__(self) -> str:
        return f"p{self.person_id}"


class Passkey(models.Model):
    """A passkey: the public half of a key that never leaves the person's device."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="passkeys")
    credential = models.CharField(max_length=64, unique=True)  # SHA-256 of its id
    data = models.BinaryField()  # attested credential data: id and public key
    count = models.BigIntegerField(default=0)  # signatures, as far as the device counts them: going back means a copy
    label = models.CharField(max_length=40)
    since = models.DateTimeField()
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"p{self.person_id}/{self.pk}"


class RecoveryCode(models.Model):
    """One code that stands in for the second factor once. 80 random bits; only its digest is kept."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"p{self.person_id}"


class SignOn(models.Model):
    """Whom a provider of single sign-on means by a subject. Bound at the first log-in; a name that is given to somebody else there later opens
    nothing here."""

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sign_ons")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_one_subject"),
            models.UniqueConstraint(fields=["issuer", "person"], name="accounts_one_person_an_issuer"),
        ]

    def __str__(self) -> str:
        return f"p{self.person_id}"


class Session(AbstractBaseSession):
    """A session. The key in the cookie is not here, only its digest: a copy of this table opens nothing."""

    person = models.BigIntegerField(null=True)  # none: a visitor without an account
    since = models.DateTimeField()  # the log-in, or the first page
    seen = models.DateTimeField()  # the last page, at most half a minute behind
    device = models.CharField(max_length=40, default="", blank=True)

    objects: ClassVar[BaseSessionManager] = BaseSessionManager()

    class Meta:
        indexes = [models.Index(fields=["person", "-since"], name="accounts_session_person")]

    @classmethod
    def get_session_store_class(cls) -> type:
        """The store that reads this table."""
        from huiyin.accounts.sessions import SessionStore

        return SessionStore

    def __str__(self) -> str:
        return f"session of p{self.person}"


class Attempts(models.Model):
    """How often something was tried from one place, or on one account, in the present stretch of time. The key is a keyed digest."""

    key = models.CharField(max_length=40, primary_key=True)
    count = models.IntegerField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Look(models.Model):
    """Somebody looked at something: never changed, never deleted. No personal data: who is p12, the case is its id."""

    at = models.DateTimeField()
    person = models.CharField(max_length=40)
    role = models.CharField(max_length=40)
    unit = models.CharField(max_length=64)
    how = models.CharField(max_length=12)  # one of those in looks.py
    via = models.CharField(max_length=8)  # web, api
    case_id = models.BigIntegerField(null=True)
    what = models.CharField(max_length=200, default="", blank=True)  # which file, which filters, how many rows
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["case_id", "-id"], name="accounts_look_case", condition=models.Q(case_id__isnull=False)
            ),
            models.Index(fields=["unit", "-id"], name="accounts_look_unit"),
            models.Index(fields=["person", "-id"], name="accounts_look_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.how} {self.case_id or ''}"
