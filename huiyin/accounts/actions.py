"""Acts on accounts: trying a password, setting up and using second factors, ending sessions, and what the security administrator does for those
who are locked out. What changes an account stands in the log of administration; log-ins too. Nobody is named there: people are p12.

Every try is counted before it is checked (huiyin.accounts.throttle), so that many at once gain nothing.
"""

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.accounts import factors, sessions, throttle
from huiyin.accounts.factors import BadFactor
from huiyin.accounts.models import Account, Passkey, RecoveryCode, Session, SignOn
from huiyin.accounts.throttle import HOUR, QUARTER, TooMany
from huiyin.core.model import SYSTEM, Actor
from huiyin.org import actions as org
from huiyin.org import log, passwords, reach
from huiyin.org import queries as org_queries
from huiyin.org.actions import BadAct
from huiyin.org.models import Officer, Person

ELSEWHERE, BY_SELF, BY_ADMINISTRATOR = "elsewhere", "self", "administrator"
UNKNOWN_AN_HOUR = 1000  # tries under names that are nobody's which the log of administration takes in


def _done(name: str, person: Person, by: Officer | None = None, **facts: object) -> None:
    """The entry in the log of administration. The organisation stays as it is: nothing has to be read anew."""
    actor = org_queries.actor_of(by) if by is not None else Actor("any", None, person.key) if name in OWN else SYSTEM
    log.write(name, {"person": person.key, **facts}, by=actor)


OWN = frozenset(
    {
        "logged_in", "factor_added", "factor_removed", "recovery_codes_made", "recovery_code_used", "password_reported",
        "session_ended", "single_sign_on_bound",
    }
)  # fmt: skip


def account(person: Person) -> Account:
    """The row, made when it is first needed."""
    return Account.objects.get_or_create(person=person)[0]


# -- the first factor


def try_password(request: HttpRequest, username: str, password: str) -> Person | None:
    """The person whose name and password these are. None for a wrong pair, an unknown name, an account that is off, reported or tried too often:
    which of them it is nobody learns from the answer, nor from the time it takes."""
    name, place = username.strip().casefold(), throttle.address(request)
    tries = throttle.hit("account", name, QUARTER)
    here = throttle.hit("log-in", place, QUARTER)
    entrance = settings.ENTRANCE
    if tries > entrance.tries_account or here > entrance.tries_address:
        make_password(password)  # takes as long as a check
        if tries == entrance.tries_account + 1:
            _locked(username)
        return None
    found = authenticate(request, username=username, password=password)
    if not isinstance(found, Person) or Account.objects.filter(person=found, reported__isnull=False).exists():
        _failed(username)
        return None
    throttle.forgive("account", name)
    throttle.one_less("log-in", place)
    return found


def _failed(username: str, how: str = "") -> None:
    """The log knows of every try that failed, but no name that is nobody's: it may be a password that came into the wrong field. Of those only so
    many an hour, so that a flood of them does not fill the log. Takes as long for a known name as for an unknown one."""
    person, before = Person.objects.filter(username=username).first(), throttle.hit("unknown", "", HOUR)
    if person is not None:
        _done("log_in_failed", person)
    elif before <= UNKNOWN_AN_HOUR:
        log.write("log_in_failed", {"how": how} if how else {})


def _locked(username: str) -> None:
    person = Person.objects.filter(username=username).first()
    if person is not None:
        _lock(person)


