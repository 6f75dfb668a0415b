"""For the security administrator: who is locked out, who has no second factor, and what can be done for them. For people of units of his own reach.
No password is ever shown but a new one, once; it must be changed at the first log-in."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from huiyin.accounts import actions as accounts
from huiyin.accounts.models import Account, Passkey, Session
from huiyin.core.facts import UNWRITABLE
from huiyin.org import actions as org_actions
from huiyin.org import powers
from huiyin.org import queries as org
from huiyin.org.models import Officer, Person
from huiyin.org.people import still_held
from huiyin.web.people import DeskRequest, for_officers, freshly

SHOWN: Final = 50


def for_security(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view of a security administrator who showed lately who he is."""

    @never_cache
    @for_officers
    def inner(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.officer.role != powers.SECURITY:
            raise PermissionDenied
        return freshly(view)(request, *args, **kwargs)

    return inner


def within_reach(request: DeskRequest) -> QuerySet[Person]:
    """People who hold a posting at the administrator's unit or below it: of others he does not even see the account."""
    own = request.officer.unit_id
    units = [own, *org.tree().below(own)]
    held = Officer.objects.filter(org.in_force(org.today()), person=OuterRef("pk"), unit__in=units)
    return Person.objects.filter(Exists(held))


@require_GET
@for_security
def people(request: DeskRequest) -> HttpResponse:
    """Accounts by user name or name; without a search those that need looking at."""
    asked = UNWRITABLE.sub("", request.GET.get("q", "")).strip()[:60]
    after = request.GET.get("after", "")[:60]
    found = within_reach(request)
    if asked:
        found = found.filter(Q(username__icontains=asked) | Q(display_name__icontains=asked))
    if after:
        found = found.filter(username__gt=UNWRITABLE.sub("", after))
    rows = list(found.order_by("username")[: SHOWN + 1])
    return render(request, "web/security.html", {
        "here": "security", "q": asked, "acts": LABELS, "rows": _rows(rows[:SHOWN]), "after": rows[SHOWN - 1].username if len(rows) > SHOWN else "",
    })  # fmt: skip


LABELS: Final = (
    ("password", gettext_lazy("重设密码")), ("factors", gettext_lazy("清除第二道验证")), ("unlock", gettext_lazy("解除锁定")),
    ("sessions", gettext_lazy("退出各处登录")), ("off", gettext_lazy("停用")), ("on", gettext_lazy("恢复使用")),
)  # fmt: skip


def _rows(people: list[Person]) -> list[dict[str, Any]]:
    ids = [person.pk for person in people]
    accounts_ = Account.objects.in_bulk(ids)
    keys = dict(Passkey.objects.filter(person__in=ids).values_list("person").annotate(n=Count("pk")))
    live = dict(
        Session.objects.filter(person__in=ids, expire_date__gt=timezone.now())
        .values_list("person")
        .annotate(n=Count("pk"))
    )
    postings: dict[int, list[Officer]] = {}
    for posting in Officer.objects.filter(org.in_force(org.today()), person__in=ids).select_related("unit"):
        postings.setdefault(posting.person_id, []).append(posting)
    return [
        {
            "person": person, "postings": postings.get(person.pk, []), "totp": bool(a and a.totp), "passkeys": keys.get(person.pk, 0),
            "sessions": live.get(person.pk, 0), "reported": a.reported if a else None, "must_change": bool(a and a.must_change),
        }
        for person in people for a in [accounts_.get(person.pk)]
    ]  # fmt: skip


def _reset_password(request: DeskRequest, person: Person) -> HttpResponse:
    text = accounts.reset_password(person, by=request.officer)
    return render(request, "web/new_password.html", {"here": "security", "person": person, "password": text})


def _reset_factors(request: DeskRequest, person: Person) -> None:
    accounts.reset_factors(person, by=request.officer)


def _unlock(request: DeskRequest, person: Person) -> None:
    accounts.unlock(person, by=request.officer)


def _end_sessions(request: DeskRequest, person: Person) -> None:
    accounts.end_sessions(person, by=request.officer)


def _switch_off(request: DeskRequest, person: Person) -> None:
    held = still_held(person)
    org_actions.set_active(person, False, by=request.officer)
    accounts.end_sessions(person, by=request.officer)
    for text in held:
        messages.warning(request, text)


def _switch_on(request: DeskRequest, person: Person) -> None:
    org_actions.set_active(person, True, by=request.officer)


ACTS: Final[dict[str, Callable[[DeskRequest, Person], HttpResponse | None]]] = {
    "password": _reset_password, "factors": _reset_factors, "unlock": _unlock, "sessions": _end_sessions, "off": _switch_off,
    "on": _switch_on,
}  # fmt: skip


@sensitive_post_parameters()
@require_POST
@for_security
def act(request: DeskRequest, pk: int, what: str) -> HttpResponse:
    """One act on one account."""
    person = within_reach(request).filter(pk=pk).first()
    if person is None or what not in ACTS:
        raise Http404
    if person.pk == request.officer.person_id and what != "sessions":
        messages.error(request, _("自己的账号由另一位安全管理员办理。"))
        return redirect("security")
    page = ACTS[what](request, person)
    if page is not None:
        return page
    messages.success(request, _("已经办理，并已记入管理日志。"))
    return redirect("security")
