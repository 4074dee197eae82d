"""Which column of a table of metrics is what, long or wide."""

from __future__ import annotations

import re
from dataclasses import dataclass

from diagnose.metrics import METRICS

# As it stands before any table adds to it: reading one must not change how the next is read.
VOCABULARY = frozenset(METRICS)

TIME = ("time", "timestamp", "ts", "date", "datetime", "@timestamp", "epoch", "_time")
COMPONENT = (
    "component",
    "service",
    "host",
    "instance",
    "hostname",
    "node",
    "server",
    "machine",
    "pod",
)
METRIC = ("metric", "metric_name", "name", "__name__", "measurement", "signal")
VALUE = ("value", "val", "_value")
UNIT, KIND = ("unit", "units"), ("kind", "type", "form")
PART = ("part", "device", "interface", "core")
# Columns by which other tools' tables are told: those are not tables of metrics.
FOREIGN = {
    "elapsed",
    "label",
    "responsecode",
    "threadname",
    "check",
    "expected_response",
    "scenario",
}
RESOURCE_ENDS = re.compile(
    r"(?:cpu|mem|memory|disk|diskio|io|net|network|latency|latency-\d+|error|errors|load|workload|"
    r"socket|rps|qps|throughput|requests)(?:[_-][\w-]+)?$"
)
_PART = re.compile(r"(.+?)\s*[\[{]([^\[\]{}]*)[\]}]$")
_ADDRESS = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})[.:/](.+)$")


@dataclass(frozen=True, slots=True)
class Wide:
    """A column of values: whose, of what."""

    column: str
    component: str  # "" for the host whose folder the table lies in
    metric: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns by their role; `wide` is empty for a long table."""

    time: str
    component: str = ""
    metric: str = ""
    value: str = ""
    unit: str = ""
    kind: str = ""
    part: str = ""
    wide: tuple[Wide, ...] = ()
    certainty: float = 0.0


def shape_of(columns: list[str]) -> Shape | None:
    """The shape of a table with these columns; None where it is none of ours."""
    plain = {name.strip().lower(): name for name in reversed(columns)}
    if FOREIGN & plain.keys() or len(set(columns)) != len(columns):
        return None
    time, metric, value = (_one_of(plain, names) for names in (TIME, METRIC, VALUE))
    if time and metric and value:
        roles = (_one_of(plain, names) for names in (COMPONENT, UNIT, KIND, PART))
        component, unit, kind, part = roles
        return Shape(time, component, metric, value, unit, kind, part, certainty=0.7)
    if columns[0].strip().lower() not in TIME or len(columns) < 2:
        return None
    return _wide(columns)


def _one_of(plain: dict[str, str], names: tuple[str, ...]) -> str:
    return next((plain[name] for name in names if name in plain), "")


def _wide(columns: list[str]) -> Shape | None:
    dotted = [_split(name) for name in columns[1:]]
    if all(dotted):
        wide = tuple(w for w in dotted if w)
        known = any(w.metric in VOCABULARY for w in wide)
        return Shape(columns[0], wide=wide, certainty=0.7 if known else 0.5)
    scored = [_underscored(name) for name in columns[1:]]
    if len(scored) > 1 and all(scored):
        return Shape(columns[0], wide=tuple(w for w in scored if w), certainty=0.35)
    return None


def _split(column: str) -> Wide | None:
    """`component.metric[part]`; a metric of the vocabulary may stand without a component."""
    name, part = column.strip(), ""
    if match := _PART.match(name):
        name, part = match[1], match[2]
    if name in VOCABULARY:
        return Wide(column, "", name, part)
    if match := _ADDRESS.match(name):
        return Wide(column, match[1], match[2], part)
    cuts = [at for at, sign in enumerate(name) if sign in "./:"]
    for at in cuts:
        if at and name[at + 1 :] in VOCABULARY:
            return Wide(column, name[:at], name[at + 1 :], part)
    for sign in "/:.":
        component, found, metric = name.partition(sign)
        if found and re.match(r"\w", component) and re.match(r"[A-Za-z]\w{2}", metric):
            return (
                None if metric in ("sec", "min", "hour") else Wide(column, component, metric, part)
            )
    return None


def _underscored(column: str) -> Wide | None:
    """`service_cpu`: published failure data name their columns so."""
    component, found, metric = column.strip().partition("_")
    if not found or RESOURCE_ENDS.match(component) or not RESOURCE_ENDS.search(metric):
        return None
    return Wide(column, component, metric)