def _lock(person: Person) -> None:
    _done("account_locked", person, minutes=int(QUARTER.total_seconds() // 60))


def prove_password(request: HttpRequest, person: Person, password: str) -> bool:
    """Is it really this person who sits here? Counted like a log-in."""
    return try_password(request, person.username, password) == person


def change_own_password(request: HttpRequest, person: Person, old: str, new: str) -> None:
    """A new password, chosen by the person. The old one is tried like at a log-in: whoever sits down at an open desk cannot find it out here.
    Raises BadAct, ValidationError."""
    if not prove_password(request, person, old):
        raise BadAct("old", _("现在的密码不对，或者短时间内试得太多。请核对；仍不行，请过一刻钟再试。"))
    org.change_own_password(person, old, new)
    password_was_changed(person)


# -- second factors


def _count(person: Person) -> None:
    """Raises TooMany: a code of six digits must not be guessed by trying all."""
    tries, most = throttle.hit("factor", person.key, QUARTER), settings.ENTRANCE.tries_account
    if tries == most + 1:
        _lock(person)
    if tries > most:
        raise TooMany("factor")


def add_totp(person: Person, seed: bytes, code: str) -> list[str]:
    """From now on the app that knows this seed gives codes. The code shows that it does. Returns recovery codes where there were none.
    Raises BadAct, TooMany."""
    _count(person)
    step = factors.step_of(seed, code)
    if step is None:
        raise BadAct("code", _("验证码不对。请核对手机的时间是否准确，再输入现在显示的六位数字。"))
    with transaction.atomic():
        row = account(person)
        row.totp, row.totp_since, row.totp_step = factors.closed(person, seed), timezone.now(), step
        row.save(update_fields=["totp", "totp_since", "totp_step"])
        _done("factor_added", person, kind="totp")
        made = [] if RecoveryCode.objects.filter(person=person).exists() else _make_codes(person)
    throttle.forgive("factor", person.key)
    return made


def use_totp(person: Person, code: str) -> bool:
    """Is it the code of now, and was it not taken before? Raises TooMany."""
    _count(person)
    row = Account.objects.filter(person=person).first()
    seed = factors.opened(row) if row is not None else None
    step = factors.step_of(seed, code) if seed is not None else None
    if step is None or not Account.objects.filter(person=person, totp_step__lt=step).update(totp_step=step):
        _done("factor_failed", person, kind="totp")
        return False
    throttle.forgive("factor", person.key)
    return True


def use_recovery_code(person: Person, code: str) -> bool:
    """Stands in for the second factor once. Raises TooMany."""
    _count(person)
    with transaction.atomic():
        if not RecoveryCode.objects.filter(person=person, digest=factors.digest_of(code)).delete()[0]:
            _done("factor_failed", person, kind="recovery")
            return False
        _done("recovery_code_used", person, left=RecoveryCode.objects.filter(person=person).count())
    throttle.forgive("factor", person.key)
    return True


def use_passkey(request: HttpRequest, person: Person, state: object, answer: dict[str, object]) -> bool:
    """Did one of the person's passkeys sign what was asked? Raises TooMany."""
    _count(person)
    try:
        key, count = factors.checked(request, person, state, answer)
    except BadFactor:
        _done("factor_failed", person, kind="passkey")
        return False
    if not Passkey.objects.filter(pk=key.pk, count=key.count).update(count=count, used=timezone.now()):
        return False  # two signatures at the same moment: one of them counts
    throttle.forgive("factor", person.key)
    return True


def add_passkey(
    request: HttpRequest, person: Person, state: object, answer: dict[str, object], label: str
) -> list[str]:
    """One more passkey. Returns recovery codes where there were none. Raises BadFactor, TooMany."""
    _count(person)
    data = factors.registered(request, state, answer)
    with transaction.atomic():
        Passkey.objects.create(
            person=person, credential=factors.credential_digest(data.credential_id), data=bytes(data),
            label=label.strip()[:40] or _("通行密钥"), since=timezone.now(),
        )  # fmt: skip
        _done("factor_added", person, kind="passkey")
        made = [] if RecoveryCode.objects.filter(person=person).exists() else _make_codes(person)
    throttle.forgive("factor", person.key)
    return made


def remove_factor(person: Person, which: str) -> None:
    """`totp`, or the number of a passkey. Raises BadAct."""
    with transaction.atomic():
        if which == "totp":
            gone = Account.objects.filter(person=person, totp__isnull=False).update(totp=None, totp_since=None)
        else:
            gone = (
                Passkey.objects.filter(person=person, pk=int(which)).delete()[0]
                if which.isdecimal() and len(which) < 18
                else 0
            )
        if not gone:
            raise BadAct("which", _("没有这一项。"))
        _done("factor_removed", person, kind="totp" if which == "totp" else "passkey")


def make_recovery_codes(person: Person) -> list[str]:
    """Ten new ones, shown this once; the old ones open nothing any more."""
    with transaction.atomic():
        return _make_codes(person)


def _make_codes(person: Person) -> list[str]:
    codes = factors.new_codes()
    RecoveryCode.objects.filter(person=person).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(person=person, digest=factors.digest_of(code)) for code in codes)
    _done("recovery_codes_made", person, count=len(codes))
    return codes


# -- sessions


def came_in(person: Person, how: str, *, keep: str | None = None) -> int:
    """Enter the log-in; sessions past the number that is allowed end, the oldest first, and say why. `keep`: the key of the one just begun.
    Returns how many ended."""
    with transaction.atomic():
        _done("logged_in", person, how=how)
        mine = Session.objects.filter(person=person.pk, expire_date__gt=timezone.now()).order_by("-since")
        others = mine.exclude(session_key=sessions.digest_of(keep)) if keep else mine
        room = settings.ENTRANCE.sessions - (1 if keep else 0)
        over = list(others.values_list("pk", flat=True)[room:])
        if not over:
            return 0
        _done("session_ended", person, why=ELSEWHERE, count=len(over))
        return sessions.end(Session.objects.filter(pk__in=over), ELSEWHERE)


def end_own_sessions(person: Person, *, keep: str | None = None, only: str | None = None) -> int:
    """End one's own sessions elsewhere: all but the one with key `keep`, or the one with the stored digest `only`."""
    rows = Session.objects.filter(person=person.pk)
    if keep:
        rows = rows.exclude(session_key=sessions.digest_of(keep))
    if only is not None:
        rows = rows.filter(session_key=only)
    with transaction.atomic():
        count = sessions.end(rows, BY_SELF)
        if count:
            _done("session_ended", person, why=BY_SELF, count=count)
    return count


def report_password(person: Person) -> None:
    """Its owner fears that somebody else knows it: nobody comes in until the security administrator sets another, and whoever is in, is out."""
    with transaction.atomic():
        row = account(person)
        row.reported = timezone.now()
        row.save(update_fields=["reported"])
        sessions.end(Session.objects.filter(person=person.pk), BY_SELF)
        _done("password_reported", person)


def password_was_changed(person: Person) -> None:
    """By its owner: nothing else has to be changed first any more."""
    account(person)
    Account.objects.filter(person=person).update(must_change=False, password_since=timezone.now())


def grown_old(person: Person) -> bool:
    """Is the password older than the setting allows? One whose age nobody wrote down begins to count with this question."""
    if settings.ENTRANCE.password_age is None:
        return False
    row = account(person)
    if row.password_since is None:
        Account.objects.filter(person=person).update(password_since=timezone.now())
        return False
    return timezone.now() - row.password_since > settings.ENTRANCE.password_age


def must_change(person: Person) -> bool:
    """Did somebody else set the password?"""
    return Account.objects.filter(person=person, must_change=True).exists()


# -- what the security administrator does


def reset_password(person: Person, *, by: Officer | None = None) -> str:
    """A new password that is good for one log-in, in which it must be changed. Whoever is logged in with the old one is out; reports and locks
    end. Returns it: it is shown this once."""
    text = passwords.made()
    with transaction.atomic():
        org.set_password(person, text, by=by)
        sessions.end(Session.objects.filter(person=person.pk), BY_ADMINISTRATOR)
    throttle.forgive("account", person.username.casefold())
    return text


def set_by_another(person: Person) -> None:
    """Somebody else made the password: its owner changes it before anything else. What was reported of the old one is over."""
    row = account(person)
    row.must_change, row.reported, row.password_since = True, None, timezone.now()
    row.save(update_fields=["must_change", "reported", "password_since"])


def reset_factors(person: Person, *, by: Officer | None = None) -> None:
    """All second factors go, with the recovery codes and what a provider of single sign-on was bound to: the device is lost, or the account there
    is another. Whoever must have a second factor sets one up at the next log-in."""
    org.may("reset_factors", by)
    reach.check_person(by, person)
    with transaction.atomic():
        Account.objects.filter(person=person).update(totp=None, totp_since=None)
        Passkey.objects.filter(person=person).delete()
        RecoveryCode.objects.filter(person=person).delete()
        SignOn.objects.filter(person=person).delete()
        sessions.end(Session.objects.filter(person=person.pk), BY_ADMINISTRATOR)
        _done("factors_reset", person, by)


def unlock(person: Person, *, by: Officer | None = None) -> None:
    """Tries that went before do not count any more."""
    org.may("unlock", by)
    reach.check_person(by, person)
    throttle.forgive("account", person.username.casefold())
    throttle.forgive("factor", person.key)
    _done("account_unlocked", person, by)


def end_sessions(person: Person, *, by: Officer | None = None) -> int:
    """End whatever sessions somebody has."""
    org.may("end_sessions", by)
    reach.check_person(by, person)
    with transaction.atomic():
        count = sessions.end(Session.objects.filter(person=person.pk), BY_ADMINISTRATOR)
        _done("session_ended", person, by, why=BY_ADMINISTRATOR, count=count)
    return count


# -- single sign-on


def sign_on_failed() -> None:
    """What came back from the provider let nobody in: entered like a password that was wrong, of nobody in particular."""
    _failed("", "single_sign_on")


def signed_on(issuer: str, subject: str, username: str) -> Person | None:
    """Whom a provider means. The first time the name tells, and it is bound; from then on the subject alone. None when there is nobody, when it is
    off or reported, or when that name belongs to another subject already."""
    bound = SignOn.objects.filter(issuer=issuer, subject=subject).select_related("person").first()
    person = bound.person if bound else Person.objects.filter(username=username).first() if username else None
    if person is None or not person.is_active or Account.objects.filter(person=person, reported__isnull=False).exists():
        return None
    if bound is None:
        with transaction.atomic():
            if SignOn.objects.filter(issuer=issuer, person=person).exists():
                return None
            SignOn.objects.create(issuer=issuer, subject=subject, person=person, since=timezone.now())
            _done("single_sign_on_bound", person, issuer=issuer)
    return person
