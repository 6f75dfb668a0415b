"""Forms of the parties' own pages: offers between the two sides, the respondent's answer, an objection."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.languages import load_vocabulary
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import Offered, field_for
from huiyin.web.forms.files import FilesField

LONGEST: Final = 20_000
YES, NO, LATER = "yes", "no", ""


class Keyed(forms.Form):
    """With the mark by which a form that was sent twice is carried out once."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写这一项。")


class OfferForm(Keyed):
    """What one side offers the other."""

    text = forms.CharField(
        label=gettext_lazy("您的方案"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("例如“退款199元，商品由我寄回，运费由商家承担”。对方会看到这段话，请不要写电话、住址等个人信息。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        words = load_vocabulary()
        own = words.events["settlement_offered"].facts
        self.fields["settled_fen"] = field_for(
            own["settled_fen"],
            words,
            Offered(),
            label=_("涉及的金额（元）"),
            required=False,
            help_text=_("没有金额可以不填。"),
        )
        self.fields["answer_by"] = field_for(
            own["answer_by"],
            words,
            Offered(),
            label=_("希望对方在什么时候以前答复"),
            required=False,
            help_text=_("可以不填。"),
        )


class OfferAnswerForm(Keyed):
    """Yes or no to an offer."""

    agreed = forms.TypedChoiceField(
        label=gettext_lazy("您同意这个方案吗"), widget=widgets.Choices(attrs={"class": "down"}), coerce=lambda v: v == YES, empty_value=None,
        choices=((YES, gettext_lazy("同意")), (NO, gettext_lazy("不同意"))),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("想对对方说明的"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("不同意的，写明差在哪里，对方才好调整。也可以另提方案。对方会看到这段话。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["agreed"].group = True  # type: ignore[attr-defined]
        self.fields["agreed"].error_messages["required"] = _("请选择一项。")


class ObjectionForm(Keyed):
    """What the person thinks is wrong with the handling or its result."""

    text = forms.CharField(
        label=gettext_lazy("您对什么有异议，为什么"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("写明哪一点不对、您认为应当怎样。有新的材料，可以在“补充材料”里交。"),
    )  # fmt: skip


class ReplyForm(Keyed):
    """What the respondent says to what it was asked, with files, and whether it will have the dispute mediated."""

    text = forms.CharField(
        label=gettext_lazy("您的答复"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("写明事情经过、您的意见和愿意怎样解决。"),
    )  # fmt: skip
    consent = forms.ChoiceField(
        label=gettext_lazy("是否愿意由我们主持调解"), required=False, widget=widgets.Choices(attrs={"class": "down"}),
        choices=((YES, gettext_lazy("愿意")), (NO, gettext_lazy("不愿意")), (LATER, gettext_lazy("现在不表示"))),
    )  # fmt: skip

    def __init__(self, *args: Any, asks_consent: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["files"] = FilesField(label=_("进货凭证、检测报告、聊天记录等材料"), required=False, papers=False)
        self.order_fields(["text", "files", "consent"])
        if asks_consent:
            self.fields["consent"].group = True  # type: ignore[attr-defined]
            self.fields["consent"].why = _("调解须双方自愿。不愿意的，投诉人会被告知其他途径。")  # type: ignore[attr-defined]
        else:
            del self.fields["consent"]

    def clean(self) -> dict[str, Any]:
        """Something must be said, handed in or chosen."""
        found = super().clean() or {}
        said = found.get("text", "").strip() or found.get("files")
        if not said and not self.errors:
            self.add_error("text", _("请写明您的答复，或选择要交的材料。"))
        return found
