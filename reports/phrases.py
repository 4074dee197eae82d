"""The sentences that all reports share, so that no two of them say it differently."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime

from diagnose.model import (
    Diagnosis,
    Explains,
    Inflection,
    LoadSummary,
    Suspect,
)
from diagnose.units import digits, show

VERDICTS = {
    "bottleneck": "Bottleneck",
    "no_bottleneck": "No bottleneck",
    "insufficient_evidence": "Insufficient evidence",
}
SYMPTOMS = {
    "latency": "mean response time",
    "failures": "failures",
    "throughput": "throughput",
}
SYMPTOM_SHARE_SHOWN = 0.005  # a smaller share is none (a choice)
FINEST_PLACES = 5  # decimals of a second that are told of a stretch (a choice)
LONG_S = 120.0  # from here on moments are written min:s (a choice)
NBSP = "\u00a0"
UNITS = r"(?:%|µs|ms|s|min|[GMK]iB|[GMk]?B/s|B|bytes)"
_NUMBER_AND_UNIT = re.compile(rf"(?<=\d) (?={UNITS}(?![\w/]))")
_SPOKEN = {"cpu": "CPU", "nic": "NIC", "gc": "GC", "dns": "DNS", "syn": "SYN", "db": "DB"}


def clean(text: str) -> str:
    """Control characters shown as what they are not: able to steer a terminal or a page.

    >>> clean("a\\x1b[31m\\tb")
    'a�[31m b'
    """
    if text.isprintable():
        return text
    return "".join(_visible(c) for c in text)


def _visible(c: str) -> str:
    if c in "\t\n\r":
        return " "
    return "\ufffd" if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") else c


def bound(text: str) -> str:
    """A number and its unit stay on one line.

    >>> bound("427 ms of 2 s at 72 %, 3 suspects").split(" ")
    ['427\\xa0ms', 'of', '2\\xa0s', 'at', '72\\xa0%,', '3', 'suspects']
    """
    return _NUMBER_AND_UNIT.sub(NBSP, clean(text))


def spoken(resource: str) -> str:
    """A resource or a check as people write it.

    >>> spoken("nic_receive"), spoken("db_connections"), spoken("*")
    ('NIC receive', 'DB connections', 'everything')
    """
    if resource == "*":
        return "everything"
    if resource == "unexplained":
        return "own time"
    return " ".join(_SPOKEN.get(word, word) for word in resource.split("_"))


def sentence(text: str) -> str:
    """With a full stop. Its first letter stays: it may be a name or a command.

    >>> sentence("nothing failed"), sentence("eth0 dropped 3.")
    ('nothing failed.', 'eth0 dropped 3.')
    """
    text = text.strip()
    return text if not text or text[-1] in ".!?:" else f"{text}."


def at(seconds: float) -> str:
    """A moment of the load.

    >>> at(22.63), at(754.2), at(4000)
    ('22.6 s', '12:34', '1:06:40')
    """
    if abs(seconds) < LONG_S:
        return show(round(seconds, 1), "s") if seconds else "0 s"
    whole = round(abs(seconds))
    hours, rest = divmod(whole, 3600)
    sign = "-" if seconds < 0 else ""
    clock = f"{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
    return f"{sign}{hours}:{clock}" if hours else f"{sign}{clock}"


def utc(epoch_s: float, form: str = "%H:%M:%S") -> str:
    """A time of day in UTC; "" where it is not known.

    >>> utc(1795406693.4), utc(math.nan)
    ('04:04:53', '')
    """
    if not math.isfinite(epoch_s):
        return ""
    return f"{datetime.fromtimestamp(epoch_s, UTC):{form}}"


def explains(part: Explains) -> str:
    """Which part of the symptom a suspect accounts for; "" where nothing is known.

    >>> explains(Explains(0.41, 0.84, 0.97))
    '84 % of the added time (410 ms a request) and 97 % of the failures'
    >>> explains(Explains(0.0, 0.0, 0.97)), explains(Explains(math.nan, math.nan, math.nan))
    ('97 % of the failures', '')
    """
    known = [not math.isnan(s) for s in (part.seconds_share, part.failures_share)]
    said = []
    if part.seconds_share >= SYMPTOM_SHARE_SHOWN:
        seconds = "" if math.isnan(part.seconds) else f" ({show(part.seconds, 's')} a request)"
        said.append(f"{show(part.seconds_share, 'ratio')} of the added time{seconds}")
    if part.failures_share >= SYMPTOM_SHARE_SHOWN:
        said.append(f"{show(part.failures_share, 'ratio')} of the failures")
    return " and ".join(said) or ("next to nothing of what users felt" if any(known) else "")


def onset(suspect: Suspect, d: Diagnosis) -> str:
    """When a suspect's pattern began; "" where that is not known."""
    if math.isnan(suspect.onset_s):
        return ""
    clock = utc(d.started_epoch_s + suspect.onset_s)
    moment = f"{at(suspect.onset_s)}{f' ({clock} UTC)' if clock else ''}"
    if not d.inflections:
        return moment
    lead = d.inflections[0].at_s - suspect.onset_s
    low, high = d.inflections[0].interval_s
    if low <= suspect.onset_s <= high or abs(lead) < 1:
        return f"{moment}, as the run turned"
    side = "before" if lead > 0 else "after"
    return f"{moment}, {at(round(abs(lead)))} {side} the run turned"


