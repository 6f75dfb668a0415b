"""The copies that follow every act, in order, inside its transaction. Floors above register theirs; this one imports none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from huiyin.cases.planning import Act

Refresh = Callable[[Sequence[Act]], None]
OfCases = Callable[[Sequence[int]], None]


@dataclass(frozen=True)
class Projection:
    """`refresh` is given the acts of one transaction, each with the case before and after it and the new events; `rebuild` an act without
    new events, for making the copy again. `keys`: it needs the key ring, and passes over what was erased. `in_bulk`: makes it again for many
    locked cases at once, by their ids, when it is asked for by name."""

    name: str
    refresh: Refresh
    rebuild: Refresh | None
    order: int
    keys: bool
    in_bulk: OfCases | None = None


_registered: dict[str, Projection] = {}


def register(
    name: str, refresh: Refresh, rebuild: Refresh | None = None, *, order: int = 100, keys: bool = False,
    in_bulk: OfCases | None = None,
) -> None:  # fmt: skip
    """Make a copy follow every act. Called when an app is ready; registering a name again replaces it."""
    _registered[name] = Projection(name, refresh, rebuild, order, keys, in_bulk)


def all_of_them() -> list[Projection]:
    """In the order in which they run."""
    return sorted(_registered.values(), key=lambda p: (p.order, p.name))


def refresh(acts: Sequence[Act]) -> None:
    """Bring every copy up to date with what the acts wrote."""
    for projection in all_of_them():
        projection.refresh(acts)
