"""An act of a party on its own page: the form, the one event it records, and what the page says when it is not taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from huiyin.accounts import throttle
from huiyin.cases import actions, people
from huiyin.cases.errors import Busy, KeyReused, Stale
from huiyin.cases.intake import Step
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.web import problems
from huiyin.web.casefile import CaseFile

Steps = list[tuple[str, Mapping[str, Any], tuple[int, ...]]]
"""What an act records: event, facts, the events it answers."""


@dataclass(frozen=True)
class Door:
    """Whose page it is: where the act leads back to, and which entry of the header it belongs to."""

    back: str
    here: str


SENDER, RESPONDENT = Door("tracked", "track"), Door("responding", "respond")


@dataclass(frozen=True)
class Act:
    """What is to be recorded once the form is right: the steps, in the order in which they happen. `title` stands above the form and on its
    button (`button`, where that is another word), `done` is said afterwards. `about`: what the page shows above the form."""

    title: str
    done: str
    steps: Callable[[], Steps]
    button: str = ""
    lead: str = ""
    about: Sequence[Any] = ()


def mine(file: CaseFile) -> str | None:
    """The number of the party who is acting; none for a sender whom nobody knows by number."""
    return people.actor(file.by).party or None


def carry_out(request: HttpRequest, file: CaseFile, form: forms.Form, act: Act, door: Door = SENDER) -> HttpResponse:
    """Show the form, or record what it says. What was typed stays on the page whatever happens."""
    told: dict[str, Any] = {
        "form": form, "title": act.title, "button": act.button or act.title, "lead": act.lead, "about": act.about, "case": file.case,
        "here": door.here, "back_to": door.back,
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "web/act.html", told)
    if not form.is_valid():
        return render(request, "web/act.html", told, status=422)
    event = ""
    try:
        found = [Step(name, file.by, facts, re=re) for name, facts, re in act.steps()]
        event = found[0].event
        throttle.said(file.case.pk, mine(file) or "")
        actions.record_steps(file.case, found, key=form.cleaned_data.get("key") or None)
    except Refused as refused:
        told["problem"] = problems.of_refusal(refused, event, file.procedure)
    except BadFact as bad:
        told["problem"] = problems.of_bad_fact(bad)
    except (Busy, Stale):
        told["problem"] = problems.busy()
    except KeyReused:
        told["problem"] = problems.sent_before()
    else:
        messages.success(request, act.done)
        return redirect(door.back)
    return render(request, "web/act.html", told, status=told["problem"].status)
