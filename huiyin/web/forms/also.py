"""What a desk may do in the same act as registering: accept, dispatch, link to an earlier case, register the other half of a letter."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin import languages
from huiyin.cases.intake import Step
from huiyin.core.offers import Offer
from huiyin.languages import load_vocabulary
from huiyin.org.models import Officer
from huiyin.web.forms.fields import LONGEST, Offered, field_for

USUAL: Final = {"accepted": ("text",), "dispatched": ("to", "dispatch_kind", "case_subject", "opinion")}
RELATIONS: Final = ("repeat", "same_matter", "supplement", "downstream")
NOT_FOR_A_REPORT: Final = ("demand", "amount_fen", "loss_fen", "negotiated", "within_mediation", "other_way_taken")


class ThenForm(forms.Form):
    """Accepting and dispatching at once. `offers`: what the officer could record after registering, by event."""

    def __init__(self, offers: Mapping[str, Offer], offered: Offered, **more: Any) -> None:
        super().__init__(prefix="then", **more)
        self.asks: dict[str, list[str]] = {}
        if "accepted" in offers:
            self.fields["accept"] = forms.BooleanField(required=False, label=_("同时受理"))
        for event, usual in USUAL.items():
            if event in offers:
                self._ask(event, dict.fromkeys((*usual, *offers[event].needs)), offered)
        if "dispatched" in offers:
            self.fields["dispatched_to"].label = _("同时转给")
            self.fields["dispatched_to"].help_text = _("不转的不选；转给本单位办理的，流转方式选“自办”。")

    def _ask(self, event: str, names: Iterable[str], offered: Offered) -> None:
        """What the step says usually, and what its rules want said."""
        words = load_vocabulary()
        facts = words.events[event].facts
        self.asks[event] = [name for name in names if name in facts]
        for name in self.asks[event]:
            label = _("%(step)s：%(fact)s") % {"step": words.events[event].label_zh, "fact": facts[name].label_zh}
            self.fields[f"{event}_{name}"] = field_for(facts[name], words, offered, required=False, label=label)

    def steps(self, by: Officer) -> list[Step]:
        """In the order in which they are recorded."""
        wanted = {"accepted": self.cleaned_data.get("accept"), "dispatched": self.cleaned_data.get("dispatched_to")}
        return [
            Step(event, by, {name: self.cleaned_data.get(f"{event}_{name}") for name in names})
            for event, names in self.asks.items()
            if wanted[event]
        ]


class LinkForm(forms.Form):
    """An earlier case that this one repeats or belongs to. `numbers`: those that the page showed."""

    link_to = forms.CharField(required=False, max_length=120)
    relation = forms.ChoiceField(required=False)

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        labels = load_vocabulary().values["relation"]
        self.fields["relation"].choices = [(r, labels[r]) for r in RELATIONS]  # type: ignore[attr-defined]

    def steps(self, by: Officer) -> list[Step]:
        """The link, if one was chosen."""
        number = self.cleaned_data.get("link_to", "").strip()
        return (
            [Step("linked", by, {"with": number, "relation": self.cleaned_data["relation"] or "repeat"})]
            if number
            else []
        )


class OtherHalfForm(forms.Form):
    """The other half of a letter that is both. `kind`: what the other half is."""

    both = forms.BooleanField(required=False)

    def __init__(self, kind: str, **more: Any) -> None:
        super().__init__(prefix="other", **more)
        self.kind = kind
        report = kind == "report"
        self.fields["both"].label = _("来件同时是举报，分为两件登记") if report else _("来件同时是投诉，分为两件登记")
        self.fields["what"] = forms.CharField(
            required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
            label=_("举报的违法事实") if report else _("投诉的事情"),
        )  # fmt: skip
        if report:
            self.fields["real_name"] = forms.ChoiceField(
                required=False, label=_("举报部分"), initial="true",
                choices=[("true", _("实名：举报人就是上面的人，其身份只对办理举报的人可见")), ("false", _("匿名：举报件不记载身份"))],
                widget=forms.RadioSelect,
            )  # fmt: skip
            self.fields["real_name"].widget.template_name = "web/widgets/choices.html"
            self.fields["real_name"].group = True  # type: ignore[attr-defined]
        else:
            self.fields["demand"] = forms.CharField(
                required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}), label=_("投诉要求")
            )

    def clean(self) -> dict[str, Any]:
        """Two cases have two matters."""
        found = super().clean() or {}
        if found.get("both") and not found.get("what", "").strip():
            self.add_error("what", gettext_lazy("请写明另一件的事实。"))
        return found

    @property
    def wanted(self) -> bool:
        """Are two cases wanted?"""
        return bool(self.cleaned_data.get("both"))

    def split(self, parties: list[dict[str, Any]]) -> Mapping[str, Any]:
        """What `split` is told. `parties`: of the first half."""
        given = self.cleaned_data
        facts: dict[str, Any] = {"what": given["what"], "summary": None}
        with languages.in_source():
            found: dict[str, Any] = {"kind": self.kind, "reason": _("同一来件既有投诉又有举报，分别办理")}
        if self.kind == "report":
            named = given.get("real_name") != "false"
            facts["real_name"] = named
            if not named:
                others = [p for p in parties if p["role"] == "respondent"]
                found["parties"] = [{"role": "reporter"}, *others]
            found["without"] = NOT_FOR_A_REPORT
        else:
            facts["demand"] = given.get("demand")
        return {**found, "facts": {n: v for n, v in facts.items() if v is not None}}
