r"""Stamped text: what a sampling loop writes, cut into one block an output.

    while :; do echo "# $(date +%s.%N)"; nstat -az; sleep 1; done

Read as well: a stamp at the head of each line (`1795406687.556 0 262144`), ISO 8601
instead of the epoch, milliseconds, date(1)'s own form (`Mon Nov 23 04:04:47 UTC 2026`), and
lone outputs, which make one block without a time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

_EPOCH = r"(?P<epoch>\d{9,10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})"
_ISO = r"(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?)"
_DATE = r"(?P<date>[A-Z][a-z]{2} +[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d(?: [AP]M)? \S{1,5} \d{4})"
_HEAD = re.compile(rf"(?:#|=+|-+|@|>+)\s*(?:{_EPOCH}|{_ISO}|{_DATE})\s*(?:#|=+|-+)?\s*$")
_BARE = re.compile(rf"(?:{_EPOCH}|{_ISO}|{_DATE})\s*$")
_LINE = re.compile(rf"{_EPOCH}\s+(?=\S)")


# Hours east of Greenwich of abbreviations that one zone only has (CST, IST, BST have several).
ZONES = {
    **{"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "CET": 1, "WEST": 1, "CEST": 2, "EET": 2, "SAST": 2},
    **{"EEST": 3, "MSK": 3, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11},
    **{"NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8},
    **{"PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10},
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(slots=True)
class Block:
    """One output of the command. lines are (number, text) as they stood in the file."""

    at_s: float  # epoch seconds of the host's clock; NaN for a lone output
    lines: list[tuple[int, str]] = field(default_factory=list)


def stamp_s(line: str) -> float:
    """The time on a line that is nothing but a stamp; NaN on any other.

    >>> stamp_s("# 1795406687.293"), stamp_s("# 2026-11-23T04:04:47Z"), stamp_s("#kernel")
    (1795406687.293, 1795406687.0, nan)
    >>> stamp_s("Mon Nov 23 04:04:47 UTC 2026"), stamp_s("Mon Nov 23 13:04:47 JST 2026")
    (1795406687.0, 1795406687.0)
    """
    if not line or (line[0] not in "#=-@>" and not line[0].isdigit() and line[:3] not in _DAYS):
        return math.nan
    match = _HEAD.match(line) or _BARE.match(line)
    return _seconds(match) if match else math.nan


def _seconds(match: re.Match[str]) -> float:
    text = match["epoch"]
    if text is None and match["iso"] is None:
        return _seconds_of_date(match["date"])
    if text is None:
        iso = match["iso"].replace(",", ".").replace(" +", "+").replace(" -", "-")
        try:
            at = datetime.fromisoformat(iso)
        except ValueError:
            return math.nan  # a month 13, an offset of 90 hours: not a stamp
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if "." in text or len(text) <= 10:
        return float(text)
    return float(text) / 10.0 ** (len(text) - 10)


def _seconds_of_date(text: str) -> float:
    *words, zone, year = text.split()
    if zone not in ZONES:
        return math.nan
    form = "%a %b %d %I:%M:%S %p %Y" if words[-1] in ("AM", "PM") else "%a %b %d %H:%M:%S %Y"
    try:
        at = datetime.strptime(" ".join([*words, year]), form)
    except ValueError:
        return math.nan
    return at.replace(tzinfo=UTC).timestamp() - 3600.0 * ZONES[zone]


def blocks(lines: Iterable[tuple[int, str]]) -> Iterator[Block]:
    """Cut numbered lines at their stamps; text before the first stamp is a block without a time.

    >>> [(b.at_s, b.lines) for b in blocks([(1, "# 1795406687"), (2, "a 1"), (3, "b 2")])]
    [(1795406687.0, [(2, 'a 1'), (3, 'b 2')])]
    >>> [(b.at_s, b.lines) for b in blocks([(1, "1795406687.5 0 9"), (2, "1795406688.5 1 9")])]
    [(1795406687.5, [(1, '0 9')]), (1795406688.5, [(2, '1 9')])]
    """
    block = Block(math.nan)
    for number, line in lines:
        head = line[:1]
        if head.isdigit() or head in "#=-@>" or line[:3] in _DAYS:
            at_s, rest = _cut(line)
            if not math.isnan(at_s):
                if block.lines:
                    yield block
                block = Block(at_s, [(number, rest)] if rest else [])
                continue
        block.lines.append((number, line))
    if block.lines:
        yield block


def _cut(line: str) -> tuple[float, str]:
    """The stamp that a line is, or begins with, and what follows it; NaN without one."""
    at_s = stamp_s(line)
    if math.isnan(at_s) and (match := _LINE.match(line)):
        return _seconds(match), line[match.end() :]
    return at_s, ""


def unstamped(lines: Iterable[str]) -> list[str]:
    """The same lines without stamps, for telling what a file is.

    >>> unstamped(["# 1795406687.1", "State Recv-Q", "1795406688.2 0 262144"])
    ['State Recv-Q', '0 262144']
    """
    kept = []
    for line in lines:
        if math.isnan(stamp_s(line)):
            match = _LINE.match(line)
            kept.append(line[match.end() :] if match else line)
    return kept
