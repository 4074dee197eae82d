"""Dates and clocks in whatever order a user's pattern put them, read as UTC where no zone stands.

2026/11/22 23:03:21.524 · 22.11.2026 23:03:21,524 · 11/22/2026 11:03:21 PM
So Nov 22 23:03:21 2026 · 2026-11-22T23:03:21.524+01:00
"""

from __future__ import annotations

import math
import re
from calendar import timegm

from ._log_times import offset_s
from ._months import month

_CLOCK = re.compile(
    r"(?P<h>\d{1,2})[:.](?P<m>\d\d)[:.](?P<s>\d\d)(?:[.,:](?P<part>\d{1,9}))?"
    r"(?:\s*(?P<half>[AaPp]\.?[Mm]\.?))?(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)(?!\d))?"
)
_ISO = re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<mo>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)")
_SHORT = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d\d)(?!\d)")
_NAMED = re.compile(r"(?<!\d)(\d{1,2})[. -]+([^\W\d_]{3,9})\.?[ ,-]+(\d{4})")
_NAMED_FIRST = re.compile(r"(?<![^\W\d_])([^\W\d_]{3,9})\.?[ -]+(\d{1,2})(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
Day = tuple[int, int, int]


class FormattedTimes:
    """Reads the stamps of one file: days are remembered, for there are few.

    month_first: whether 03/04/2026 is the fourth of March; None where no stamp needed it.
    """

    def __init__(self, some: list[str]) -> None:
        self.naive = False
        self.unsure = False
        self._month_first = _month_first(some)
        self._days: dict[str, float] = {}

    def at_s(self, text: str) -> float:
        """Epoch seconds; NaN for what is no stamp."""
        clocks = list(_CLOCK.finditer(text))
        clock = next((c for c in reversed(clocks) if ":" in c[0]), None)
        if clock is None:
            return math.nan
        rest = f"{text[: clock.start()]} {text[clock.end() :]}"
        day = self._days.get(rest)
        if day is None:
            day = self._days[rest] = self._day_s(rest)
        hour = int(clock["h"])
        if clock["half"]:
            hour = hour % 12 + 12 * (clock["half"][0] in "pP")
        part = float(f"0.{clock['part']}") if clock["part"] else 0.0
        self.naive |= not clock["zone"]
        seconds = hour * 3600 + int(clock["m"]) * 60 + int(clock["s"]) + part
        return day + seconds - offset_s(clock["zone"] or "")

    def _day_s(self, text: str) -> float:
        for read in (self._iso, self._short, self._named, self._named_first):
            day = read(text)
            if day and 1 <= day[1] <= 12 and 1 <= day[2] <= 31:
                return float(timegm((*day, 0, 0, 0)))
        return math.nan

    def _iso(self, text: str) -> Day | None:
        match = _ISO.search(text)
        return (int(match["y"]), int(match["mo"]), int(match["d"])) if match else None

    def _short(self, text: str) -> Day | None:
        match = _SHORT.search(text)
        if not match:
            return None
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        year += 2000 * (year < 100)
        if match[2] == ".":
            return year, second, first
        if self._month_first is None:  # American: what SimpleDateFormat's own locale is
            self.unsure = True
        month_first = self._month_first is not False
        return (year, first, second) if month_first else (year, second, first)

    def _named(self, text: str) -> Day | None:
        match = _NAMED.search(text)
        number = month(match[2]) if match else 0
        return (int(match[3]), number, int(match[1])) if match and number else None

    def _named_first(self, text: str) -> Day | None:
        year = _YEAR.search(text)
        for match in _NAMED_FIRST.finditer(text):
            if year and (number := month(match[1])):
                return int(year[1]), number, int(match[2])
        return None


def _month_first(some: list[str]) -> bool | None:
    """What the stamps show of 13/04 and 04/13; None where they show nothing."""
    dates = [match for text in some if (match := _SHORT.search(text))]
    if any(int(match[1]) > 12 for match in dates):
        return False
    return True if any(int(match[3]) > 12 for match in dates) else None


def reader(some: list[str]) -> FormattedTimes | None:
    """A reader for stamps like these; None where most of them are none."""
    times = FormattedTimes(some)
    good = sum(not math.isnan(times.at_s(text)) for text in some)
    return times if some and good >= 0.5 * len(some) else None
