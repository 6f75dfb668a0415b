"""A call: a telephone system opens the form of registering for a caller, whose name and address may be taken over when he is known.

The number stands behind the # of the address (`call`): so it reaches no log and no list of visited pages.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.cases.errors import NoSuchCase
from huiyin.web import caller
from huiyin.web.people import DeskRequest, for_officers


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest) -> HttpResponse:
    """A telephone system opens the form for a caller. It may post the number, or put it into the address: either way the browser is sent on with
    the number behind the #, which it tells nobody, and the page strips that, too. Nothing is looked up or kept here, so no log-in is asked."""
    given = request.POST if request.method == "POST" else request.GET
    number = "".join(c for c in given.get("phone", "")[:40] if c.isdigit() or c in "+-")
    procedure = given.get("procedure", "")
    known = procedure if procedure.replace("/", "").replace("_", "").isalnum() else ""
    answer = HttpResponse(status=303)
    answer["Location"] = (
        reverse("register") + (f"?procedure={known}" if known else "") + (f"#phone={number}" if number else "")
    )
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@never_cache
@require_POST
@for_officers
def take_caller(request: DeskRequest) -> HttpResponse:
    """Name and address of a known caller for the fields of the form, each entered in the log of what was revealed."""
    return JsonResponse(of_caller(request, request.POST.get("take_caller", ""), phone_typed(request.POST)))


def phone_typed(data: QueryDict) -> tuple[str, str]:
    """(role, number) of who calls."""
    for role in ("complainant", "reporter"):
        if number := data.get(f"{role}.phone"):
            return role, str(number)
    return "complainant", ""


def of_caller(request: DeskRequest, pk: str, who: tuple[str, str]) -> dict[str, str]:
    role, phone = who
    if not pk.isdecimal() or len(pk) > 18 or not phone:
        raise Http404
    try:
        return {f"{role}.{name}": value for name, value in caller.take_over(request.officer, int(pk), phone).items()}
    except NoSuchCase:
        raise Http404
