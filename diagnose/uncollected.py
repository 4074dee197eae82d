"""What could not be collected, told beside what is unknown for want of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from diagnose.collection import Collection, Uncollected
from diagnose.model import Unknown
from diagnose.telling import can_tell

WHOLE = "*"


def with_reasons(unknown: Iterable[Unknown], told: Collection | None) -> list[Unknown]:
    """Rows of what is unknown, each with why that was not collected, and what would help."""
    rows = list(unknown)
    if told is None:
        return rows
    return [_reasoned(row, told) for row in rows]


def _reasoned(row: Unknown, told: Collection) -> Unknown:
    unreached = [h for h in told.hosts if h.component == row.component and h.error]
    if unreached:
        why = f"{unreached[0].host} could not be reached: {unreached[0].error}"
        return replace(row, missing=(*row.missing, why)) if row.resource == WHOLE else row
    failures = [f for f in told.failures if f.component == row.component and _concerns(f, row)]
    if not failures:
        return row
    reasons = (f"{f.file}: {f.why} at {f.component}" for f in failures)
    hows = [how for f in failures if (how := _how(f))]
    return replace(
        row,
        missing=tuple(dict.fromkeys((*row.missing, *reasons))),
        how_to_collect="; ".join(dict.fromkeys((*hows, row.how_to_collect))).strip("; "),
    )


def _concerns(failure: Uncollected, row: Unknown) -> bool:
    """Whether what failed would have told any of what the row lacks."""
    if row.resource == WHOLE:
        return True
    gives = can_tell(failure.collector)
    return any(name in gives for missing in row.missing for name in _names(missing))


def _names(missing: str) -> Iterator[str]:
    """Names in a rule's need, as "a | b" or "a, up to the end"."""
    for name in missing.partition(",")[0].split("|"):
        yield name.strip()


def _how(failure: Uncollected) -> str:
    if failure.how and failure.command:
        return f"{failure.how}, for `{_short(failure.command)}`"
    return failure.how or (f"`{_short(failure.command)}`" if failure.command else "")


def _short(command: str, most: int = 100) -> str:
    """One line of a script."""
    first = " ".join(command.split())
    return first if len(first) <= most else f"{first[: most - 1]}…"
