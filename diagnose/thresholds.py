"""Conditions of `--fail-on`: what a pipeline refuses."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from diagnose.errors import UsageError
from diagnose.model import Diagnosis
from diagnose.units import show

_CONDITION = re.compile(r"(\w+)\s*(<|>)\s*(\d+(?:\.\d+)?)\s*(ms|s|%|/s)?$")
_SCALE = {"ms": 1e-3, "s": 1.0, "%": 1e-2, "/s": 1.0, None: 1.0}
UNITS = {
    "p50": "s",
    "p95": "s",
    "p99": "s",
    "mean": "s",
    "failures": "ratio",
    "throughput": "1/s",
}
ALLOWED: dict[str, set[str | None]] = {
    "s": {"ms", "s"},
    "ratio": {"%", None},
    "1/s": {"/s", None},
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`name above/below limit`; `bottleneck` alone has no limit."""

    name: str
    above: bool = True
    limit: float = math.nan

    def value(self, diagnosis: Diagnosis) -> float:
        """The number it is about; NaN where the run did not give it."""
        load = diagnosis.load
        if load is None:
            return math.nan
        return {
            "p50": load.p50_s,
            "p95": load.p95_s,
            "p99": load.p99_s,
            "mean": load.mean_s,
            "failures": load.failures / load.requests if load.requests else math.nan,
            "throughput": load.throughput_max_per_s,
        }[self.name]

    def holds(self, diagnosis: Diagnosis) -> bool:
        """Whether the run is to be refused. What was not measured cannot be passed: it holds."""
        if self.name == "bottleneck":
            return diagnosis.verdict == "bottleneck"
        value = self.value(diagnosis)
        if math.isnan(value):
            return True
        return value > self.limit if self.above else value < self.limit

    def says(self, diagnosis: Diagnosis) -> str:
        """Why the run is refused."""
        if self.name == "bottleneck":
            return "--fail-on bottleneck: there is one"
        unit = UNITS[self.name]
        sign = ">" if self.above else "<"
        value = show(self.value(diagnosis), unit)
        return f"--fail-on {self.name}{sign}{show(self.limit, unit)}: it is {value}"


def parse(text: str) -> list[Condition]:
    """Conditions separated by commas.

    >>> parse("p95>500ms, failures > 1%")[1]
    Condition(name='failures', above=True, limit=0.01)

    Raises:
        UsageError: one of them is not understood.
    """
    return [_one(part.strip()) for part in text.split(",") if part.strip()]


def _one(text: str) -> Condition:
    if text == "bottleneck":
        return Condition("bottleneck")
    match = _CONDITION.match(text)
    if match is None or match[1] not in UNITS or match[4] not in ALLOWED[UNITS[match[1]]]:
        raise UsageError(
            f"--fail-on does not understand {text!r}",
            hint="write bottleneck, p95>500ms, mean>0.2s, failures>1% or throughput<3000/s",
        )
    return Condition(match[1], match[2] == ">", float(match[3]) * _SCALE[match[4]])
