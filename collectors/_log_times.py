"""Time stamps in lines of text logs, whatever their shape.

    2026-11-23T04:04:46.204Z   2026-11-23 04:04:46,204   2026/11/23 - 04:04:46
    [23/Nov/2026:04:04:46 +0000]   1795406686.204   1795406686204

A stamp without a zone is read as UTC and counted in `naive`.
"""

from __future__ import annotations

import math
import re
from calendar import timegm
from datetime import datetime

_ZONE = r"Z|[ ]?(?:UTC|GMT)\b|[ ]?[+-]\d\d:?\d\d(?![\d:])"
_EPOCH = r"1\d{9}(?:\.\d{1,9}|\d{3}|\d{6}|\d{9})?(?![\w.:-])"
STAMP = re.compile(
    rf"(?P<day>\d{{4}}[-/]\d\d[-/]\d\d)(?:[T ]|[ ]-[ ])(?P<time>\d\d:\d\d:\d\d)"
    rf"(?:[.,](?P<part>\d{{1,9}}))?(?P<zone>{_ZONE})?"
    r"|(?P<clf>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)(?:[.,](?P<clfpart>\d+))?"
    r"(?:[ ](?P<clfzone>[+-]\d{4}))?"
    rf'|(?:^\[?|\b(?:ts|t|time|timestamp|@timestamp)=?[=:]"?)(?P<epoch>{_EPOCH})'
)
WITHIN = 160  # characters of a line in which its stamp is looked for


def epoch_s(number: float) -> float:
    """Seconds of an epoch in s, ms, µs or ns; NaN for what is none of our century.

    >>> epoch_s(1795406687123), epoch_s(1795406687.5), epoch_s(404)
    (1795406687.123, 1795406687.5, nan)
    """
    for scale in (1.0, 1e3, 1e6, 1e9):
        if 8e8 <= number / scale < 8e9:
            return number / scale
    return math.nan


def offset_s(zone: str) -> float:
    """Seconds east of UTC.

    >>> offset_s("+0530"), offset_s("-03:00"), offset_s("Z"), offset_s(" UTC")
    (19800.0, -10800.0, 0.0, 0.0)
    """
    zone = zone.strip()
    if not zone or zone[0] not in "+-":
        return 0.0
    digits = zone[1:].replace(":", "")
    seconds = 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:4] or 0)
    return -seconds if zone[0] == "-" else seconds


class LogTimes:
    """Reads stamps; remembers the seconds it has seen, for lines of a log share them."""

    def __init__(self) -> None:
        self.naive = 0
        self.aware = 0
        self._seconds: dict[str, float] = {}

    @property
    def mostly_naive(self) -> bool:
        return self.naive > self.aware

    def find(self, line: str) -> tuple[float, int]:
        """(epoch seconds, where the stamp ends) of a line; (NaN, 0) where it bears none.

        >>> LogTimes().find("[INFO] 2026-11-23 04:04:47,500 started")
        (1795406687.5, 30)
        """
        match = STAMP.search(line, 0, WITHIN)
        return (self._seconds_of(match), match.end()) if match else (math.nan, 0)

    def at(self, text: object) -> float:
        """Epoch seconds of a value of JSON: a number or a text; NaN for anything else."""
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            self.aware += 1
            return epoch_s(float(text))
        if not isinstance(text, str):
            return math.nan
        found, _ = self.find(text)
        return found

    def _seconds_of(self, match: re.Match[str]) -> float:
        day, time, part, zone, clf, clfpart, clfzone, epoch = match.groups()
        if epoch:
            self.aware += 1
            return epoch_s(float(epoch))
        if clf:
            part, zone = clfpart, clfzone
        key = clf or day + time
        second = self._seconds.get(key)
        if second is None:
            second = self._remember(key, clf)
        if zone is None:
            self.naive += 1
            return second + (float("0." + part) if part else 0.0)
        self.aware += 1
        at = second + (float("0." + part) if part else 0.0)
        return at if zone == "Z" else at - offset_s(zone)

    def _remember(self, key: str, clf: str | None) -> float:
        if len(self._seconds) > 100_000:
            self._seconds.clear()
        form = "%d/%b/%Y:%H:%M:%S" if clf else "%Y-%m-%d%H:%M:%S"
        try:
            at = datetime.strptime(key if clf else key.replace("/", "-"), form)
        except ValueError:  # a day that no calendar has
            self._seconds[key] = math.nan
        else:
            self._seconds[key] = float(timegm(at.timetuple()))
        return self._seconds[key]
