"""Money that rules compute: by bands, in decimal numbers, rounded once at the end; and acts whose money must be that amount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

from huiyin.core.context import Ctx
from huiyin.core.entries import Amount, AmountCheck, Band
from huiyin.core.model import Event

FEN = Decimal(100)  # in a yuan
ROUNDING = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "up": ROUND_UP}
ROUNDS = tuple(f"{unit}_{how}" for unit in ("fen", "yuan") for how in ROUNDING)


def by_bands(bands: Sequence[Band], yuan: Decimal) -> Decimal:
    """Each part of the sum at the rate of its band."""
    total, below = Decimal(0), Decimal(0)
    for band in bands:
        part = yuan - below if band.up_to is None else min(yuan, band.up_to) - below
        if part <= 0:
            break
        total += part * band.rate
        below = band.up_to if band.up_to is not None else yuan
    return total


def in_fen(rule: Amount, yuan: Decimal) -> int:
    """Rounded as the rule says, in fen."""
    unit, _, how = rule.round.partition("_")
    step = FEN if unit == "yuan" else Decimal(1)
    return int((yuan * FEN / step).quantize(Decimal(1), ROUNDING[how]) * step)


def amount(rule: Amount, ctx: Ctx) -> int | None:
    """What the rule comes to on this case, in fen; none where a fact or setting it rests on is not known."""
    if rule.fixed is not None:
        yuan = rule.fixed
    elif rule.setting is not None:
        value = ctx.ask(f"setting:{rule.setting}", {"world": "setting", "name": rule.setting}, override=rule.setting)
        if value is None:
            return None
        yuan = Decimal(int(value)) / FEN
    else:
        sums = [known for name in rule.of if (known := money(ctx, name)) is not None]
        if not sums:
            return None
        yuan = by_bands(rule.bands, Decimal(sum(sums)) / FEN)
    if rule.at_least is not None:
        yuan = max(yuan, rule.at_least)
    if rule.at_most is not None:
        yuan = min(yuan, rule.at_most)
    return in_fen(rule, yuan)


def money(ctx: Ctx, name: str) -> int | None:
    """A fact of the act, of the case, or of the newest act that has it, in fen."""
    value = ctx.fact(name)
    if value is None:
        found = [e for e in ctx.view.effective if e.seq <= ctx.upto and name in e.facts]
        value = found[-1].facts[name] if found else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def amounts(ctx: Ctx) -> dict[str, int]:
    """Every amount that applies to the case as it stands, by name, in fen."""
    found = {a.name: amount(a, ctx) for a in ctx.procedure.amounts if a.applies(ctx)}
    return {name: fen for name, fen in found.items() if fen is not None}


# -- acts that must keep to it


def faults(ctx: Ctx, event: Event) -> tuple[list[Amount], dict[str, Any]]:
    """Rules that this act does not keep to, and what they come to. What is shared by several people must not be more than the whole,
    and the case is not archived before it is the whole."""
    failed: list[Amount] = []
    data: dict[str, Any] = {}
    for rule in ctx.procedure.amounts:
        if rule.checks and rule.applies(ctx) and not _kept(ctx, rule, event):
            failed.append(rule)
            data[rule.name] = amount(rule, ctx)
    return failed, data


def _kept(ctx: Ctx, rule: Amount, event: Event) -> bool:
    for check in rule.checks:
        if event.name == "archived" and rule.adds_up and check.times is None:
            shares = _shares(ctx, check)
            if shares and sum(shares) != amount(rule, ctx):
                return False
        if not check.on.matches(event, ctx):
            continue
        given, whole = _given(check, event), amount(rule, ctx)
        if given is None or whole is None:
            continue
        if rule.adds_up and check.times is None:
            if given + sum(_shares(ctx, check)) > whole:
                return False
        elif given != whole:
            return False
    return True


def _given(check: AmountCheck, event: Event) -> int | None:
    value = event.facts.get(check.fact)
    if value is None:
        return None
    return int(value) * int(event.facts.get(check.times, 1) if check.times else 1)


def _shares(ctx: Ctx, check: AmountCheck) -> list[int]:
    """What earlier acts have shared out already."""
    earlier = [e for n in check.on.names for e in ctx.view.by_name.get(n, ()) if e.seq <= ctx.upto]
    return [g for e in earlier if check.on.matches(e, ctx) and (g := _given(check, e)) is not None]
