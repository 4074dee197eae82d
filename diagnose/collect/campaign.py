"""A collection from beginning to end: all hosts, before, under and after the load, or afterwards.

Whatever a host does not give is a failure in manifest.json, and the others go on. The manifest
is written after each stage, so that what is interrupted keeps what it has.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from diagnose import __version__
from diagnose.collect import results
from diagnose.collect.background import Signs
from diagnose.collect.crew import Crew
from diagnose.collect.keeper import Keeper
from diagnose.collect.loading import Ended
from diagnose.collect.orders import Orders
from diagnose.collect.progress import Progress
from diagnose.collect.reach import Reach
from diagnose.collect.stamped import SUFFIX, salvage
from diagnose.collect.station import Station
from diagnose.collect.window import Span, span
from diagnose.collect.writing import RAW
from diagnose.errors import DiagnoseError, UsageError
from diagnose.hosts.connect import connect
from diagnose.hosts.link import Hops
from diagnose.hosts.session import Session, Target
from diagnose.manifest import Entry, Manifest
from diagnose.units import show

LONGEST_S = 4 * 3600.0  # that a load may last while it is recorded (a choice)
Load = Callable[[Keeper], Ended]  # what runs while the hosts are sampled


class Interrupted(DiagnoseError):
    """The user ended the collection."""

    exit_code = 130


@dataclass(slots=True)
class Campaign:
    """One collection."""

    orders: Orders
    keeper: Keeper
    progress: Progress
    hops: Hops
    crew: Crew
    longest_s: float = LONGEST_S

    def under(self, load: Load) -> None:
        """Before, under and after a load that is run now."""
        collect, manifest = self.orders.settings.collect, self.keeper.manifest
        self._stage("reading configuration and counters", Station.read_before)
        self._stage("marking logs", lambda s: s.mark_logs())
        manifest.began_s = time.time()
        self._stage(
            "starting to sample",
            lambda s: s.start(interval_s=collect.interval_s, longest_s=self.longest_s),
        )
        for station in self.crew.stations:
            self.progress.done(station.name, f"sampled each {show(collect.interval_s, 's')}")
        ended: Ended | None = None
        try:
            ended = load(self.keeper)
        finally:
            manifest.ended_s = time.time()
            if ended is not None:
                manifest.began_s, manifest.ended_s = ended.began_s, ended.ended_s
                self._note_status(ended)
            self._hurry()
            self._stage("reading counters again", Station.stop)

    def _note_status(self, ended: Ended) -> None:
        if ended.status:
            how = f"signal {-ended.status}" if ended.status < 0 else f"status {ended.status}"
            self.progress.note(f"the load ended with {how}")

    def afterwards(self) -> None:
        """What the hosts still tell of a load that is over."""
        self._hurry()
        recorded = any(not math.isnan(h.recorder.interval_s) for h in self.keeper.manifest.hosts)
        self._stage("reading counters and configuration", lambda s: s.read_now(not recorded))

    def rest(self) -> Span:
        """Results, then what was logged and kept in the window of the load."""
        seconds = self.orders.settings.collect.seconds
        self._stage("fetching results", lambda s: s.fetch_results(seconds))
        self._note_results()
        window = span(self.orders, self.keeper.manifest, self._generator_offset_s())
        self.progress.note(f"window: {_shown(window)}, {window.by}")
        self._stage("fetching logs", lambda s: s.fetch_logs(window))
        self._pull_prometheus(window)
        self._stage("reading its clock", Station.close)
        return window

    def _stage(self, says: str, stage: Callable[[Station], None]) -> None:
        self.crew.each(says, stage)
        self.keeper.manifest.write()

    def _hurry(self) -> None:
        for station in self.crew.stations:
            station.reach.limit(self.orders.settings.collect.host_seconds)

    def _generator_offset_s(self) -> float:
        generator = self.orders.generator
        name = generator.name if generator else ""
        found = [s for s in self.crew.stations if name in s.components]
        return found[0].offset_s if found else 0.0

    def _note_results(self) -> None:
        part = self.orders.generator
        if part is None or part.place.results:
            return
        ours = {entry.path for entry in self.keeper.manifest.files}
        found = self.keeper.folder(part.name).iterdir()
        # What the load wrote under us is ours as well.
        if not any(
            f.name[:1] != "." and (f"{RAW}/{part.name}/{f.name}" not in ours or results.known(f))
            for f in found
        ):
            results.note_missing(part, self.keeper)

    def _pull_prometheus(self, window: Span) -> None:
        from diagnose.collect.scraped import pull_all

        pull_all(self.orders.parts, self.keeper, self.progress, window)


def collect(
    orders: Orders, progress: Progress, *, load: Load | None = None, longest_s: float = LONGEST_S
) -> Manifest:
    """Collect a run; with `load`, sample the hosts while that runs.

    Raises:
        UsageError: another process collects into the run, or a load was recorded in it already.
        Interrupted: by Ctrl-C, after what there is was kept.
        DiagnoseError: this machine's disk is full, or nothing can be written.
    """
    signs = Signs(orders.run)
    held = signs.hold()
    try:
        manifest = _manifest(orders, load)
        keeper = _keeper(orders, manifest)
        try:
            with Hops() as hops:
                _run(Campaign(orders, keeper, progress, hops, _crew(orders, keeper, progress, hops),
                              longest_s), load)  # fmt: skip
        except KeyboardInterrupt:
            raise _interrupted(orders) from None
        finally:
            progress.close()
            manifest.write()
            if orders.redactor is not None:
                orders.redactor.save()
        return manifest
    finally:
        os.close(held)
        signs.clear()


def _run(campaign: Campaign, load: Load | None) -> None:
    crew, progress, redactor = campaign.crew, campaign.progress, campaign.orders.redactor
    everyone = list(crew.stations)
    try:
        crew.each("connecting", Station.open)
        if redactor is not None:
            crew.each("asking its name", lambda s: redactor.know_host(s.called()))
        campaign.under(load) if load is not None else campaign.afterwards()
        campaign.rest()
    finally:
        for station in everyone:
            station.give_up()
    for station in crew.stations:
        progress.done(station.name, station.summary())


def _crew(orders: Orders, keeper: Keeper, progress: Progress, hops: Hops) -> Crew:
    def opening(target: Target) -> Session:
        return connect(target, config=orders.ssh_config, hops=hops)

    stations = [
        Station(Reach(target, opening), parts, keeper) for target, parts in orders.targets.items()
    ]
    for station in stations:
        progress.says(station.name, "waiting")
    return Crew(stations, progress)


def _manifest(orders: Orders, load: Load | None) -> Manifest:
    """That of an earlier collection, to be completed, or a new one."""
    found = Manifest.read(orders.run)
    if found is None:
        return Manifest(orders.run, __version__, redacted=orders.redact)
    if load is not None and not math.isnan(found.began_s):
        raise UsageError(
            f"{orders.run} holds a load that was recorded already",
            hint="name another folder for this one; without a load, what it lacks is fetched",
        )
    if found.redacted != orders.redact:
        raise UsageError(
            f"{orders.run} was begun {'with' if found.redacted else 'without'} --redact",
            hint="go on in the same way, or name another folder",
        )
    return found


def _keeper(orders: Orders, manifest: Manifest) -> Keeper:
    redactor = orders.redactor
    if redactor is not None:
        manifest.shown = redactor.text
    clean = redactor.stream if redactor is not None else None
    keeper = Keeper(orders.run, manifest, orders.settings.collect.limit_bytes, clean)
    keeper.sweep()
    for folder in sorted((orders.run / RAW).glob("*")):
        for path in salvage(folder) if folder.is_dir() and not folder.is_symlink() else ():
            manifest.add(_salvaged(orders, folder.name, path))
    return keeper


def _salvaged(orders: Orders, component: str, path: Path) -> Entry:
    """A recording that was killed: it ends early, and is kept."""
    data = path.read_bytes()
    return Entry(
        component,
        path.name.removesuffix(SUFFIX),
        truncated=True,
        path=str(path.relative_to(orders.run)),
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        why="the recording was killed",
    )


def _interrupted(orders: Orders) -> Interrupted:
    return Interrupted(
        "interrupted: what was complete is kept",
        hint=f"`diagnose collect {orders.run}` fetches what is missing",
    )


def _shown(window: Span) -> str:
    begin, end = (time.localtime(at) for at in (window.begin_s, window.end_s))
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', begin)} to {time.strftime('%H:%M:%S %Z', end)}"
