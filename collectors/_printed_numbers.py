"""Numbers as load tools print them: with units, with thousands set apart, in colours."""

from __future__ import annotations

import math
import re

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\[\d+(?:;\d+)*m")
_SECONDS = {
    **{"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0},
    **{"sec": 1.0, "secs": 1.0, "seconds": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0},
}
_PART = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(ns|[uµμ]s|ms|secs?|seconds|min|s|m|h)(?![a-z])")
_COUNT = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)\s*([kMGT]?)$")
_TIMES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def plain(line: str) -> str:
    r"""A line without the colours of a terminal, whether their escape character survived or not.

    >>> plain("\x1b[1;33merror\x1b[0m"), plain("[1;33merror[0m")
    ('error', 'error')
    """
    return _COLOUR.sub("", line) if "m" in line or "\x1b" in line else line


def seconds(text: str) -> float:
    """A duration with its unit, or several units; NaN for anything else.

    >>> seconds("81.5ms"), seconds("1m2.5s"), seconds("0.5 secs"), seconds("-nan")
    (0.0815, 62.5, 0.5, nan)
    """
    text = text.strip()
    if not _PART.match(text) or _PART.sub("", text).strip():
        return math.nan
    made = math.fsum(
        float(number.replace(",", "")) * _SECONDS[unit] for number, unit in _PART.findall(text)
    )
    return round(made, 12)


def count(text: str) -> float:
    """A number, perhaps with k or M behind it and commas within; NaN for anything else.

    >>> count("2.08k"), count("1,295.75"), count("12"), count("-nan")
    (2080.0, 1295.75, 12.0, nan)
    """
    match = _COUNT.match(text.strip())
    return float(match[1].replace(",", "")) * _TIMES[match[2]] if match else math.nan


def whole(value: float) -> int:
    """A count that a format gives as a number; 0 where it gives none."""
    return round(value) if math.isfinite(value) else 0
