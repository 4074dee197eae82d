"""manifest.json: what `diagnose collect` ran where, how it ended, and by which clock.

It is written whole after each step, so that a run that breaks off keeps what it has; run
again, only what is missing or has failed is fetched. Times are epoch seconds. NaN (null on
disk) is not measured.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from diagnose.errors import DiagnoseError
from diagnose.hosts.session import Done, Target
from diagnose.manifest_json import Refused, made, plain
from diagnose.wholefile import write_whole

NAME = "manifest.json"
SCHEMA_VERSION = 1
NAN = math.nan
SAID = ("command", "stderr", "why", "address", "user", "error", "says")  # what may bear names


class BadManifest(DiagnoseError):
    """manifest.json cannot be read."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A host's clock, read once, between two looks at ours.

    resolution_s: the clock showed `remote_s` while it stood between that and so much more.
    """

    remote_s: float
    before_s: float  # our clock when the reading was asked for
    after_s: float  # and when it had come
    resolution_s: float = 0.0


@dataclass(frozen=True, slots=True)
class HostClock:
    """By how much a host's clock is off ours: offset_s + drift_ppm/1e6 * (t - at_s).

    The offset is the host's clock minus ours, and lies within ± error_s. drift_ppm is NaN
    where it was read at one end of the run only; it may be less than its own error.
    """

    offset_s: float = NAN
    error_s: float = NAN
    at_s: float = NAN  # the moment (our clock) that the offset is of: the middle of the run
    drift_ppm: float = NAN
    drift_error_ppm: float = NAN
    utc_offset_s: float = NAN  # of the host's zone, seconds east of Greenwich
    zone: str = ""  # its name ("Europe/Berlin"), where the host tells
    begin: tuple[ClockReading, ...] = ()
    end: tuple[ClockReading, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorder:
    """What the recorder did on a host, and what that cost the host."""

    samples: int = 0
    interval_s: float = NAN  # that was asked for
    seconds: float = NAN  # that it ran
    cpu_s: float = NAN  # processor time of it and of all that it ran

    @property
    def cpu_ratio(self) -> float:
        """Share of one core."""
        return self.cpu_s / self.seconds if self.seconds > 0 else NAN


@dataclass(frozen=True, slots=True)
class HostRecord:
    """A host as it was reached; `error` says why it was not."""

    address: str
    components: tuple[str, ...]
    user: str = ""
    port: int = 0
    container: str = ""
    device: str = ""
    sudo: bool = False
    error: str = ""
    clock: HostClock = HostClock()
    recorder: Recorder = Recorder()

    @classmethod
    def of(cls, target: Target, components: tuple[str, ...]) -> HostRecord:
        """A target without what is nobody else's business (the key's file)."""
        t = target
        return cls(t.address, components, t.user, t.port, t.container, t.device, t.sudo)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was asked of a component: a raw file, or (no path) why there is none."""

    component: str
    file: str  # our name for it, which tells it from the component's others
    collector: str = ""  # kind of the collector that asked for it
    command: str = ""  # as it was run
    status: int | None = None
    stderr: str = ""
    seconds: float = NAN
    truncated: bool = False
    timed_out: bool = False
    lost: bool = False
    path: str = ""  # "raw/lb1/nstat.txt"
    bytes: int = 0  # in the file
    sha256: str = ""
    local_before_s: float = NAN
    local_after_s: float = NAN
    remote_before_s: float = NAN
    remote_after_s: float = NAN
    why: str = ""  # a failure in a few words: "ss: not found"
    how: str = ""  # what the user can do about it

    @classmethod
    def of(cls, component: str, file: str, done: Done, **rest: Any) -> Entry:
        """How a command ended, as an entry; `rest` are other fields by name."""
        same = ("command", "status", "stderr", "seconds", "truncated", "timed_out", "lost")
        return cls(component, file, **{name: getattr(done, name) for name in same} | rest)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the run in which a component was not recorded."""

    component: str
    began_s: float
    ended_s: float = NAN  # NaN: to the end
    says: str = ""


@dataclass(slots=True, eq=False)
class Manifest:
    """All of it. Threads may share one; `shown` is put on every text that may bear names."""

    folder: Path
    tool_version: str = ""
    began_s: float = NAN
    ended_s: float = NAN
    reference: str = ""  # the component whose clock is the run's; "": this machine's
    redacted: bool = False
    hosts: tuple[HostRecord, ...] = ()
    files: tuple[Entry, ...] = ()
    failures: tuple[Entry, ...] = ()
    gaps: tuple[Gap, ...] = ()
    shown: Callable[[str], str] = str
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """The manifest of a run directory; None where there is none.

        Raises:
            BadManifest: it is damaged, or of a later diagnose.
        """
        try:
            data = json.loads((folder / NAME).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            why = getattr(error, "strerror", None) or error
            raise _bad(f"cannot be read ({why})") from None
        version = data.get("schema_version") if isinstance(data, dict) else None
        if version != SCHEMA_VERSION:
            raise _bad(f"is of schema version {version!r}, and this diagnose reads version 1")
        try:
            return cls(folder, **{f: made(kind, data.get(f), f) for f, kind in KEPT.items()})
        except Refused as error:
            raise _bad(f"contradicts itself: {error}") from None

    def write(self) -> None:
        """Write it whole.

        Raises:
            DiagnoseError: the folder cannot be written to.
        """
        with self.lock:
            body = {"schema_version": SCHEMA_VERSION}
            body |= {name: plain(getattr(self, name)) for name in KEPT}
            body["bytes"] = sum(entry.bytes for entry in self.files)
            text = json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
            write_whole(self.folder / NAME, text.encode("utf-8", "replace"))

    def add(self, entry: Entry) -> None:
        """Note a file (or a failure, if it has no path) in place of what was known of it."""
        entry = self._as_shown(entry)
        with self.lock:
            others = [tuple(e for e in es if not _same(e, entry)) for es in self._entries()]
            self.files, self.failures = others
            if entry.path:
                self.files = (*self.files, entry)
            else:
                self.failures = (*self.failures, entry)

    def add_host(self, host: HostRecord) -> None:
        """Note a host in place of what was known of its components."""
        host = self._as_shown(host)
        with self.lock:
            kept = (h for h in self.hosts if h.components != host.components)
            self.hosts = (*kept, host)

    def add_gap(self, gap: Gap) -> None:
        """Note a stretch without recording."""
        with self.lock:
            self.gaps = (*self.gaps, self._as_shown(gap))

    def has(self, component: str, file: str) -> bool:
        """Whether a whole file is there and is still as it was collected."""
        entry = next((e for e in self.files if (e.component, e.file) == (component, file)), None)
        if entry is None or entry.timed_out or entry.lost:
            return False
        return self.state_of(entry) == ""

    def state_of(self, entry: Entry) -> str:
        """ "" where a file is as it was collected; "gone" or "changed" else."""
        where = self.folder / entry.path
        try:
            if where.stat().st_size != entry.bytes:
                return "changed"
            with where.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
        except OSError:
            return "gone"
        return "" if same else "changed"

    def _entries(self) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        return self.files, self.failures

    def _as_shown(self, thing: Any) -> Any:
        told = {f.name for f in fields(thing)} & set(SAID)
        return replace(thing, **{name: self.shown(getattr(thing, name)) for name in told})


KEPT: dict[str, Any] = {
    "tool_version": str,
    "began_s": float,
    "ended_s": float,
    "reference": str,
    "redacted": bool,
    "hosts": tuple[HostRecord, ...],
    "files": tuple[Entry, ...],
    "failures": tuple[Entry, ...],
    "gaps": tuple[Gap, ...],
}


def _same(one: Entry, other: Entry) -> bool:
    return (one.component, one.file) == (other.component, other.file)


def _bad(what: str) -> BadManifest:
    return BadManifest(
        f"{NAME} {what}", hint=f"mend it, or delete {NAME}: the raw files are read without it"
    )
