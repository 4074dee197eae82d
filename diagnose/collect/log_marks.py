"""How far logs had been written when the load began, and all that was written to them since.

A mark holds a log's inode, its size and a hash of its first bytes. By these the file is known
again after it was renamed, packed, or copied and cut (logrotate's copytruncate); what follows
the mark in it, and the files begun after it, are the log of the run, to the byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.collect.log_files import PRINT_BYTES, Found, LogFile, globs_of, list_files
from diagnose.collect.log_lines import BEYOND, Lines, ToLineEnd, span
from diagnose.collect.log_ranges import Cost, Reader
from diagnose.collect.log_times import HostTime, shape_of
from diagnose.collect.log_window import Fetched, Part
from diagnose.hosts.session import BYTES, Done, Session, Sink


@dataclass(frozen=True, slots=True)
class Mark:
    """A log when the load began. inode is 0 where it was not there, or could not be read."""

    path: str
    inode: int = 0
    size: int = 0
    mtime_s: float = 0.0
    printed: int = 0  # bytes that the fingerprint is of
    fingerprint: str = ""

    def is_in(self, file: LogFile) -> bool:
        """Whether a file begins as the log began."""
        if self.printed == 0:
            return file.inode == self.inode
        head = file.head[: self.printed]
        return hashlib.sha256(head).hexdigest() == self.fingerprint and (
            bool(file.packing) or file.size >= self.size
        )


def mark(session: Session, paths: Sequence[str], *, seconds: float = 30.0) -> tuple[Mark, ...]:
    """Mark these logs, each by its own path, in one round trip; one that is missing as well."""
    if not paths:
        return ()
    found = list_files(session, [_literal(path) for path in paths], seconds=seconds)
    files = {file.path: file for file in found.files if file.readable}
    marks = []
    for path in paths:
        file = files.get(path)
        if file is None:
            marks.append(Mark(path))
            continue
        printed = min(PRINT_BYTES, file.size, len(file.head))
        known = file.fingerprint(printed)
        marks.append(Mark(path, file.inode, file.size, file.mtime_s, printed, known))
    return tuple(marks)


def _literal(path: str) -> str:
    return globs_of(path)[0]


@dataclass(slots=True)
class AfterMark:
    """A sink that drops one byte, and the rest of the line if it does not end there."""

    sink: Sink
    _seen: bool = False
    _inside: bool = False  # of the line that was being written when the mark was made

    def __call__(self, data: bytes) -> None:
        """Take bytes, the first of which stands before the mark."""
        if not self._seen and data:
            self._seen, self._inside, data = True, data[:1] != b"\n", data[1:]
        if self._inside:
            end = data.find(b"\n") + 1
            self._inside, data = not end, data[end:] if end else b""
        if data:
            self.sink(data)


def fetch_since(
    session: Session,
    since: Mark,
    sink: Sink,
    *,
    host: HostTime | None = None,
    globs: Sequence[str] = (),
    limit: int = BYTES,
    seconds: float = 120.0,
) -> Fetched:
    """Give all that was written to a log since it was marked to a sink, rotated or not.

    Never raises for what the host does: `done` and `note` of the result say it.
    """
    globs = globs or globs_of(since.path)
    found = list_files(session, globs, since_s=since.mtime_s - 1, seconds=seconds)
    files, note = _since(since, [f for f in found.files if f.readable])
    cost, lines, parts = Cost(), Lines(sink, limit), list[Part]()
    cost.add(found.bytes_wire)
    notes, done = ([note] if note else []), found.done
    for file, start in files:
        reader = Reader(session, globs, file, found.privileged, seconds, cost)
        before = lines.given
        done, opened = _copy(reader, start, lines)
        if not opened:
            notes.append(f"{file.path}: it was gone before it could be read")
        lines.end_part(whole=opened and done.ok)
        parts.append(Part(file.path, file.inode, start, lines.given - before))
    return _fetched(since, found, lines, parts, cost, done, notes, host or HostTime())


def _since(since: Mark, files: list[LogFile]) -> tuple[list[tuple[LogFile, int]], str]:
    """(file, where to begin), the oldest first; and what is missing."""
    files = sorted(files, key=lambda f: (f.path == since.path, f.mtime_s))
    if since.inode == 0:
        return [(f, 0) for f in files if f.path == since.path], ""
    same = [f for f in files if since.is_in(f)]
    base = next((f for f in same if f.inode == since.inode), same[0] if same else None)
    if base is None:
        lost = "what was written before it was rotated is gone: no file of the log begins as it did"
        return [(f, 0) for f in files if f.path == since.path], lost
    later = files[files.index(base) + 1 :]
    return [(base, since.size), *((file, 0) for file in later)], ""


def _copy(reader: Reader, start: int, lines: Lines) -> tuple[Done, bool]:
    room = lines.limit - lines.given + 1
    sink: Sink = lines
    if start:
        start, sink = start - 1, AfterMark(lines)
    length = room if reader.file.packing else min(reader.file.size - start, room)
    if length <= 0 or lines.truncated:
        return Done("", 0), True
    if not reader.file.packing:
        sink, length = ToLineEnd(sink, length), length + BEYOND
    return reader.copy(start, length, sink, lines.stop)


def _fetched(
    since: Mark,
    found: Found,
    lines: Lines,
    parts: list[Part],
    cost: Cost,
    done: Done,
    notes: list[str],
    host: HostTime,
) -> Fetched:
    if found.refused:
        notes.append(found.refusals)
    elif not found.files and found.done.ok and since.inode:
        notes.append("the log is gone")
    if lines.truncated:
        notes.append(f"cut after {lines.given:,} bytes, the limit")
    first_s, last_s = span(shape_of([lines.head], host), host, lines)
    return Fetched(
        since.path,
        parts[-1].inode if parts else 0,
        cost.bytes_wire,
        lines.given,
        first_s,
        last_s,
        lines.truncated,
        "; ".join(notes),
        done,
        cost.round_trips,
        tuple(parts),
    )
