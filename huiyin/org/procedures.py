"""Procedures in the shell: the rules that are there, the compiled texts that cases pin, and what each unit has adopted (D10)."""

import threading
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.core.compose import Library, compile_source, digest, load_library, procedure_source
from huiyin.core.errors import RuleError
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import RULES
from huiyin.org import categories, snapshot, systems
from huiyin.org.models import CompiledProcedure
from huiyin.org.snapshot import Adopted


class RulesChanged(Exception):
    """A rule set differs from the stored text of the same version: its edition was not raised."""


class UnknownProcedure(LookupError):
    """No stored procedure has this hash, or its stored text was altered."""


@lru_cache(maxsize=1)
def library() -> Library:
    """The shipped rules, with an office's own (HUIYIN_RULES) after them; read once in a process. Raises RuleError."""
    folders = (RULES, Path(settings.RULES)) if settings.RULES else (RULES,)
    return load_library(folders)


_compiled: dict[str, Procedure] = {}
_lock = threading.Lock()


def procedure_for(hash: str) -> Procedure:
    """The procedure a case pins, compiled from its stored text once in a process. Raises UnknownProcedure."""
    found = _compiled.get(hash)
    if found is None:
        with _lock:
            found = _compiled.get(hash) or _compile(hash)
            _compiled[hash] = found
    return found


def _compile(hash: str) -> Procedure:
    source = CompiledProcedure.objects.filter(hash=hash).values_list("source", flat=True).first()
    if source is None:
        raise UnknownProcedure(f"no procedure is stored with the hash {hash}")
    if digest(source) != hash:
        raise UnknownProcedure(f"the stored text of procedure {hash} was altered")
    return compile_source(source)


def versions_of(procedure: Procedure) -> str:
    """Its rule sets with in_force and edition: what tells one version of a procedure from another."""
    return ", ".join(f"{s.code}@{s.in_force.isoformat()}/{s.edition}" for s in procedure.rule_sets)


def store(procedure: Procedure) -> CompiledProcedure:
    """Store the compiled text; storing it again does nothing. Raises RulesChanged when this version is stored with other words."""
    found = CompiledProcedure.objects.filter(hash=procedure.hash).first()
    if found is not None:
        return found
    refuse_changed(procedure)
    row = CompiledProcedure(
        hash=procedure.hash, procedure_id=procedure.id, label=procedure.label, kinds=list(procedure.kinds),
        in_force=procedure.version, versions=versions_of(procedure), source=procedure_source(procedure, library()),
        stored_at=timezone.now(),
    )  # fmt: skip
    with transaction.atomic():
        CompiledProcedure.objects.bulk_create([row], ignore_conflicts=True)  # two processes may store it together
    return CompiledProcedure.objects.get(hash=procedure.hash)


def refuse_changed(procedure: Procedure) -> None:
    """Raises RulesChanged when this version of the procedure is stored with another hash."""
    versions = versions_of(procedure)
    other = (
        CompiledProcedure.objects.filter(procedure_id=procedure.id, versions=versions)
        .exclude(hash=procedure.hash)
        .first()
    )
    if other is not None:
        raise RulesChanged(
            _(
                "程序 %(id)s（%(versions)s）的规则文字已改动，但版本没有变：库中为 %(old)s…，现为 %(new)s…。"
                "请恢复原文件，或把改动过的规则文件的 edition 加一。"
            )
            % {"id": procedure.id, "versions": versions, "old": other.hash[:12], "new": procedure.hash[:12]}
        )


def problems() -> list[str]:
    """Why the site must not start with these rules: they cannot be read, or changed without a new edition. Empty when it may."""
    library.cache_clear()
    categories.trees.cache_clear()
    systems.systems.cache_clear()
    try:
        rules = library()
        categories.trees()
        systems.systems()
        stored = set(CompiledProcedure.objects.values_list("procedure_id", flat=True).distinct())
        for id in sorted(stored & rules.procedures.keys()):
            for procedure in all_versions(rules, id):
                refuse_changed(procedure)
    except RuleError as error:
        return [_("规则文件有错：%(error)s") % {"error": error}]
    except RulesChanged as error:
        return [str(error)]
    return []


def all_versions(rules: Library, id: str) -> list[Procedure]:
    """The procedure as in force from each day on which one of its rule sets changed."""
    days = {version.in_force for code in rules.procedures[id]["rule_sets"] for version in rules.sets.get(code, ())}
    return [rules.procedure(id, day) for day in sorted(days)]


def adopted(unit: str, kind: str | None = None, on: date | None = None) -> list[Adopted]:
    """Procedures the unit works by on that day (the local date of the beginning event), for cases of a kind, the nearest adopter first."""
    found = snapshot.current().adopted(unit, on or timezone.localdate())
    return [a for a in found if kind is None or kind in a.kinds]
