"""Clocks and dates as sar and iostat print them, in any locale.

04:04:49 · 04:04:49 PM · 04.04.49 · 04時04分49秒 · 04시 04분 49초 · UTC 04:04:49 ص
11/23/26 · 23.11.2026 · 2026-11-23 · 2026年11月23日 · 23/11/2569 (Thai years)
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

DAY_S = 86_400
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})\s*[:.時时시點]\s*(\d\d)\s*[:.分분]\s*(\d\d)(?:[.,]\d+)?[秒초]?(?!\d)"
)
_PM = re.compile(r"p\.?\s?m|م|下午|午後|오후|μμ|ب\.?ظ", re.IGNORECASE)
_AM = re.compile(r"a\.?\s?m|ص|上午|午前|오전|πμ|ق\.?ظ", re.IGNORECASE)
_DATE = re.compile(r"(\d{1,4})\D{1,3}?(\d{1,2})\D{1,3}?(\d{1,4})")
_MONTHS = {
    m: i
    for i, m in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_BUDDHIST = 543  # years of the Thai calendar are ahead by so many


@lru_cache(maxsize=4096)
def seconds_of_day(text: str) -> tuple[int, bool] | None:
    """Seconds since midnight, and whether the clock has twelve hours; None without a clock.

    >>> seconds_of_day("04:04:49 PM"), seconds_of_day("04시 04분 49초"), seconds_of_day("Average:")
    ((57889, True), (14689, False), None)
    """
    matches = list(_CLOCK.finditer(text))
    if not matches:
        return None
    match = matches[-1]  # a date may look like a clock, and stands before it
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    rest = text[: match.start()] + text[match.end() :]
    afternoon = bool(_PM.search(rest))
    twelve = (afternoon or bool(_AM.search(rest))) and hour <= 12
    if twelve:
        hour = hour % 12 + 12 * afternoon
    if hour > 23 or minute > 59 or second > 60:
        return None
    return hour * 3600 + minute * 60 + second, twelve


def epoch_of_day(text: str, twelve: bool = False) -> tuple[float, bool]:
    """Epoch seconds of the midnight (read as UTC) that a date names, and whether it is sure.

    Of 04/05/26 the month is guessed: American where the clock has twelve hours or the
    year two digits (the C locale), else the day first. Without any date: 1970, not sure.

    >>> epoch_of_day("23.11.2026"), epoch_of_day("04/05/26"), epoch_of_day("")
    ((1795392000.0, True), (1775347200.0, False), (0.0, False))
    """
    parts, sure = _parts(_CLOCK.sub(" ", text) if ":" in text else text, twelve)
    try:
        day = date(*parts)
    except (TypeError, ValueError):
        return 0.0, False
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp(), sure


def _parts(text: str, twelve: bool) -> tuple[tuple[int, ...], bool]:
    """(year, month, day), and whether their order is sure."""
    match = _DATE.search(text)
    if match is None or any(word.lower() in _MONTHS for word in re.findall(r"[A-Za-z]{3}", text)):
        return _with_month_name(text)
    a, b, c = (int(part) for part in match.groups())
    if len(match[1]) == 4:
        return (_year(match[1]), b, c), True
    if not match[0].isascii():  # fa_IR: the year first, in two Persian digits
        return (_year(match[1]), b, c), False
    year = _year(match[3])
    day_first = a > 12 or "." in match[0]
    if day_first or b > 12 or a == b:
        return ((year, b, a) if day_first else (year, a, b)), True
    american = twelve or len(match[3]) < 4
    return ((year, a, b) if american else (year, b, a)), False


def _with_month_name(text: str) -> tuple[tuple[int, ...], bool]:
    names = [
        _MONTHS[word.lower()]
        for word in re.findall(r"[A-Za-z]{3}", text)
        if word.lower() in _MONTHS
    ]
    numbers = re.findall(r"\d+", text)
    if not names or len(numbers) < 2:
        return (), False
    day, year = sorted(numbers[:2], key=len)
    return (_year(year), names[0], int(day)), True


def _year(text: str) -> int:
    year = int(text)
    if year > 2400:
        return year - _BUDDHIST
    return year + 2000 if len(text) <= 2 else year
