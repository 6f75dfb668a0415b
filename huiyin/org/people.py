"""Acts on who there is: people with their access, and the postings they hold."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext as _

from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import powers, queries, reach
from huiyin.org.acts import BadAct, act, check_span, done, iso, may
from huiyin.org.models import Officer, Person
from huiyin.org.units import known_unit


@act
def create_person(
    username: str, display_name: str, *, password: str | None = None, by: Officer | None = None
) -> Person:
    """Somebody who can log in. The log knows the number alone. Errors: BadAct; ValidationError for a weak password."""
    if not re.fullmatch(r"[\w.@+-]{2,60}", username):
        raise BadAct("username", _("用户名为 2 到 60 个字母、数字或 . @ + - _。"))
    if Person.objects.filter(username=username).exists():
        raise BadAct("username", _("用户名已被使用。"))
    if password is not None:
        validate_password(password, Person(username=username, display_name=display_name))
    person = Person.objects.create_user(username, password, display_name=display_name)
    for told in _password_given if password is not None else ():
        told(person)
    done("person_created", {"person": person.key}, by)
    return person


@act
def rename_person(person: Person, display_name: str, *, by: Officer | None = None) -> None:
    """Another name on the pages. The log knows the number alone. Errors: BadAct."""
    reach.check_person(by, person)
    if not display_name.strip():
        raise BadAct("display_name", _("请填写姓名。"))
    person.display_name = display_name.strip()[:60]
    person.save(update_fields=["display_name"])
    done("person_renamed", {"person": person.key}, by)


_password_given: list[Callable[[Person], None]] = []


def password_given(told: Callable[[Person], None]) -> None:
    """Let a floor above know that somebody else than its owner set a password, inside the transaction."""
    if told not in _password_given:
        _password_given.append(told)


@act
def set_password(person: Person, password: str, *, by: Officer | None = None) -> None:
    """A new password, set by an administrator. Errors: ValidationError."""
    reach.check_person(by, person)
    if by is not None and by.person_id == person.pk:
        raise BadAct("password", _("自己的账号由另一位安全管理员办理。"))
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    for told in _password_given:
        told(person)
    done("password_set", {"person": person.key}, by)


def change_own_password(person: Person, old: str, new: str) -> None:
    """A new password, chosen by the person. Errors: BadAct when the old one is not the one in use or nothing changes; ValidationError."""
    if not person.check_password(old):
        raise BadAct("old", _("现在的密码不对。"))
    if old == new:
        raise BadAct("new", _("新密码和现在的一样。"))
    validate_password(new, person)
    with transaction.atomic():
        person.set_password(new)
        person.save(update_fields=["password"])
        done("own_password_changed", {"person": person.key}, None)


@act
def set_active(person: Person, active: bool, *, by: Officer | None = None) -> None:
    """Switch a person's access off or on again. Postings keep their dates. Off is off at once: the next request of that person, and of
    every token of hers, finds nobody. The system administrator may switch off, and only the security administrator on."""
    reach.check_person(by, person)
    may("switch_on" if active else "switch_off", by)
    person.is_active = active
    person.save(update_fields=["is_active"])
    done("person_switched_on" if active else "person_switched_off", {"person": person.key}, by)


@act
def appoint(
    person: Person, role: str, unit: str, *, since: date, until: date | None = None, deputy_for: Officer | None = None, by: Officer | None = None
) -> Officer:  # fmt: skip
    """Give a person a role at a unit for a time. With `deputy_for`: in place of that posting, whose role and unit they are. Errors: BadAct."""
    reach.check(by, unit)
    known = load_vocabulary().roles.get(role)
    if known is None or known["side"] != "inside" or role in ("any", "system", "first_contact"):
        raise BadAct("role", _("“%(role)s”不是可以任命的角色。") % {"role": role})
    found = known_unit(unit)
    check_span(since, until)
    if since < found.since or (found.until is not None and (until is None or until > found.until)):
        raise BadAct("since", _("任期超出单位存续的时间。"))
    if by is not None and by.person_id == person.pk:
        raise BadAct("role", _("自己的任职由另一位安全管理员办理。"))
    _check_separate(person, role, since, until)
    if deputy_for is not None:
        _check_deputy(person, role, unit, deputy_for)
    same = Officer.objects.filter(person=person, role=role, unit_id=unit, deputy_for=deputy_for)
    if any((until is None or o.since <= until) and (o.until is None or since <= o.until) for o in same):
        raise BadAct("since", _("此人在这段时间已经担任这一角色。"))
    posting = Officer.objects.create(
        person=person, role=role, unit=found, since=since, until=until, deputy_for=deputy_for
    )
    facts = {
        "officer": posting.pk,
        "person": person.key,
        "role": role,
        "unit": unit,
        "since": iso(since),
        "until": iso(until),
    }
    done("officer_appointed", {**facts, "deputy_for": deputy_for.pk if deputy_for else None}, by)
    return posting


def _check_separate(person: Person, role: str, since: date, until: date | None) -> None:
    if role not in powers.SEPARATE:
        return
    others = Officer.objects.filter(person=person, role__in=powers.SEPARATE - {role})
    if any((until is None or o.since <= until) and (o.until is None or since <= o.until) for o in others):
        raise BadAct("role", _("系统管理员、安全管理员、审计员三者不得由一人兼任。"))


def _check_deputy(person: Person, role: str, unit: str, principal: Officer) -> None:
    if principal.deputy_for_id is not None:
        raise BadAct("deputy_for", _("代理人不能再由他人代理。"))
    if (principal.role, principal.unit_id) != (role, unit):
        raise BadAct("deputy_for", _("代理的角色和单位须与被代理的任职相同。"))
    if principal.person_id == person.pk:
        raise BadAct("deputy_for", _("不能代理本人。"))


@act
def end_posting(posting: Officer, *, until: date, by: Officer | None = None) -> Officer:
    """The posting's last day is `until`; those who deputise for it end with it. Whoever holds something is let go only when it was handed over
    (`before_leaving`). Errors: BadAct."""
    reach.check(by, posting.unit_id)
    check_span(posting.since, until)
    if held := [text for question in _before_leaving for text in question(posting)]:
        raise BadAct("until", "".join(held))
    posting.until = until
    posting.save(update_fields=["until"])
    for deputy in posting.deputies.filter(queries.in_force(until + timedelta(days=1))):
        deputy.until = max(until, deputy.since)
        deputy.save(update_fields=["until"])
    done("posting_ended", {"officer": posting.pk, "person": f"p{posting.person_id}", "until": iso(until)}, by)
    return posting


_before_leaving: list[Callable[[Officer], list[str]]] = []


def before_leaving(question: Callable[[Officer], list[str]]) -> None:
    """Let a floor above ask what a posting still holds before it ends: in words for the administrator; nothing when it may end."""
    if question not in _before_leaving:
        _before_leaving.append(question)


def still_held(person: Person) -> list[str]:
    """What the postings of today still hold, in words: for who switches the account off, which waits for nothing."""
    return [text for posting in queries.postings(person) for question in _before_leaving for text in question(posting)]
