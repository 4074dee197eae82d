"""What systemd's journal, or the kernel's own buffer, says of a window of time.

A unit's messages and the kernel's come from journalctl, which finds the window by itself. Without
it the kernel's log file is cut, and else dmesg is read: it counts seconds since boot, which the
host turns into its wall clock (off by what it slept, and by what its clock was set since).

Source: man 1 journalctl, man 1 dmesg
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from diagnose.collect.keeper import Keeper, Kept
from diagnose.collect.log_packed import WholeLines
from diagnose.collect.log_times import HostTime
from diagnose.collect.log_window import SLACK_S, fetch_window
from diagnose.collect.plan import Part
from diagnose.hosts.privilege import as_root
from diagnose.hosts.session import Done, Session, Sink

UNIT_FILE, KERNEL_FILE = "journal.log", "kernel.log"
FORMATS = ("short-iso-precise", "short-iso")  # systemd before 236 has no precise one
SHUT = "not seeing messages"  # of others, as journalctl tells a user without rights
HOW = "add the user to the group systemd-journal, or set sudo = true in diagnose.toml"
HOW_KERNEL = f"{HOW}; or set kernel.dmesg_restrict = 0 there"
FILES = ("/var/log/kern.log", "/var/log/messages", "/var/log/syslog")
_MARKS = b"-- "  # "-- No entries --", "-- Boot 3f… --"
_DMESG = r"""said=$(DMESG) || exit
now=$(date +%s.%N); case $now in *[!0-9.]*) now=$(date +%s) ;; esac
read -r up _ </proc/uptime || exit
printf '%s\n' "$said" | awk -v now="$now" -v up="$up" -v begin=BEGIN -v end=END '
match($0, /^(<[0-9]+>)?\[ *[0-9]+\.[0-9]+\] /) {
  head = substr($0, 1, RLENGTH); gsub(/^<[0-9]+>|[^0-9.]/, "", head)
  at = now - up + head; shown = at >= begin && at < end
  if (shown) printf "%.6f kernel: %s\n", at, substr($0, RLENGTH + 1)
}'"""


def fetch_unit(
    session: Session,
    part: Part,
    begin_s: float,
    end_s: float,
    keeper: Keeper,
    *,
    seconds: float = 120.0,
) -> None:
    """The messages of a component's unit, between two times of the host's clock."""
    if not keeper.wants(part.name, UNIT_FILE):
        return
    with keeper.keep(part.name, UNIT_FILE) as kept:
        unit = f"-u {shlex.quote(part.place.unit)}"
        kept.done = _journal(session, unit, begin_s, end_s, kept, seconds)
        _judge(kept)


def fetch_kernel(
    session: Session,
    components: Sequence[str],
    begin_s: float,
    end_s: float,
    keeper: Keeper,
    host: HostTime,
    *,
    seconds: float = 60.0,
) -> None:
    """The kernel's messages between two times of the host's clock, for all its components."""
    wanted = [name for name in components if keeper.wants(name, KERNEL_FILE)]
    if not wanted:
        return
    with ExitStack() as stack:
        kept = [
            stack.enter_context(keeper.keep(name, KERNEL_FILE, "kernel_log")) for name in wanted
        ]

        def sink(data: bytes) -> None:
            for one in kept:
                one(data)

        done, readable = _kernel(session, begin_s, end_s, sink, host, seconds)
        for one in kept:
            one.done, one.empty_will_do = done, readable
            if not readable:
                one.also = {"why": "the kernel's messages may not be read", "how": HOW_KERNEL}


def _kernel(
    session: Session, begin_s: float, end_s: float, sink: Sink, host: HostTime, seconds: float
) -> tuple[Done, bool]:
    """How it went, and whether the messages could be read at all."""
    done = _journal(session, "_TRANSPORT=kernel", begin_s, end_s, sink, seconds)
    if done.ok and SHUT not in done.stderr and "No journal files" not in done.stderr:
        return done, True
    if done.lost or done.timed_out:
        return done, False
    for path in FILES:
        got = fetch_window(session, path, begin_s, end_s, sink, host=host, seconds=seconds)
        if got.done.ok and not got.note:
            return replace(got.done, command=f"read {path}"), True
    dmesg = as_root("dmesg") if session.target.sudo else "dmesg"
    script = _DMESG.replace("DMESG", dmesg)
    script = script.replace("BEGIN", f"{begin_s - SLACK_S:.3f}").replace(
        "END", f"{end_s + SLACK_S:.3f}"
    )
    done = session.run(script, sink, seconds=seconds)
    return replace(done, command="dmesg"), done.ok


def _journal(
    session: Session, what: str, begin_s: float, end_s: float, sink: Sink, seconds: float
) -> Done:
    """Ask journalctl; what it says of itself is left out."""
    lines = WholeLines(lambda data: _plain(data, sink))
    done = Done("", None)
    for form in FORMATS:
        command = f"journalctl --no-pager {what} --since @{math.floor(begin_s - SLACK_S)}"
        command += f" --until @{math.ceil(end_s + SLACK_S)} -o {form}"
        asked = as_root(command) if session.target.sudo else command
        done = session.run(asked, lines, seconds=seconds)
        if "nknown output" not in done.stderr:
            break
    lines.end()
    return replace(done, command=command)


def _plain(data: bytes, sink: Sink) -> None:
    kept = b"".join(x for x in data.splitlines(keepends=True) if not x.startswith(_MARKS))
    if kept:
        sink(kept)


def _judge(kept: Kept) -> None:
    """A journal that was read and is silent stands; one that may not be read says so."""
    shut = SHUT in kept.done.stderr
    kept.empty_will_do = kept.done.ok and not shut
    if shut:
        kept.also = {"why": "the user sees no messages of others in the journal", "how": HOW}
