"""The people behind a matter beyond the first: further complainants, agents, guardians; whether they complain together and whom they elected.

Nothing here decides: each tick becomes an event that the rules judge when the matter is registered.
"""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.cases.intake import Step
from huiyin.languages import load_vocabulary
from huiyin.org.models import Officer
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import Day, Lines, Offered, field_for
from huiyin.web.forms.files import FilesField

MOST: Final = 19  # further people on one form; more of them join by cases of their own
ROLES: Final = ("complainant", "agent", "guardian")
ACTS_FOR: Final = frozenset({"agent", "guardian"})
FACTS: Final = ("name", "phone", "address", "postcode", "area", "id_number")
HOW: Final = ("in_person", "phone", "written", "wechat")


class PersonForm(forms.Form):
    """One more person. `no`: the number that the party will have."""

    def __init__(self, no: int, offered: Offered, sender: str, **more: Any) -> None:
        super().__init__(prefix=f"p{no}", **more)
        self.no, self.sender, words = no, sender, load_vocabulary()
        roles = [(r, words.roles[r]["label_zh"]) for r in (sender, *ROLES[1:])]
        self.fields["role"] = forms.ChoiceField(
            choices=roles, initial=sender, label=_("身份"), widget=widgets.Choices, error_messages={"required": _("请选择一项。")}
        )  # fmt: skip
        self.fields["role"].group = True  # type: ignore[attr-defined]
        for name in FACTS:
            self.fields[name] = field_for(words.party_facts[name], words, offered, required=name == "name")
        self.fields["for_party"] = forms.TypedChoiceField(
            choices=[(str(n), _("第%d人") % n) for n in range(1, no)], required=False, empty_value=None, label=_("代表谁"),
            help_text=_("代理人、监护人填写。"),
        )  # fmt: skip
        self.fields["powers"] = Lines(
            required=False, label=_("委托权限"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2, "class": "low"}),
            help_text=_("授权委托书写明的权限，每行一项，如“代为接受调解”。"),
        )  # fmt: skip
        self.fields["until"] = Day(required=False, label=_("委托期限至"))
        self.fields["files"] = FilesField(required=False, label=_("授权委托书"))

    @property
    def folded(self) -> list[forms.BoundField]:
        """What only somebody who acts for another fills in."""
        return [self[n] for n in ("for_party", "powers", "until", "files")]

    @property
    def in_sight(self) -> list[forms.BoundField]:
        """The rest."""
        return [self[n] for n in ("role", *FACTS)]

    @property
    def acts_for_another(self) -> bool:
        """Is the folded part needed?"""
        return self["role"].value() in ACTS_FOR or any(field.errors for field in self.folded)

    @property
    def title(self) -> str:
        """第2人."""
        return _("第%d人") % self.no

    def party(self) -> dict[str, Any]:
        """For registering."""
        own = {n: v for n in FACTS if (v := self.cleaned_data.get(n)) is not None}
        found = {"role": self.cleaned_data.get("role") or self.sender, "natural_person": True, **own}
        if found["role"] == "agent":
            found["party_role"] = "agent"
        return found

    def step(self, by: Officer, sender: str) -> Step | None:
        """The power of attorney of an agent."""
        given = self.cleaned_data
        if given.get("role") != "agent":
            return None
        facts = {
            "party": str(self.no), "for_party": given["for_party"] or "1", "powers": given["powers"], "until": given["until"],
            "files": given["files"],
        }  # fmt: skip
        return Step("agent_authorised", by, facts)


class JointForm(forms.Form):
    """Several who complain about the same: together or not, and who speaks for them."""

    joint = forms.BooleanField(
        required=False,
        label=gettext_lazy("作为共同投诉办理"),
        help_text=gettext_lazy("勾选表示您已逐一征得下面每个人的同意。"),
    )
    joint_method = forms.ChoiceField(required=False, label=gettext_lazy("怎样征得的同意"))
    elected = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("推选的代表人"),
        widget=widgets.Ticks,
        help_text=gettext_lazy("没有推选的不选。"),
    )

    def __init__(self, people: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(**more)
        methods = load_vocabulary().values["method"]
        self.fields["joint_method"].choices = [(m, methods[m]) for m in HOW]  # type: ignore[attr-defined]
        self.fields["elected"].choices = people  # type: ignore[attr-defined]
        self.fields["elected"].group = True  # type: ignore[attr-defined]
        self.fields["elected_files"] = FilesField(required=False, label=_("推选书"))

    def steps(self, by: Officer, complainants: Sequence[str]) -> list[Step]:
        """Consents, the decision to handle it as one, the election."""
        given, found = self.cleaned_data, list[Step]()
        if given.get("joint"):
            told = {"scope": "joint_handling", "method": given["joint_method"] or None}
            found += [Step("consented", by, {**told, "party": no}) for no in complainants]
            found.append(Step("joint_formed", by, {"parties": list(complainants)}))
        if given.get("elected"):
            elected = {"parties": given["elected"], "files": given["elected_files"]}
            found.append(Step("representatives_elected", by, elected))
        return found


def people_of(data: Any) -> int:
    """How many further people the form holds."""
    text = str(data.get("people", "0")) if data is not None else "0"
    return min(int(text), MOST) if text.isdecimal() and len(text) < 4 else 0
