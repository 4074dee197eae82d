"""cpu.stat of control groups, version 1 and 2: how often a CPU quota cut a group short.

    # 1795406687.306
    usage_usec 1023799
    nr_periods 50
    nr_throttled 50
    throttled_usec 3938134

Read stamped, and with the file's name in front as `grep . /sys/fs/cgroup/*/cpu.stat` or
`tail -n +1` write it; then the name of the group is the part, and cpu.max, cpu.cfs_quota_us
and memory.max beside it become limits. Periods are 100 ms long by default. Traps: nr_periods
grows only while the group has work and a quota: without a quota it stands still, and nothing
is said of throttling. throttled_time (version 1) is nanoseconds, throttled_usec microseconds,
each summed over the group's processors.

Source: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Form, Reading
from diagnose.stamps import blocks

from ._columns import Columns, limit

PAIR = re.compile(
    r"(?:(?P<file>\S*[/.]\S*?):\s?)?(?P<key>[a-z_]+(?:\.[a-z_]+)*) (?P<value>\d+)\s*$"
)
CEILING = re.compile(r"(?:(?P<file>\S+?):\s?)?(?P<first>max|-?\d+)(?: (?P<second>\d+))?\s*$")
NAMED = re.compile(r"==> (\S+) <==")
SECONDS = {"throttled_usec": 1e-6, "throttled_time": 1e-9, "usage_usec": 1e-6}
METRIC = {
    "throttled_usec": "cpu.throttled_s_per_s",
    "throttled_time": "cpu.throttled_s_per_s",
    "usage_usec": "cpu.cgroup_usage_cores",
}
SIGNS = {"nr_periods", "nr_throttled", "throttled_usec", "throttled_time", "usage_usec"}
KEYS = SIGNS | {
    "user_usec", "system_usec", "nice_usec", "core_sched.force_idle_usec",
    "nr_bursts", "burst_usec", "burst_time", "wait_sum", "current_bw",
}  # fmt: skip
SETTINGS = ("cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us", "memory.max")


def recognizes(head: Head) -> float:
    """Most lines are pairs that cpu.stat has."""
    pairs = [match for line in head.body if (match := PAIR.match(line))]
    keys = [match["key"] for match in pairs]
    if not SIGNS & set(keys) or sum(key in KEYS for key in keys) < 0.5 * len(head.body):
        return 0.0
    return 0.9


@dataclass(slots=True)
class _Groups:
    """What was read so far, by group."""

    reading: Reading = field(default_factory=Reading)
    columns: Columns = field(default_factory=Columns)
    periods: dict[str, float] = field(default_factory=dict)
    before: dict[str, tuple[float, float]] = field(default_factory=dict)  # periods, throttled
    quota: dict[str, float] = field(default_factory=dict)

    def pair(self, part: str, key: str, value: int, at_s: float, line: int) -> None:
        """One line of cpu.stat."""
        if key in METRIC:
            self.columns.count(METRIC[key], at_s, value * SECONDS[key], line=line, part=part)
        elif key == "nr_periods":
            self.periods[part] = float(value)
        elif key == "nr_throttled" and part in self.periods:
            self._throttled(part, float(value), at_s, line)

    def _throttled(self, part: str, throttled: float, at_s: float, line: int) -> None:
        periods = self.periods.pop(part)
        if part in self.before and not math.isnan(at_s):
            more, cut_short = periods - self.before[part][0], throttled - self.before[part][1]
            ratio = min(cut_short / more, 1.0) if more > 0 <= cut_short else math.nan
            self.columns.add(
                "cpu.throttled_ratio", at_s, ratio, line=line, part=part, form=Form.MEAN
            )
        self.before[part] = (periods, throttled)

    def setting(self, part: str, name: str, first: str, second: str | None, line: int) -> None:
        """cpu.max, cpu.cfs_quota_us with its period, memory.max; "max" is no limit."""
        if name == "cpu.cfs_quota_us":
            self.quota[part] = float(first) if first != "max" else -1.0
        elif name == "cpu.cfs_period_us" and self.quota.get(part, -1) > 0:
            self._limit("cpu.quota_cores", self.quota[part] / float(first), part, line)
        elif name == "cpu.max" and first != "max":
            self._limit("cpu.quota_cores", float(first) / float(second or 100_000), part, line)
        elif name == "memory.max" and first != "max":
            self._limit("memory.cgroup_max_bytes", float(first), part, line)

    def _limit(self, name: str, value: float, part: str, line: int) -> None:
        limit(self.reading, name, value, line=line, part=part)


@collector(kind="cgroup_cpu", title="cgroup cpu.stat", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Running totals by group, the share of periods cut short, and the quota."""
    groups = _Groups()
    for block in blocks(raw.lines()):
        above = ""
        for number, line in block.lines:
            if named := NAMED.match(line):
                above = named[1]
            elif line.strip() and not _read(groups, line, above, block.at_s, number):
                bad.note(number, line)
    groups.reading.samples = groups.columns.samples()
    return groups.reading


def _read(groups: _Groups, line: str, above: str, at_s: float, number: int) -> bool:
    """One line, whatever file it is of; False where it is of none."""
    if pair := PAIR.match(line):
        part = _group(pair["file"] or above)
        groups.pair(part, pair["key"], int(pair["value"]), at_s, number)
        return True
    ceiling = CEILING.match(line)
    if ceiling is None:
        return False
    file = ceiling["file"] or above
    name = next((name for name in SETTINGS if file.endswith(name)), "")
    if not name and ceiling["second"] and not file:
        name = "cpu.max"
    groups.setting(_group(file), name, ceiling["first"], ceiling["second"], number)
    return bool(name)


def _group(file: str) -> str:
    """The name of a group from the path of one of its files.

    >>> _group("/sys/fs/cgroup/system.slice/api.service/cpu.stat"), _group("cpu.stat")
    ('system.slice/api.service', '')
    """
    folder = file.rpartition("/")[0]
    for root in ("/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup"):
        if folder == root or folder.startswith(root + "/"):
            return folder[len(root) :].strip("/")
    return folder.strip("/")
