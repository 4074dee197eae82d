"""What Artillery counts in one period, or in the whole test, as a row of the load curve."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np

from diagnose.readings import Load, LoadSeries, LoadTotals, Reading

from ._load_failures import SOCKETS, Distress, Failures, is_failure

NAN = math.nan
# An error code of Node stands for a request without an answer; other errors are failed checks.
NO_ANSWER = re.compile(r"E[A-Z_]{3,}$|ERR_[A-Z_]+$")
TIME, CODE, ERROR = "http.response_time", "http.codes.", "errors."
PLUGIN = "plugins.metrics-by-endpoint."
ROUTE_TIME = f"{PLUGIN}response_time."
ROUTE_CODE = re.compile(re.escape(PLUGIN) + r"(.+)\.codes\.(\d{3})$")
ROUTE_ERROR = re.compile(re.escape(PLUGIN) + r"(.+)\.errors\.(.+)$")
TO_FIRST_BYTE = "response times are those to the first byte"


@dataclass(slots=True)
class Period:
    """Counters and summaries (milliseconds) by the names of version 2; times are seconds."""

    began_s: float = NAN
    ended_s: float = NAN
    line: int = 0
    counters: dict[str, float] = field(default_factory=dict)
    summaries: dict[str, dict[str, float]] = field(default_factory=dict)
    users: float = NAN  # at its end, where the tool says

    def of(self, name: str) -> float:
        return self.counters.get(name, 0.0)

    @property
    def answered(self) -> float:
        """Requests with an answer."""
        return sum(count for name, count in self.counters.items() if name.startswith(CODE))

    @property
    def unanswered(self) -> float:
        """Requests without one."""
        return sum(n for name, n in self._errors().items() if NO_ANSWER.match(name))

    @property
    def requests(self) -> float:
        return self.answered + self.unanswered

    def failures(self) -> Failures:
        """Answers of 400 and above, and errors."""
        failures = Failures()
        for name, count in self.counters.items():
            code = name.removeprefix(CODE)
            if name.startswith(CODE) and code.isdigit() and is_failure(int(code)):
                failures.status(code, round(count), self.line)
        for name, count in self._errors().items():
            failures.named(name, round(count), self.line)
        return failures

    def _errors(self) -> dict[str, float]:
        return {
            name.removeprefix(ERROR): count
            for name, count in self.counters.items()
            if name.startswith(ERROR)
        }

    def seconds(self, name: str, summary: str = TIME) -> float:
        return self.summaries.get(summary, {}).get(name, NAN) / 1000

    def change(self) -> float:
        """How many users there are more at its end than at its beginning."""
        return self.of("vusers.created") - self.of("vusers.completed") - self.of("vusers.failed")


def fill(reading: Reading, periods: list[Period], whole: Period | None, relative: bool) -> None:
    """One Load of the periods, with the totals where there are any."""
    told = whole or _sum(periods)
    failures = told.failures().errors()
    series = (_series(periods),) if periods else ()
    totals = (_totals(told), *_routes(told)) if whole else ()
    reading.loads.append(
        Load("artillery", series, totals, failures, open_model=True, relative=relative)
    )
    distress = Distress()
    distress.of(failures)
    skipped = round(told.of("vusers.skipped"))
    if skipped:
        distress.add("too_few_users", f"vusers.skipped: {skipped:,}", told.line, skipped)
    reading.occurrences.extend(distress.occurrences(*SOCKETS, "too_few_users"))
    reading.notes.append(TO_FIRST_BYTE)


def _sum(periods: list[Period]) -> Period:
    total = Period(line=periods[0].line if periods else 0)
    for period in periods:
        for name, count in period.counters.items():
            total.counters[name] = total.of(name) + count
    return total


def _series(periods: list[Period]) -> LoadSeries:
    rows, alive = [], 0.0
    for period in sorted(periods, key=lambda p: p.ended_s):
        before, alive = alive, max(alive + period.change(), 0.0)
        users = period.users if not math.isnan(period.users) else (before + alive) / 2
        failed = min(float(period.failures().total), period.requests)
        times = [period.seconds(name) for name in ("mean", "median", "p95", "p99")]
        width = period.ended_s - period.began_s
        rows.append((period.ended_s, width, users, period.requests, failed, *times))
    columns = np.array(rows, float).T
    lines = np.array([period.line for period in periods], np.int64)
    at_s, width_s, alive_at, requests, failures, mean, p50, p95, p99 = columns
    return LoadSeries(at_s, width_s, alive_at, requests, failures, mean, p50, p95, p99, lines)


def _totals(whole: Period) -> LoadTotals:
    length_s = whole.ended_s - whole.began_s
    requests = whole.of("http.requests") or whole.requests
    return LoadTotals(
        requests,
        min(float(whole.failures().total), requests),
        whole.seconds("mean"),
        whole.seconds("median"),
        whole.seconds("p95"),
        whole.seconds("p99"),
        requests / length_s if length_s > 0 else NAN,
        line=whole.line,
        max_s=whole.seconds("max"),
        duration_s=length_s,
    )


def _routes(whole: Period) -> list[LoadTotals]:
    """What the plugin metrics-by-endpoint adds."""
    counts: dict[str, list[float]] = {}
    for name, count in whole.counters.items():
        if match := ROUTE_CODE.match(name):
            each = counts.setdefault(match[1], [0.0, 0.0])
            each[0] += count
            each[1] += count if int(match[2]) >= 400 else 0.0
        elif match := ROUTE_ERROR.match(name):
            each = counts.setdefault(match[1], [0.0, 0.0])
            each[0] += count if NO_ANSWER.match(match[2]) else 0.0
            each[1] += count
    return [_route(whole, route, *each) for route, each in sorted(counts.items())]


def _route(whole: Period, route: str, requests: float, failures: float) -> LoadTotals:
    times = ROUTE_TIME + route
    return LoadTotals(
        requests,
        min(failures, requests),
        whole.seconds("mean", times),
        whole.seconds("median", times),
        whole.seconds("p95", times),
        whole.seconds("p99", times),
        route=route,
        line=whole.line,
        max_s=whole.seconds("max", times),
    )
