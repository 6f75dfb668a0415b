"""What forms say of a field: in plain sentences of ours, whatever is wrong with it."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

import huiyin.web  # noqa: F401  says it at its import


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        (forms.CharField(), "", "请填写这一项。"),
        (forms.CharField(max_length=3), "四个字了", "最多 3 个字，现在有 4 个。"),
        (forms.ChoiceField(choices=[("a", "甲")]), "", "请选择一项。"),
        (forms.ChoiceField(choices=[("a", "甲")]), "b", "请从列出的选项里选。"),
        (forms.TypedChoiceField(choices=[("a", "甲")]), "", "请选择一项。"),
        (forms.MultipleChoiceField(choices=[("a", "甲")]), [], "请至少选择一项。"),
        (forms.IntegerField(), "x", "请填写整数，如 12。"),
        (forms.IntegerField(max_value=9), "10", "不能大于 9。"),
        (forms.DecimalField(), "两百", "请填写数字，如 199.50。"),
        (forms.DecimalField(decimal_places=2), "1.999", "小数点后最多 2 位。"),
        (forms.DateField(), "2026-02-30", "请写成 2026-05-29 这样的日期。"),
    ],
)
def test_what_is_wrong_is_said_in_our_words(field, typed, said):
    with pytest.raises(ValidationError) as wrong:
        field.clean(typed)
    assert wrong.value.messages == [said]
