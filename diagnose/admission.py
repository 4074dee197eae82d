"""What is refused when a collector, a rule or a report announces itself."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Any

from diagnose.errors import UsageError
from diagnose.metrics import LIMITS, METRICS, RESOURCES
from diagnose.model import ROLES

_CHECKOUT = Path(__file__).resolve().parent.parent


def refuse_path_import(thing: Any, wing: str) -> None:
    """A file of ours that is imported as another module than diagnose.* would be there twice."""
    module = thing.__module__
    ours = module.partition(".")[0] == wing and file_of(thing).parent == _CHECKOUT / wing
    if ours:
        raise ImportError(f"{module} was imported by path; import diagnose.{wing}.*")


def refuse_second(what: str, name: str, first: Any, second: Any) -> None:
    """One name, one thing; a file that is imported anew may announce itself anew.

    Raises:
        UsageError: another file has that name.
    """
    if file_of(first) != file_of(second):
        raise UsageError(
            f"{file_of(second)}: there is a {what} {name!r} already, in {file_of(first)}",
            hint=f"give your {what} another name",
        )


def refuse_strange_words(
    check: Any,
    resource: str,
    roles: tuple[str, ...],
    needs: tuple[str, ...],
    explained_by: tuple[str, ...],
) -> None:
    """A word that nobody knows would make a rule silent for ever, and nobody would see why.

    Raises:
        UsageError: with words that are near.
    """
    for what, texts in (("roles", roles), ("needs", needs), ("explained_by", explained_by)):
        if isinstance(texts, str):
            hint = f"write {what}=({texts!r},), with the comma"
            raise UsageError(f"{file_of(check)}: {what} is one text, not several", hint=hint)
    asked = [name.strip() for need in needs for name in need.split("|")]
    words = (
        ("resource", [resource], RESOURCES),
        ("role", roles, ROLES),
        ("resource in explained_by", explained_by, RESOURCES),
        ("need", [name for name in asked if not _may_be_a_fact(name)], (*METRICS, *LIMITS)),
    )
    for what, given, known in words:
        for word in given:
            if word not in known:
                near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
                hint = f"did you mean {' or '.join(near)}?" if near else f"use: {', '.join(known)}"
                raise UsageError(f"{file_of(check)}: there is no {what} {word!r}", hint=hint[:400])


def _may_be_a_fact(name: str) -> bool:
    """Facts have no vocabulary; what is nearly a metric or a limit is one that was misspelt."""
    if name == "statements" or name in METRICS or name in LIMITS:
        return True
    return "." in name and not difflib.get_close_matches(name, (*METRICS, *LIMITS), 1, 0.9)


def file_of(thing: Any) -> Path:
    """The file that a function stands in; its module's name where that has none."""
    return Path(getattr(sys.modules.get(thing.__module__), "__file__", None) or thing.__module__)
