"""What forms say of a field that is not right: plain sentences of ours in place of Django's, which speak of variables, fields and values."""

from typing import Any, Final

from django.core import validators
from django.forms import fields
from django.utils.translation import gettext_lazy

OF_FIELDS: Final = {
    fields.Field: {"required": gettext_lazy("请填写这一项。")},
    fields.BooleanField: {"required": gettext_lazy("请勾选这一项。")},
    fields.ChoiceField: {"required": gettext_lazy("请选择一项。"), "invalid_choice": gettext_lazy("请从列出的选项里选。")},
    fields.MultipleChoiceField: {"required": gettext_lazy("请至少选择一项。"), "invalid_choice": gettext_lazy("请从列出的选项里选。")},
    fields.FileField: {"required": gettext_lazy("请选择文件。"), "empty": gettext_lazy("这个文件是空的，请另选。")},
    fields.IntegerField: {"invalid": gettext_lazy("请填写整数，如 12。")},
    fields.DecimalField: {"invalid": gettext_lazy("请填写数字，如 199.50。")},
    fields.DateField: {"invalid": gettext_lazy("请写成 2026-05-29 这样的日期。")},
    fields.TimeField: {"invalid": gettext_lazy("请写成 09:00 这样的时间。")},
}  # fmt: skip


def in_plain_words() -> None:
    """From now on. Called before any form is made: a field reads these when it is."""
    for field, told in OF_FIELDS.items():
        field.default_error_messages = {**field.__dict__.get("default_error_messages", {}), **told}  # type: ignore[attr-defined]
    validators.MaxLengthValidator.message = gettext_lazy("最多 %(limit_value)s 个字，现在有 %(show_value)s 个。")
    validators.MinLengthValidator.message = gettext_lazy("至少 %(limit_value)s 个字，现在有 %(show_value)s 个。")
    validators.MaxValueValidator.message = gettext_lazy("不能大于 %(limit_value)s。")
    validators.MinValueValidator.message = gettext_lazy("不能小于 %(limit_value)s。")
    said: dict[str, Any] = {
        **validators.DecimalValidator.messages,
        "max_digits": gettext_lazy("数字太长，一共最多 %(max)s 位。"),
        "max_decimal_places": gettext_lazy("小数点后最多 %(max)s 位。"),
        "max_whole_digits": gettext_lazy("小数点前最多 %(max)s 位。"),
    }
    validators.DecimalValidator.messages = said
