"""Where all that is collected goes: raw/<component>/<file>, with a word of it in manifest.json.

A file that stands whole from an earlier, interrupted collection is not fetched again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from diagnose.collect.configuration import without_secrets
from diagnose.collect.redaction import HOW, REFUSED, is_binary
from diagnose.collect.writing import RAW, RawWriter, safe_name, sweep
from diagnose.errors import DiagnoseError
from diagnose.hosts.printable import printable
from diagnose.hosts.session import Done
from diagnose.manifest import Entry, Manifest

EACH_S = 2.0  # between two writings of the manifest (a choice)
LONGEST_LINE = 1 << 20  # a longer one is cleaned in pieces
Clean = Callable[[bytes], bytes]  # whole lines without what is nobody's business


@dataclass(slots=True)
class Kept:
    """A file being written: give it bytes, then say how its command ended."""

    writer: RawWriter
    clean: Clean | None
    done: Done = field(default_factory=lambda: Done("", None))
    also: dict[str, object] = field(default_factory=dict)  # fields of its entry
    empty_will_do: bool = False  # it was read, and there was nothing in it
    _held: bytes = b""
    refused: bool | None = None  # for it is no text, and cannot be cleaned; None: nothing came

    def __call__(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        if self.clean is None:
            self.writer(data)
            return
        if self.refused is None and data:
            self.refused = is_binary(data)
        if self.refused:
            self.writer.stop.set()
            return
        whole, end, self._held = (self._held + data).rpartition(b"\n")
        if not end and len(self._held) > LONGEST_LINE:
            whole, self._held = self._held, b""
        if whole or end:
            self.writer(self.clean(whole + end))

    def end(self) -> None:
        """No more comes."""
        if self._held and self.clean is not None:
            self.writer(self.clean(self._held))
            self._held = b""


@dataclass(slots=True, eq=False)
class Keeper:
    """Threads of all hosts share one."""

    run: Path
    manifest: Manifest
    limit_bytes: int
    clean: Callable[[], Clean] | None = None  # gives one for each file
    _written_s: float = 0.0

    def folder(self, component: str) -> Path:
        """Where a component's raw files lie; made where it is missing."""
        path = self.run / RAW / safe_name(component)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def wants(self, component: str, file: str) -> bool:
        """Whether it is still to be fetched."""
        return not self.manifest.has(component, self.manifest.shown(file))

    def note(self, entry: Entry) -> None:
        """A file, or why there is none; what a host said is kept without secrets and escapes."""
        self.manifest.add(replace(entry, stderr=_said(entry.stderr), why=_said(entry.why)))
        with self.manifest.lock:
            due = time.monotonic() - self._written_s > EACH_S
            if due:
                self._written_s = time.monotonic()
        if due:
            self.manifest.write()

    @contextmanager
    def keep(
        self, component: str, file: str, collector: str = "", *, empty_will_do: bool = False
    ) -> Iterator[Kept]:
        """A raw file: it stands, or the manifest says why not, once the block is left.

        What the disk refuses is a failure of this file alone.
        """
        file = self.manifest.shown(file)
        try:
            writer = RawWriter(self.run, component, file, limit=self.limit_bytes)
        except DiagnoseError as error:
            self.note(Entry(component, file, collector, why=error.what, how=error.hint))
            raise
        with writer:
            kept = Kept(writer, self.clean() if self.clean else None, empty_will_do=empty_will_do)
            yield kept
            kept.end()
            self.note(
                self._settled(kept, Entry.of(component, file, kept.done, collector=collector))
            )

    def _settled(self, kept: Kept, entry: Entry) -> Entry:
        if kept.refused:
            return replace(entry, why=REFUSED, how=HOW)
        entry = replace(entry, **kept.also)  # type: ignore[arg-type]
        if not (kept.writer.bytes or kept.empty_will_do):
            return entry if entry.why else replace(entry, why=why(kept.done))
        try:
            written = kept.writer.commit()
        except DiagnoseError as error:
            return replace(entry, why=error.what, how=error.hint)
        return replace(
            entry,
            path=written.path,
            bytes=written.bytes,
            sha256=written.sha256,
            truncated=entry.truncated or written.truncated,
        )

    def sweep(self) -> None:
        """Remove what an earlier collection left half-written."""
        sweep(self.run)


def _said(text: str) -> str:
    masked = without_secrets(text.encode("utf-8", "replace"))
    return printable(masked.decode("utf-8", "replace"))


def why(done: Done) -> str:
    """Why a command gave nothing, in a few words.

    >>> why(Done("ss", 127, "sh: 1: ss: not found")), why(Done("cat x", 0))
    ('sh: 1: ss: not found', 'it printed nothing')
    """
    if done.timed_out:
        return "it did not end in time"
    if done.lost:
        return "the connection died"
    said = done.stderr.strip().splitlines()
    if said:
        return said[-1].strip()
    return f"it ended with status {done.status}" if done.status else "it printed nothing"
