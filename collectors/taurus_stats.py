"""Taurus's final statistics (final-stats with dump-csv or dump-xml): one row or group a label.

    label,avg_ct,avg_lt,avg_rt,bytes,concurrency,fail,stdev_rt,succ,throughput,perc_0.0,…,rc_200
    ,0.00104,0.15773,0.15775,2376250,40,0,0.05919,4040,4040,0.01600,…,4040

Seconds. The total has an empty label and stands anywhere. `throughput` is the number of samples,
no rate; the length of the test stands in the XML alone. Percentiles are of merged buckets. Over
ab the mean is told as 0 where percentiles are right: it is taken for unknown.

Source: https://gettaurus.org/docs/Reporting/
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.delimited import Columns, header_columns, table
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._load_failures import Failures, is_failure

NEEDED = {"label", "avg_rt", "concurrency", "succ", "fail", "throughput"}
GROUP = re.compile(r'<Group label="([^"]*)">|</Group>')
VALUE = re.compile(r'<(\w+) value="([^"]*)"(?: param="([^"]*)")?')
DURATION = re.compile(r"<TestDuration>(\d+(?:\.\d+)?)<")
CODE = re.compile(r"rc_(\d{3})$")
NO_SERIES = "totals of the whole test, no series: kpi.jtl or the tool's own log has one"


def is_header(columns: Columns) -> bool:
    """The columns that every version writes."""
    return columns.keys() >= NEEDED


def recognizes(head: Head) -> float:
    """By the header of the CSV, or the root of the XML."""
    if "<FinalStatus>" in head.text[:300]:
        return 0.97
    return 0.97 if any(is_header(header_columns(line)) for line in head.lines[:3]) else 0.0


@dataclass(slots=True)
class _Label:
    """Numbers of one label, under the names of the CSV."""

    name: str
    line: int
    values: dict[str, float] = field(default_factory=dict)

    def of(self, name: str) -> float:
        return self.values.get(name, math.nan)

    def totals(self, length_s: float) -> LoadTotals:
        requests = self.of("succ") + self.of("fail")
        median_s, mean_s = self.of("perc_50.0"), self.of("avg_rt")
        return LoadTotals(
            requests,
            self.of("fail"),
            math.nan if mean_s == 0 and median_s > 0 else mean_s,
            median_s,
            self.of("perc_95.0"),
            self.of("perc_99.0"),
            requests / length_s if length_s > 0 else math.nan,
            self.name,
            self.line,
            max_s=self.of("perc_100.0"),
            duration_s=length_s,
            users=self.of("concurrency") or math.nan,
        )

    def failures(self) -> Failures:
        """By status, and the rest that has no status of a failure."""
        failures = Failures()
        for name, count in self.values.items():
            if (match := CODE.match(name)) and is_failure(int(match[1])):
                failures.status(match[1], round(count), self.line)
        rest = self.of("fail") - failures.total
        if rest > 0:
            failures.named("failed samples without a status of 400 and above", round(rest))
        return failures


@collector(
    kind="taurus_stats",
    title="Taurus final statistics",
    recognizes=recognizes,
    role="load_generator",
    tool="Taurus",
    gives=("percentiles", "errors", "users", "routes"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadTotals a label, errors by status."""
    reading, length_s = Reading(facts=[Fact("load.tool", "taurus")]), math.nan
    if "<FinalStatus>" in raw.head().text[:300]:
        length_s, labels = _xml(raw)
    else:
        labels = list(_csv(raw, bad))
    told = [label for label in labels if not math.isnan(label.of("succ") + label.of("fail"))]
    whole = [label for label in told if not label.name]
    if told:
        totals = tuple(label.totals(length_s) for label in told)
        errors = whole[-1].failures().errors() if whole else ()
        reading.loads.append(Load("taurus", totals=totals, errors=errors))
    if not whole:
        reading.notes.append("the row of all labels together is missing: it was cut")
    reading.notes.append(NO_SERIES)
    return reading


def _csv(raw: RawFile, bad: BadLines) -> Iterator[_Label]:
    for row in table(raw, bad, is_header):
        label = _Label(row.cell("label"), row.line)
        for name in row.columns.keys() - {"label"}:
            value = row.number(name)
            if not math.isnan(value):
                label.values[name] = value
        yield label


def _xml(raw: RawFile) -> tuple[float, list[_Label]]:
    """(length of the test, labels); a group that has no end is kept with what it has."""
    length_s, labels = math.nan, list[_Label]()
    for number, line in raw.lines():
        if match := DURATION.search(line):
            length_s = float(match[1])
        elif (match := GROUP.search(line)) and match[1] is not None:
            labels.append(_Label(match[1], number))
        elif labels and (match := VALUE.search(line)):
            name = {"perc": "perc_", "rc": "rc_"}.get(match[1], match[1]) + (match[3] or "")
            try:
                labels[-1].values[name] = float(match[2])
            except ValueError:
                continue
    return length_s, labels
