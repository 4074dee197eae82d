"""All logs of a component: marked before the load, fetched after it, or cut to a window.

    marked = mark(session, part)                    before the load
    since(session, marked, part, keeper, clock)     after it: all that was written meanwhile
    window(session, part, span, keeper, clock)      where no load ran under us: by the stamps

Each becomes raw/<component>/<name of the log>, an empty one where nothing was written. The
manifest says of each which files of the host were read from where, what is missing and why, and
what was cut at the limit. Nothing here raises for what a host does; a full disk here is a
failure of that log alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from diagnose.collect import containerlog, journal
from diagnose.collect.keeper import Keeper
from diagnose.collect.log_marks import Mark, fetch_since
from diagnose.collect.log_marks import mark as mark_paths
from diagnose.collect.log_places import Log, Logs, find
from diagnose.collect.log_times import HostTime
from diagnose.collect.log_window import Fetched, fetch_window
from diagnose.collect.plan import Part
from diagnose.collect.window import Span
from diagnose.hosts.session import Session
from diagnose.manifest import Entry

__all__ = ["Clock", "Marked", "find", "mark", "since", "window"]

HOW_DENIED = (
    "add the user to the group that may read it (adm on Debian), or, where sudo gives it a shell "
    "(NOPASSWD: ALL), set sudo = true for it in diagnose.toml"
)
HOW_DECLARED = "mend logs of it in diagnose.toml"


@dataclass(frozen=True, slots=True)
class Clock:
    """A host's clock as the collection knows it: its offset from ours, its zone."""

    offset_s: float = 0.0
    utc_offset_s: float = 0.0

    def at(self, ours_s: float) -> float:
        """A moment of our clock, by the host's."""
        return ours_s + (0.0 if math.isnan(self.offset_s) else self.offset_s)

    @property
    def host(self) -> HostTime:
        """For the stamps of its logs."""
        east_s = 0.0 if math.isnan(self.utc_offset_s) else self.utc_offset_s
        return HostTime(east_s, self.at(time.time()))


@dataclass(frozen=True, slots=True)
class Marked:
    """The logs of a component when the load began, and how far each had been written."""

    logs: Logs = field(default_factory=Logs)
    marks: dict[str, Mark] = field(default_factory=dict)
    at_s: float = math.nan  # our clock


def mark(
    session: Session, part: Part, *, beside: Sequence[Part] = (), seconds: float = 30.0
) -> Marked:
    """Find the logs of a component and note how far each has been written.

    A log that may not be read has no mark; it is tried by its window later on.
    """
    at_s = time.time()
    logs = find(session, part, beside=beside, seconds=seconds)
    made = mark_paths(session, [log.path for log in logs.found], seconds=seconds)
    return Marked(logs, {one.path: one for one in made if one.inode}, at_s)


def since(
    session: Session,
    marked: Marked,
    part: Part,
    keeper: Keeper,
    clock: Clock,
    *,
    beside: Sequence[Part] = (),
    around: Session | None = None,
    seconds: float = 120.0,
) -> None:
    """Fetch all that was written to a component's logs since they were marked, to the byte.

    Logs that were begun since are had whole. beside: all components of the host. around: the
    machine around a container.
    """
    now = find(session, part, beside=beside, seconds=seconds)
    span = Span(marked.at_s, time.time(), "since the logs were marked")
    before = {log.path for log in marked.logs.found}
    gone = [log for log in marked.logs.found if log.path not in {log.path for log in now.found}]
    for log in (*now.found, *gone):
        since_mark = marked.marks.get(log.path)
        if since_mark is None and log.path not in before:
            since_mark = Mark(log.path)
        _fetch(session, log, part, span, keeper, clock, since_mark, seconds)
    _note_missing(now, part, keeper)
    _fetch_others(session, part, span, keeper, clock, around, seconds)


def window(
    session: Session,
    part: Part,
    span: Span,
    keeper: Keeper,
    clock: Clock,
    *,
    beside: Sequence[Part] = (),
    around: Session | None = None,
    seconds: float = 120.0,
) -> None:
    """Fetch what a component's logs say of a window (of our clock), found by their stamps.

    Some seconds on either side come as well; a log without stamps gives its last 4 MiB.
    """
    logs = find(session, part, beside=beside, seconds=seconds)
    for log in logs.found:
        _fetch(session, log, part, span, keeper, clock, None, seconds)
    _note_missing(logs, part, keeper)
    _fetch_others(session, part, span, keeper, clock, around, seconds)


def _fetch_others(
    session: Session,
    part: Part,
    span: Span,
    keeper: Keeper,
    clock: Clock,
    around: Session | None,
    seconds: float,
) -> None:
    """What is kept by others for it: the journal of its unit, the output of its container."""
    begin_s, end_s = clock.at(span.begin_s), clock.at(span.end_s)
    if part.place.unit:
        journal.fetch_unit(around or session, part, begin_s, end_s, keeper, seconds=seconds)
    if part.place.container:
        containerlog.fetch(around, part, begin_s, end_s, keeper, seconds=seconds)


def _fetch(
    session: Session,
    log: Log,
    part: Part,
    span: Span,
    keeper: Keeper,
    clock: Clock,
    since_mark: Mark | None,
    seconds: float,
) -> None:
    """One log into its raw file."""
    if not keeper.wants(part.name, log.file):
        return
    with keeper.keep(part.name, log.file, log.collector) as kept:
        options = {"host": clock.host, "globs": log.globs, "seconds": seconds}
        limit = keeper.limit_bytes
        if since_mark is not None:
            got = fetch_since(session, since_mark, kept, limit=limit, **options)  # type: ignore[arg-type]
        else:
            begin_s, end_s = clock.at(span.begin_s), clock.at(span.end_s)
            got = fetch_window(session, log.path, begin_s, end_s, kept, limit=limit, **options)  # type: ignore[arg-type]
        refused = "permission denied" in got.note or "not followed" in got.note
        kept.done = replace(got.done, command=_command(log, got), truncated=got.truncated)
        kept.empty_will_do = got.done.ok and not refused
        kept.also = _also(got, refused=refused)


def _command(log: Log, got: Fetched) -> str:
    """What was read, in words: it took many commands, each of which only read."""
    parts = ", ".join(f"{p.path} from byte {p.start}: {p.bytes} bytes" for p in got.parts)
    cost = f"{got.bytes_wire} bytes over the wire in {got.round_trips} round trips"
    return f"read {log.path} (said by {log.by}): {parts or 'nothing in the window'}; {cost}"


def _also(got: Fetched, *, refused: bool) -> dict[str, object]:
    also: dict[str, object] = {"remote_before_s": got.first_s, "remote_after_s": got.last_s}
    if got.note:
        also["why"] = got.note
    if refused:
        also["how"] = HOW_DENIED
    return also


def _note_missing(logs: Logs, part: Part, keeper: Keeper) -> None:
    for what, why in logs.missing:
        how = HOW_DECLARED if what in part.place.logs else ""
        keeper.note(Entry(part.name, what, why=why, how=how, command=f"looked for {what}"))
