"""One host while it is collected: reached, read before, sampled under, and read after the load."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from diagnose.collect import clocks
from diagnose.collect.clocks import ClockReadings
from diagnose.collect.configuration import masking
from diagnose.collect.databases import makes_sense, preface
from diagnose.collect.hostlogs import HostLogs
from diagnose.collect.keeper import Keeper, why
from diagnose.collect.logs import Clock
from diagnose.collect.loops import Recording, loops
from diagnose.collect.plan import Asked, Part, Plan, plan
from diagnose.collect.reach import Reach
from diagnose.collect.results import fetch_results
from diagnose.collect.sampling import Sampling
from diagnose.collect.stamped import Recorded
from diagnose.collect.window import Span
from diagnose.fetches import When
from diagnose.hosts.session import Done, HostError, output
from diagnose.manifest import Entry, Gap, HostRecord, Recorder
from diagnose.units import show

NAN = math.nan
HOSTNAME = "cat /proc/sys/kernel/hostname"
TASTE_S = 2.5  # of a command that runs as long as the load, where there is none (a choice)


class Station:
    """All that is done on one host. Its methods are called one after the other."""

    def __init__(self, reach: Reach, parts: Sequence[Part], keeper: Keeper) -> None:
        self.reach, self.parts, self.keeper = reach, tuple(parts), keeper
        self.plan: Plan = plan(self.parts, preface)
        self.begin, self.end = ClockReadings(), ClockReadings()
        self.record = HostRecord.of(reach.target, self.components)
        self._logs = HostLogs(reach, self.parts, keeper)
        self._around: list[Recording] = []
        self._sampled: list[Recording] = []
        self._sampling: Sampling | None = None

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the components that it serves."""
        return tuple(part.name for part in self.parts)

    @property
    def name(self) -> str:
        """As progress shows it."""
        return ", ".join(self.components)

    @property
    def offset_s(self) -> float:
        """Its clock minus ours, 0 where it could not be read."""
        offset_s = clocks.offset(self.begin.readings).offset_s
        return 0.0 if math.isnan(offset_s) else offset_s

    def open(self) -> None:
        """Reach it and read its clock.

        Raises:
            HostError: it cannot be reached; the manifest says so.
        """
        try:
            self.reach.open()
        except HostError as error:
            self._note_host(error=error.what)
            raise
        self.begin = clocks.measure(self.reach)
        self._note_host()

    def called(self) -> str:
        """What the host calls itself, "" where it does not say."""
        if self.reach.target.device:
            return ""
        done, said = output(self.reach, HOSTNAME, limit=256)
        return said.decode("utf-8", "replace").strip() if done.ok else ""

    def read_before(self) -> None:
        """Configuration, and counters as they are before the load."""
        self._read_once(When.ONCE)
        self._around = self._recordings(When.AROUND)
        for recording in self._around:
            recording.run(self.reach)

    def start(self, *, interval_s: float, longest_s: float) -> None:
        """Begin to sample."""
        self._note_host(recorder=Recorder(interval_s=interval_s))
        self._sampled = self._recordings(When.SAMPLED)
        self._sampling = Sampling(
            self.reach,
            self._sampled,
            self.components,
            self.keeper.manifest,
            interval_s=interval_s,
            longest_s=longest_s,
        )
        self._sampling.start()

    def stop(self) -> None:
        """End sampling, and read the counters again."""
        if self._sampling is not None:
            self._sampling.stop()
            self._note_recorder()
        for recording in self._around:
            recording.run(self.reach)
        for recording in (*self._sampled, *self._around):
            self._close(recording)
        self._sampled, self._around = [], []

    def read_now(self, samples: bool = True) -> None:
        """What the host tells at one moment: what a load left behind in its counters.

        samples: what would be sampled under a load as well.
        """
        self._read_once(When.ONCE, When.AROUND, *([When.SAMPLED] if samples else []))

    def mark_logs(self) -> None:
        """Note how far its logs have been written."""
        self._logs.mark()

    def fetch_logs(self, window: Span) -> None:
        """What was logged, and what the host kept of itself, in the window of the load."""
        clock = Clock(self.offset_s, self.begin.utc_offset_s)
        self._logs.fetch(window, clock, around=self.reach.around)

    def fetch_results(self, seconds: float) -> None:
        """The load test's results, of a generator."""
        for part in self.parts:
            if part.role == "load_generator" and part.place.results:
                fetch_results(self.reach, part, self.keeper, seconds)

    def close(self) -> None:
        """Read its clock once more, and leave it."""
        self.end = clocks.measure(self.reach)
        self.record = replace(self.record, clock=clocks.host_clock(self.begin, self.end))
        self.keeper.manifest.add_host(self.record)
        self.reach.close()

    def give_up(self) -> None:
        """Leave it as it is: what is recorded stands. After `close` it does nothing."""
        self.reach.close()
        if self._sampling is not None:
            self._sampling.stop()
        for recording in (*self._sampled, *self._around):
            self._close(recording)
        self._sampled, self._around = [], []

    def summary(self) -> str:
        """What came of it."""
        manifest = self.keeper.manifest
        mine = [e for e in manifest.files if e.component in self.components]
        failures = [e for e in manifest.failures if e.component in self.components]
        told = f"{len(mine)} files, {show(sum(e.bytes for e in mine), 'bytes')}"
        return f"{told}; {len(failures)} missing" if failures else told

    def _read_once(self, *times: When) -> None:
        for recording in self._recordings(*times):
            if recording.loop.streams:
                timer = threading.Timer(TASTE_S, recording.stop)
                timer.start()
                recording.run(self.reach)
                timer.cancel()
            else:
                recording.run(self.reach)
            self._close(recording)

    def _recordings(self, *times: When) -> list[Recording]:
        wanted = Plan(tuple(self._wanted()), self.plan.units)
        asked = loops(wanted, *times, sudo=self.reach.target.sudo)
        found = [loop for loop in asked if not loop.streams or self._has(loop.asked[0])]
        keeper = self.keeper
        # Configuration was filtered on the host; what slipped through stays out here.
        clean = masking(keeper.clean) if When.ONCE in times else keeper.clean
        return [Recording.of(loop, keeper.folder, keeper.limit_bytes, clean) for loop in found]

    def _has(self, asked: Asked) -> bool:
        return makes_sense(self.reach, asked.prefaced)

    def _wanted(self) -> Iterable[Asked]:
        for asked in self.plan.asked:
            if any(self.keeper.wants(name, asked.fetch.file) for name in asked.components):
                yield asked

    def _close(self, recording: Recording) -> None:
        """Its files stand; the manifest tells of each, and of what is not there."""
        stand = {one.fetch.file: one for one in recording.close()}
        answers = {answer.fetch.file: answer for answer in recording.answers}
        done = recording.runs[-1] if recording.runs else Done("", None)
        for asked in recording.loop.asked:
            recorded, answer = stand.get(asked.fetch.file), answers.get(asked.fetch.file)
            if recorded is None and answer is not None and answer.state == "w":
                continue  # it makes no sense on this host, which lacks nothing
            for component in asked.components:
                entry = Entry(
                    component, asked.fetch.file, asked.collector, asked.command, done.status
                )
                if recorded is not None:
                    entry = self._standing(entry, recorded, done)
                else:
                    said = answer.why if answer is not None and answer.state == "n" else ""
                    entry = replace(
                        entry, stderr=said, why=said or why(done), how=asked.fetch.enable
                    )
                self.keeper.note(entry)

    def _standing(self, entry: Entry, recorded: Recorded, done: Done) -> Entry:
        path = self.keeper.folder(entry.component) / f"{recorded.fetch.file}.gz"
        return replace(
            entry,
            path=str(path.relative_to(self.keeper.run)),
            bytes=_size(path),
            sha256=recorded.sha256,
            truncated=recorded.truncated or bool(recorded.error),
            lost=done.lost,
            remote_before_s=recorded.first_s,
            remote_after_s=recorded.last_s,
            why=recorded.error,
        )

    def _note_host(self, *, error: str = "", recorder: Recorder | None = None) -> None:
        self.record = replace(
            self.record,
            error=error,
            recorder=recorder or self.record.recorder,
            clock=clocks.host_clock(self.begin),
        )
        self.keeper.manifest.add_host(self.record)

    def _note_recorder(self) -> None:
        costs = [recording.cost for recording in self._sampled]
        spent = [cost.cpu_s for cost in costs if not math.isnan(cost.cpu_s)]
        recorder = replace(
            self.record.recorder,
            samples=max((cost.samples for cost in costs), default=0),
            seconds=max((c.seconds for c in costs if not math.isnan(c.seconds)), default=NAN),
            cpu_s=sum(spent) if spent else NAN,
        )
        self._note_host(recorder=recorder)
        self._note_slow()

    def _note_slow(self) -> None:
        """Stretches in which no sample was taken, for commands took longer than the interval."""
        for recording in self._sampled:
            files = [asked.fetch.file for asked in recording.loop.asked]
            what = files[0] if len(files) == 1 else "commands there"
            says = f"{what} took longer than the interval"
            for began_s, ended_s in recording.cost.slow:
                stretch = (began_s - self.offset_s, ended_s - self.offset_s)
                for component in self.components:
                    self.keeper.manifest.add_gap(Gap(component, *stretch, says))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
