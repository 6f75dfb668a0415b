"""Fields over lists that an office keeps as data: the category trees, the directory of other authorities."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from huiyin.core.categories import Category, Scheme
from huiyin.org import categories
from huiyin.org.queries import today


class Tree(forms.CheckboxSelectMultiple):
    """Ticks in folding groups, one a scheme; with scripts a box above them looks for words. `groups`: (title, categories)."""

    template_name = "web/widgets/tree.html"

    def __init__(self, groups: Sequence[tuple[str, Sequence[Category]]] = ()) -> None:
        super().__init__()
        self.groups = groups

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The groups with what is ticked in each."""
        found = super().get_context(name, value, attrs)
        chosen = {str(one) for one in (value if isinstance(value, list | tuple | set) else [value] if value else [])}
        id_ = found["widget"]["attrs"].get("id", f"id_{name}")
        found["groups"] = [
            {
                "title": title,
                "ticks": [
                    {
                        "id": f"{id_}_{c.id.replace(':', '_')}", "value": c.id, "label": c.label, "deep": len(c.path) - 1,
                        "words": " ".join((*c.path, *c.words)), "checked": c.id in chosen,
                    }
                    for c in known
                ],
                "count": sum(c.id in chosen for c in known),
            }
            for title, known in self.groups
        ]  # fmt: skip
        return found


class CategoryField(forms.MultipleChoiceField):
    """Categories of the trees in use today; None when none is chosen."""

    def __init__(self, on: date | None = None, kind: str | None = None, **more: Any) -> None:
        groups = [(scheme.title, known) for scheme, known in categories.choices(on or today(), kind)]
        more.setdefault("help_text", _("可以选几个，选最接近的。"))
        self.known = [(c.id, c.path_text) for _title, known in groups for c in known]
        super().__init__(choices=self.known, widget=Tree(groups), **more)
        self.group = True

    def clean(self, value: Any) -> Any:
        """As a list, in the order in which the trees stand."""
        found = super().clean(value)
        return [id for id, _label in self.known if id in found] or None


class OneCategory(forms.TypedChoiceField):
    """One category, from a list that opens: for the public, who are asked one simple question. `schemes`: which trees."""

    def __init__(self, kind: str, schemes: Iterable[str] = (), on: date | None = None, **more: Any) -> None:
        wanted = set(schemes)
        found = [(s, known) for s, known in categories.choices(on or today(), kind) if not wanted or s.code in wanted]
        super().__init__(
            choices=[("", _("不选，由工作人员判断")), *_options(found)],
            empty_value=None,
            coerce=lambda id: [id],
            **more,
        )


def _options(found: Sequence[tuple[Scheme, Sequence[Category]]]) -> list[tuple[str, Any]]:
    """Of several trees in groups; those below another one are told by the whole way down."""
    groups = [(s.title, [(c.id, c.path_text) for c in known]) for s, known in found]
    return list(groups[0][1]) if len(groups) == 1 else list(groups)


class AuthorityField(forms.TypedChoiceField):
    """Another authority from the directory. What is recorded is what the person is told: name, telephone, day of the last check. What stood
    there before (of a proposal) stays as it is."""

    def __init__(self, options: Sequence[tuple[str, Any]], **more: Any) -> None:
        more["help_text"] = _("从部门目录里选。选中后，部门名称、电话和核对日期记入这一步。")
        super().__init__(choices=[("", _("请选择")), *options], empty_value=None, **more)

    def valid_value(self, value: Any) -> bool:
        """Also the words of an entry as they were approved."""
        return super().valid_value(value) or value == self.initial


def category_field(kind: str | None = None, **more: Any) -> forms.Field:
    """The picker of a form at the desk."""
    return CategoryField(kind=kind, **more)


def authority_field(options: Sequence[tuple[str, Any]], **more: Any) -> forms.Field:
    """A choice from the directory; while an office has none, free words."""
    if options:
        return AuthorityField(options, **more)
    return forms.CharField(max_length=500, empty_value=None, **more)
