"""cpu.stat of control groups, version 1 and 2: how often a CPU quota cut a group short.

Beside it what they use of their memory, and how often they ran into its limit.

    # 1795406687.306
    usage_usec 1023799
    nr_periods 50
    nr_throttled 50
    throttled_usec 3938134

Read stamped, and with the file's name in front as `grep . /sys/fs/cgroup/*/cpu.stat` or
`tail -n +1` write it; then the name of the group is the part, and cpu.max, cpu.cfs_quota_us,
memory.max and memory.limit_in_bytes beside it become limits. Of memory.events `max` counts how
often the group was about to pass its limit, `oom_kill` the processes that were killed in it;
memory.failcnt and memory.oom_control say the same in version 1. Periods are 100 ms long by
default. Traps: nr_periods grows only while the group has work and a quota: without a quota it
stands still, and nothing is said of throttling. throttled_time (version 1) and cpuacct.usage
are nanoseconds, throttled_usec and usage_usec microseconds, each summed over the group's
processors. Without a limit memory.limit_in_bytes is the largest number of pages that fits.

Source: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Form, Reading
from diagnose.stamps import blocks

from ._columns import Columns, limit
from ._find_groups import FIND_GROUPS

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
MEMORY = ("memory.max", "memory.limit_in_bytes")
SETTINGS = ("cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us", *MEMORY)
EVENTS = {"oom_kill": "memory.cgroup_oom_kills_per_s", "max": "memory.cgroup_max_hits_per_s"}
EVENT_FILES = ("memory.events", "memory.oom_control")
VALUES = {
    "memory.current": "memory.cgroup_bytes",
    "memory.usage_in_bytes": "memory.cgroup_bytes",
    "memory.failcnt": "memory.cgroup_max_hits_per_s",
    "cpuacct.usage": "cpu.cgroup_usage_cores",
}
NAMED_FILES = {*SETTINGS, *EVENT_FILES, *VALUES}
NO_LIMIT = 2.0**62  # bytes: memory.limit_in_bytes without a limit is just below 2^63
TREES = ("/cpu,cpuacct", "/cpuacct", "/cpu", "/memory", "")
FETCH = (
    Fetch("cgroup.txt", "$groups", prepare=FIND_GROUPS),
    Fetch("cgroup_limits.txt", "$group_limits", When.AROUND, prepare=FIND_GROUPS),
)


def recognizes(head: Head) -> float:
    """Most lines are pairs that cpu.stat has, or stand under the name of another such file."""
    good, above, told, headings = 0, "", False, 0
    for line in head.body:
        if named := NAMED.match(line):
            above, headings = named[1], headings + 1
            continue
        pair, ceiling = PAIR.match(line), CEILING.match(line)
        match = pair or ceiling
        name = _base((match["file"] if match else "") or above)
        key = pair["key"] if pair else ""
        good += key in KEYS or (match is not None and name in NAMED_FILES)
        told = told or key in SIGNS or name in NAMED_FILES
    return 0.9 if told and good >= 0.5 * (len(head.body) - headings) else 0.0


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
        """A ceiling of a group; "max" is none, and neither is what no machine has."""
        if name == "cpu.cfs_quota_us":
            self.quota[part] = float(first) if first != "max" else -1.0
        elif name == "cpu.cfs_period_us" and self.quota.get(part, -1) > 0:
            self._limit("cpu.quota_cores", self.quota[part] / float(first), part, line)
        elif name == "cpu.max" and first != "max":
            self._limit("cpu.quota_cores", float(first) / float(second or 100_000), part, line)
        elif name in MEMORY and first != "max" and float(first) < NO_LIMIT:
            self._limit("memory.cgroup_max_bytes", float(first), part, line)

    def value(self, part: str, name: str, value: float, at_s: float, line: int) -> None:
        """A file of one number: bytes in use, or a running total."""
        if name in ("memory.current", "memory.usage_in_bytes"):
            self.columns.add(VALUES[name], at_s, value, line=line, part=part)
        else:
            scale = 1e-9 if name == "cpuacct.usage" else 1.0
            self.columns.count(VALUES[name], at_s, value * scale, line=line, part=part)

    def _limit(self, name: str, value: float, part: str, line: int) -> None:
        limit(self.reading, name, value, line=line, part=part)


@collector(
    kind="cgroup_cpu",
    title="cgroup cpu.stat, memory.events",
    recognizes=recognizes,
    version=2,
    fetch=FETCH,
)
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
    pair, ceiling = PAIR.match(line), CEILING.match(line)
    match = pair or ceiling
    file = (match["file"] if match else "") or above
    part, name = _group(file), _base(file)
    if pair and name in EVENT_FILES:
        if metric := EVENTS.get(pair["key"]):
            groups.columns.count(metric, at_s, float(pair["value"]), line=number, part=part)
        return True
    if pair and name not in SETTINGS:
        groups.pair(part, pair["key"], int(pair["value"]), at_s, number)
        return True
    if ceiling is None:
        return False
    if name in VALUES and ceiling["first"].isdecimal() and not ceiling["second"]:
        groups.value(part, name, float(ceiling["first"]), at_s, number)
        return True
    if not name and ceiling["second"]:
        name = "cpu.max"
    groups.setting(part, name, ceiling["first"], ceiling["second"], number)
    return name in SETTINGS


def _base(file: str) -> str:
    """The name of a file without its folder."""
    return file.rpartition("/")[2]


def _group(file: str) -> str:
    """The name of a group from the path of one of its files.

    >>> _group("/sys/fs/cgroup/system.slice/api.service/cpu.stat"), _group("cpu.stat")
    ('system.slice/api.service', '')
    """
    folder = file.rpartition("/")[0]
    for root in (f"/sys/fs/cgroup{tree}" for tree in TREES):
        if folder == root or folder.startswith(root + "/"):
            return folder[len(root) :].strip("/")
    return folder.strip("/")
