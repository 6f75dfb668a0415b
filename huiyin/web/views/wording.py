"""Looking through a text while it is typed: which phrases the rules forbid in it, and why. The text is answered and forgotten."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huiyin.cases import queries
from huiyin.cases.errors import NoSuchCase
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import procedures
from huiyin.web import scripts
from huiyin.web.casefile import CaseFile
from huiyin.web.forms.fields import LONGEST
from huiyin.web.people import DeskRequest, for_officers


@require_POST
@never_cache
@for_officers
def wording(request: DeskRequest) -> HttpResponse:
    """The flags of one text: `procedure` by its hash, `event` whose text it is, `field` that holds it, `case` it is written in."""
    event = request.GET.get("event", "")
    try:
        procedure = procedures.procedure_for(request.GET.get("procedure", ""))
    except procedures.UnknownProcedure:
        raise Http404
    if event not in load_vocabulary().events:
        raise Http404
    file = _file(request, request.GET.get("case", ""))
    text = request.POST.get(request.GET.get("field", ""), "")[:LONGEST]
    found = scripts.flags(procedure, event, text, request.POST.getlist(scripts.LET_GO), file)
    return render(request, "web/parts/flags.html", {"flags": found})


def _file(request: DeskRequest, key: str) -> CaseFile | None:
    """The case by its number, or ~id; none while there is none yet. One he may not see is a 404 like one that is not there."""
    if not key:
        return None
    try:
        case = queries.by_number(request.officer, "#" + key[1:] if key.startswith("~") else key)
    except NoSuchCase:
        raise Http404
    return CaseFile(case, request.officer, key)