def turned(turn: Inflection) -> str:
    """When, at which load, and how much worse."""
    low, high = turn.interval_s
    interval = "" if math.isnan(low + high) else f" ({_range(low, high)})"
    load = _all_known((turn.users, "1", " users"), (turn.throughput_per_s, "1/s", ""))
    where = f" at {' and '.join(load)}" if load else ""
    before, after = show(turn.before, turn.unit), show(turn.after, turn.unit)
    return f"{at(turn.at_s)}{interval}{where}: {SYMPTOMS[turn.symptom]} {before} → {after}"


LOOSE = 0.2  # a law that leaves more of throughput unexplained is not spoken of (a choice)


def scaling(d: Diagnosis) -> str:
    """How throughput grows with users (Universal Scalability Law); "" where it cannot be told."""
    law = d.scalability
    if law is None or law.unexplained_ratio > LOOSE or d.load is None:
        return ""
    said = f"one user gets {show(law.throughput_of_one, '1/s')}"
    shares = f"{show(law.contention, 'ratio')} of the work waits in line (contention)"
    far = 3 * d.load.users_max if not math.isnan(d.load.users_max) else math.inf
    if math.isinf(law.peak_users) or law.peak_users > far:
        return f"{said}, {shares}; no peak of throughput is in sight"
    low, high = law.peak_interval
    between = f"{low:,.0f}–{high:,.0f}" if math.isfinite(high) else f"{low:,.0f} or more"
    peak = f"{show(law.most_per_s, '1/s')} at about {law.peak_users:,.0f} users ({between})"
    seen = law.peak_users <= d.load.users_max
    return f"{said}, {shares}; throughput {'peaks' if seen else 'would peak'} at {peak}"


def _range(low: float, high: float) -> str:
    """Both ends of an interval, the unit once."""
    one, other = at(low), at(high)
    return f"{one.removesuffix(' s')}–{other}" if other.endswith(" s") else f"{one}–{other}"


def _all_known(*values: tuple[float, str, str]) -> list[str]:
    return [f"{show(v, unit)}{after}" for v, unit, after in values if not math.isnan(v)]


def volume(load: LoadSummary) -> str:
    """How much was asked, and how much of it failed.

    >>> from diagnose.model import NAN
    >>> volume(LoadSummary("k6", 4842, 249, 150, 130.3, NAN, NAN, NAN, NAN, "", ""))
    '4,842 requests, 249 failed (5.1 %), up to 150 users and 130/s'
    """
    failed = "none failed" if load.failures == 0 else f"{count(load.failures)} failed"
    if load.failures > 0 and load.requests > 0:
        failed += f" ({show(load.failures / load.requests, 'ratio')})"
    most = _all_known((load.users_max, "1", " users"), (load.throughput_max_per_s, "1/s", ""))
    upto = f", up to {' and '.join(most)}" if most else ""
    return f"{count(load.requests)} requests, {failed}{upto}"


def response_times(load: LoadSummary) -> str:
    """Mean and percentiles that are known."""
    named = (("mean", load.mean_s), ("p50", load.p50_s), ("p95", load.p95_s), ("p99", load.p99_s))
    return ", ".join(f"{name} {show(v, 's')}" for name, v in named if not math.isnan(v))


def period(load: LoadSummary) -> str:
    """From when to when, on one day or across days."""
    try:
        start, end = (datetime.fromisoformat(t) for t in (load.started, load.ended))
    except ValueError:
        return ""
    last = f"{end:%H:%M:%S}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M:%S}"
    return f"{start:%Y-%m-%d %H:%M:%S} to {last} UTC"


def count(value: float) -> str:
    """A whole number in full, thousands grouped; "–" where it was not measured.

    >>> count(17386), count(math.nan), count(0.4)
    ('17,386', '–', '0.4')
    """
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else digits(value)


def share(value: float) -> str:
    """A part of a whole, to a tenth of a per cent.

    >>> share(0.7231), share(-0.0000033), share(math.nan)
    ('72 %', '0 %', '–')
    """
    return "–" if math.isnan(value) else amount(round(value, 3), "ratio")


def stretch(seconds: float) -> str:
    """Mean seconds of a stretch of the way, no finer than what clocks and logs can tell.

    >>> stretch(-0.00000145), stretch(0.0004381), stretch(1.0432), stretch(math.nan)
    ('0 s', '440 µs', '1.04 s', '–')
    """
    return "–" if math.isnan(seconds) else amount(round(seconds, FINEST_PLACES), "s")


def amount(value: float, unit: str) -> str:
    """A quantity that may be negative.

    >>> amount(-0.0002, "s"), amount(0.35, "s")
    ('−200 µs', '350 ms')
    """
    return f"−{show(-value, unit)}" if value < 0 else show(value, unit)
