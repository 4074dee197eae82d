r"""Messages of the Linux kernel: dmesg, kern.log, syslog, journalctl -k, logread.

Counted are the messages that tell of a limit (out of memory, conntrack table full, SYN
flooding, ...; see `diagnose formats`). In a syslog, lines of other programs are passed over.
The kernel holds back what it would say too often and tells how much it held back ("net_ratelimit:
3939 callbacks suppressed"): where such a line stands beside one of our messages, it counts
as that many more of them. Lines of syslog ("message repeated 5 times") likewise.

Traps: dmesg without -T counts seconds since boot and no wall clock: its messages are
counted, but have no time, and a note says so. `dmesg -T` is off by what the host slept. A
syslog names no year: see _syslog_lines. Times without a zone are the host's own.

Source: man 1 dmesg, man 1 journalctl, https://docs.kernel.org/admin-guide/sysctl/net.html#message-burst-and-message-cost
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.metrics import METRICS
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Occurrences, Reading
from diagnose.stamps import stamp_s

from ._log_messages import Messages
from ._syslog_lines import BOOT, CTIME, Clock, Entry, entry

# What tells a message, in the words of kernels from 2.6 to 6.
TABLE = r"""
out_of_memory      (?i:out of memory\b.{0,60}: ?kill)|Out of memory and no killable processes
conntrack_full     (?:nf|ip)_conntrack: .*\btable full
syn_flooding       (?i:possible SYN flooding on port)
time_wait_overflow time wait bucket table overflow
tcp_out_of_memory  TCP: out of memory|Out of socket memory
too_many_orphans   too many (?:of )?orphaned sockets
neighbour_overflow (?i:neighbou?r table overflow)
file_max_reached   VFS: file-max limit \d+ reached
io_error           (?<!\w)I/O error(?!.*\b(?:fd|sr)\d)|critical (?:medium|target) error, dev|nvme\d.*\btimeout, (?:aborting|reset)
hung_task          blocked for more than \d+ seconds
thermal_throttle   (?i:clock throttled|temperature above threshold)
napi_budget        (?i:budget exhausted after napi)
link_down          ^(?!.*(?:SATA|\bata\d|pcieport|pciehp)).*\b(?i:link (?:is |becomes )?down\b)
fork_rejected      fork rejected by pids controller
no_space           No space left on device|\bENOSPC\b|\berror -?28\b
"""  # noqa: E501
# Every message of the table has one of these in it; most lines have none, and are passed.
HINTS = tuple(
    [
        "out of",
        "table",
        "flooding",
        "orphaned",
        "file-max",
        "error",
        "timeout",
        "blocked",
        "throttled",
        "threshold",
        "budget",
        "down",
        "rejected",
        "no space",
        "enospc",
        "suppressed",
        "repeated",
    ]
)
NET = {"conntrack_full", "syn_flooding", "time_wait_overflow", "tcp_out_of_memory"} | {
    "too_many_orphans",
    "neighbour_overflow",
}
HELD_BACK = re.compile(r"(\w+): (\d{1,9}) (?:callbacks|messages) suppressed")
REPEATED = re.compile(r"message repeated (\d{1,9}) times(?:: \[ ?(.*)\]?)?")
XORG = re.compile(r"\((?:II|WW|EE|==|--|\*\*|\+\+|!!)\)")
MARKS = ("-- ", "Hint: ", "Warning: Journal")  # of journalctl itself
MOST = 100_000  # of one line that tells of others; a larger number is taken for damage
LOOKED_AT = 500  # lines of the head
NO_CLOCK = "seconds since boot: its messages are counted but have no time (use `dmesg -T`)"
YEAR = "no year in it: the latest was taken in which nothing is newer than the file"


def recognizes(head: Head) -> float:
    """Lines of dmesg, or of a syslog in which the kernel speaks."""
    lines = [line for line in head.lines if line.strip() and not line[0].isspace()][:LOOKED_AT]
    found = [one for one in map(entry, lines) if one]
    if not lines or len(found) < 0.6 * len(lines):
        return 0.0
    kernel = [one for one in found if one.program == "kernel"]
    if sum(bool(XORG.match(one.text)) for one in kernel) > 0.1 * len(kernel):
        return 0.0  # the log of an X server counts seconds too
    if sum(one.shape in (BOOT, CTIME) for one in kernel) > 0.5 * len(found):
        return 0.85
    return 0.9 if len(kernel) >= 0.5 * len(found) else 0.6 if kernel else 0.0


@collector(kind="kernel_log", title="kernel log (dmesg, syslog)", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Occurrences of every message of the kernel that is known."""
    clock, kernel, hosts = Clock(raw.where.stat().st_mtime), Kernel(), dict[str, int]()
    before = ""
    for number, line in raw.lines():
        found = entry(line)
        if found is None or not (found.program or is_repetition(found)):
            if should_be_readable(line):
                bad.note(number, line)
            continue
        if found.host:
            hosts.setdefault(found.host, number)
        program = before if is_repetition(found) else found.program
        if program == "kernel":
            kernel.take(found, clock, number, line)
        before = program
    reading = Reading(occurrences=kernel.occurrences())
    finish(reading, clock, hosts)
    return reading


