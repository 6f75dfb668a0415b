"""Inputs as our pages show them. Lists of choices stand in their own template, so that they are lists to a screen reader too."""

from collections.abc import Iterable
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


class Suggested(forms.TextInput):
    """A short text with suggestions below it."""

    template_name = "web/widgets/suggested.html"

    def __init__(self, suggestions: Iterable[tuple[str, Any]] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.suggestions = list(suggestions)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the list and its id."""
        found = super().get_context(name, value, attrs)
        if self.suggestions:
            found["widget"]["attrs"]["list"] = f"list_{name}"
        return {**found, "suggestions": self.suggestions, "list": f"list_{name}"}
