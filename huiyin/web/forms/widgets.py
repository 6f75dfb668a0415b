"""Inputs as our pages show them. Lists of choices stand in their own template, so that they are lists to a screen reader too."""

from typing import Any

from django import forms


class Choices(forms.RadioSelect):
    """One of a few, all in sight."""

    template_name = "web/widgets/choices.html"


class Ticks(forms.CheckboxSelectMultiple):
    """Any of a list; a long list scrolls in a frame of its own."""

    template_name = "web/widgets/choices.html"


class Moment(forms.DateTimeInput):
    """Date and time by the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class Day(forms.DateInput):
    """A date by the browser's own picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class Length(forms.MultiWidget):
    """A number and its unit of time, side by side."""

    template_name = "web/widgets/beside.html"

    def decompress(self, value: Any) -> list[Any]:
        """Of a Period, or nothing."""
        return [value.n, value.unit] if value else [None, None]