def is_repetition(found: Entry) -> bool:
    """Whether a line without a program speaks of the line before it, whosever that was."""
    return not found.program and "message repeated" in found.text


def should_be_readable(line: str) -> bool:
    """Whether a line without a head is no continuation, mark or stamp."""
    text = line.strip("\0 \t")
    if not text or line[:1].isspace() or text.startswith(MARKS) or text.endswith("-- MARK --"):
        return False
    return math.isnan(stamp_s(text))


def finish(reading: Reading, clock: Clock, hosts: dict[str, int]) -> None:
    """What is to be said of the times, and whose log it is where it names one host."""
    reading.naive = clock.naive > clock.aware
    if clock.since_boot:
        reading.notes.append(NO_CLOCK)
    if clock.yearless:
        reading.notes.append(YEAR)
    if len(hosts) == 1:
        reading.facts += [Fact("host.name", host, line=line) for host, line in hosts.items()]


class Kernel:
    """Counts messages of the kernel, those that it held back as well."""

    def __init__(self) -> None:
        self._messages = Messages("kernel", TABLE)
        self._last = ""  # our message on the line before; "" where it was none of ours
        self._waiting = (0, "", 0)  # held back by whom, before a message that may follow

    def occurrences(self) -> list[Occurrences]:
        """All messages of the source "kernel", those that did not occur as well."""
        return [one for one in self._messages.occurrences() if one.metric in METRICS]

    def take(self, found: Entry, clock: Clock, number: int, line: str) -> None:
        """One line of the kernel, or one that tells of a repetition."""
        text, times = found.text, 1
        lower = text.lower()
        if not any(hint in lower for hint in HINTS):
            self._waiting, self._last = (0, "", 0), ""
            return
        if repeated := REPEATED.search(text):
            times = min(int(repeated[1]), MOST)
            text = repeated[2] or ""
        if held := HELD_BACK.search(text):
            self._held_back(held, found, clock, number, line)
            return
        slug = self._last if repeated and not text else self._messages.slug(text)
        if slug:
            at_s = clock.at_s(found)
            self._count(times, slug, at_s, number, line)
            times, by, where = self._waiting
            if times and _fits(by, slug):
                self._count(times, slug, at_s, where, line)
        self._waiting, self._last = (0, "", 0), slug

    def _held_back(
        self, held: re.Match[str], found: Entry, clock: Clock, number: int, line: str
    ) -> None:
        by, times = held[1], min(int(held[2]), MOST)
        if self._last and _fits(by, self._last):
            self._count(times, self._last, clock.at_s(found), number, line)
        else:
            self._waiting = (times, by, number)

    def _count(self, times: int, slug: str, at_s: float, number: int, line: str) -> None:
        for _ in range(times):
            self._messages.count(slug, at_s, number, line)


def _fits(by: str, slug: str) -> bool:
    """Whether a function that holds messages back may have held back this one."""
    if by == "net_ratelimit":
        return slug in NET
    return by in ("__ratelimit", "printk") or ("err" in by and slug == "io_error")
