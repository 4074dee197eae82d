"""One run of httperf, gathered from the lines that it printed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np

from diagnose.readings import LoadSeries, LoadTotals

from ._load_failures import Distress, Failures
from ._printed_numbers import count

COMMAND = re.compile(r"httperf (?=-)(?:--?[\w-]+(?:[= ]\S+)? ?)+$")
OPTION = re.compile(r"--([\w-]+)(?:=(\S+))?")
REPLY_RATE = re.compile(r"reply-rate = (\d+(?:\.\d+)?)\s*$")
PERIODIC = re.compile(r"\[(\d+\.\d+) s\] 200=(\d+), 302=(\d+)\s*$")
SAMPLE_S = 5.0  # RATE_INTERVAL of src/httperf.h
TOTAL = re.compile(
    r"Total: connections (\d+) requests (\d+) replies (\d+) test-duration (\d+(?:\.\d+)?) s"
)
FIELDS = {
    "connection": re.compile(r"Connection time \[ms\]: min \S+ avg (\S+) max \S+ median"),
    "longest": re.compile(r"Connection time \[ms\]: min \S+ avg \S+ max (\S+) median"),
    "median": re.compile(r"Connection time \[ms\]: .* median (\S+) stddev"),
    "connect": re.compile(r"Connection time \[ms\]: connect (\S+)"),
    "length": re.compile(r"Connection length \[replies/conn\]: (\S+)"),
    "rate": re.compile(r"Request rate: (\S+) req/s"),
    "response": re.compile(r"Reply time \[ms\]: response (\S+) transfer"),
    "transfer": re.compile(r"Reply time \[ms\]: response \S+ transfer (\S+)"),
}
LABEL = re.compile(
    r"(?:Total|Connection (?:time \[ms\]|length)|Request rate|Reply (?:time|status)|Errors).*:"
)
STATUS = re.compile(r"Reply status: .*4xx=(\d+) 5xx=(\d+)")
ERRORS = re.compile(
    r"\b(client-timo|socket-timo|connrefused|connreset|fd-unavail|addrunavail"
    r"|ftab-full|other) (\d+)"
)
KINDS = {
    **{"client-timo": "timeout", "socket-timo": "timeout", "connrefused": "refused"},
    **{"connreset": "reset", "fd-unavail": "other", "addrunavail": "other"},
    **{"ftab-full": "other", "other": "other"},
}
OWN = {"fd-unavail": "too_many_open_files", "ftab-full": "too_many_open_files"}
OWN |= {"addrunavail": "no_local_address"}


def is_command(line: str) -> bool:
    """The command line that httperf echoes first."""
    return "--client=" in line and COMMAND.match(line) is not None


@dataclass(slots=True)
class Run:
    """One run; line: where "Total:" stands."""

    options: dict[str, str] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    total: tuple[int, int, int, float] | None = None
    line: int = 0
    errors: dict[str, tuple[int, int]] = field(default_factory=dict)
    status: dict[str, tuple[int, int]] = field(default_factory=dict)
    rates: list[tuple[float, int]] = field(default_factory=list)
    periods: list[tuple[float, int, int]] = field(default_factory=list)  # end, replies, line

    def takes(self, number: int, line: str) -> bool:
        """Take what a line tells; False where a known label has no number."""
        if is_command(line):
            self.options = {name: value or "" for name, value in OPTION.findall(line)}
        elif rate := REPLY_RATE.match(line):
            self.rates.append((float(rate[1]), number))
        elif period := PERIODIC.match(line):
            self.periods.append((float(period[1]), int(period[2]) + int(period[3]), number))
        elif LABEL.match(line):
            return self._label(number, line)
        return True

    def _label(self, number: int, line: str) -> bool:
        found = False
        if total := TOTAL.match(line):
            self.total = (int(total[1]), int(total[2]), int(total[3]), float(total[4]))
            self.line, found = number, True
        for name, pattern in FIELDS.items():
            if match := pattern.match(line):
                self.values[name] = count(match[1]) if "," not in match[1] else math.nan
                found |= "nan" in match[1] or not math.isnan(self.values[name])
        if status := STATUS.match(line):
            self.status = {"4xx": (int(status[1]), number), "5xx": (int(status[2]), number)}
            found = True
        for name, times in ERRORS.findall(line) if line.startswith("Errors:") else ():
            self.errors[name], found = (int(times), number), True
        return found

    @property
    def open_model(self) -> bool:
        """Without a rate a connection begins when the one before it has ended."""
        return self._number("rate") > 0 or "period" in self.options

    def offered_per_s(self) -> float:
        """Requests a second that were asked for; NaN where the command does not say."""
        rate = self._number("rate")
        period = self.options.get("period", "").lstrip("deu").split(",")[0]
        if not rate > 0 and re.fullmatch(r"\d*\.?\d+", period) and float(period) > 0:
            rate = 1 / float(period)
        return rate * self._calls() if rate > 0 else math.nan

    def _calls(self) -> float:
        """Requests of a connection, or of a session."""
        if "wsess" in self.options:
            session = self.options["wsess"].split(",")
            return float(session[1]) if len(session) > 1 and session[1].isdigit() else math.nan
        if {"wsesslog", "wlog", "wsesspage"} & self.options.keys():
            return math.nan
        return self._number("num-calls", 1.0)

    def _number(self, option: str, default: float = math.nan) -> float:
        try:
            return float(self.options.get(option, default))
        except ValueError:
            return default

    def failures(self) -> Failures:
        """Replies 4xx and 5xx, and calls without a reply."""
        failures = Failures()
        for status, (times, line) in self.status.items():
            failures.status(status, times, line)
        for name, (times, line) in self.errors.items():
            failures.named(f"httperf counts: {name}", times, line, KINDS[name])
        return failures

    def distress(self, distress: Distress) -> None:
        """What httperf itself could not do."""
        for name, slug in OWN.items():
            times, line = self.errors.get(name, (0, 0))
            if times:
                distress.add(slug, f"httperf counts: {name} {times}", line, times)

    def totals(self) -> LoadTotals | None:
        """None where httperf printed no summary."""
        if self.total is None:
            return None
        _, sent, replies, length_s = self.total
        unanswered = sum(times for times, _ in self.errors.values())
        requests = max(sent, replies + unanswered)
        one_each = replies > 0 and self.values.get("length") == 1.0
        return LoadTotals(
            requests,
            min(self.failures().total, requests),
            self._mean_ms() / 1000 if replies else math.nan,
            self.values.get("median", math.nan) / 1000 if one_each else math.nan,
            throughput_per_s=requests / length_s if length_s > 0 else math.nan,
            line=self.line,
            max_s=self.values.get("longest", math.nan) / 1000 if one_each else math.nan,
            duration_s=length_s,
            offered_per_s=self.offered_per_s(),
        )

    def _mean_ms(self) -> float:
        """Of a reply, with the call's share of connecting."""
        value = self.values
        length = value.get("length", math.nan)
        connect = value.get("connect", math.nan) / length if length else math.nan
        return value.get("response", math.nan) + value.get("transfer", math.nan) + connect

    def series(self) -> tuple[LoadSeries, ...]:
        """Replies by interval, where -v or --periodic-stats printed them."""
        if len(self.periods) > 1:
            ends = np.array([end for end, _, _ in self.periods])
            return (
                self._series(ends, [n for _, n, _ in self.periods], [x for *_, x in self.periods]),
            )
        if len(self.rates) > 1:
            ends = np.arange(1, len(self.rates) + 1) * SAMPLE_S
            return (
                self._series(
                    ends, [r * SAMPLE_S for r, _ in self.rates], [x for _, x in self.rates]
                ),
            )
        return ()

    @staticmethod
    def _series(ends: np.ndarray, counts: list[float], lines: list[int]) -> LoadSeries:
        none = np.full(ends.size, np.nan)
        return LoadSeries(
            ends, np.diff(ends, prepend=0.0), none, np.array(counts, float), none, none, none, none,
            none, np.array(lines, np.int64),
        )  # fmt: skip
