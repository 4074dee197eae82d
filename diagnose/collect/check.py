"""`diagnose check`: what each host would give. It is collected once into a folder that is then
thrown away, so that what is said here holds for `diagnose collect`. Nothing is changed on a host.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from diagnose import __version__
from diagnose.collect import check_judging as judging
from diagnose.collect.check_probes import Probed, probe
from diagnose.collect.checked import Checked, Item, State
from diagnose.collect.keeper import Keeper
from diagnose.collect.log_places import find
from diagnose.collect.orders import Orders
from diagnose.collect.plan import Part
from diagnose.collect.reach import Reach
from diagnose.collect.station import Station
from diagnose.errors import DiagnoseError
from diagnose.hosts.connect import connect
from diagnose.hosts.link import Hops
from diagnose.hosts.session import HostError, Session, Target
from diagnose.ingest import Ingested, Source, ingest
from diagnose.manifest import Manifest
from diagnose.plugins import COLLECTORS, load
from diagnose.rundir import RunDirectory

AT_ONCE = 16  # hosts that are asked (a choice: keys are exchanged on our processors)
LIMIT_BYTES = 8 * 2**20  # of one file
RECENT_S = 300.0  # for which a Prometheus server is asked
Say = Callable[[str], None]


def check(orders: Orders, say: Say = lambda _: None) -> list[Checked]:
    """Every host, in the order of diagnose.toml; then components that have none."""
    load("collectors")
    with tempfile.TemporaryDirectory(prefix="diagnose-check-") as folder, Hops() as hops:
        keeper = Keeper(Path(folder), Manifest(Path(folder), __version__), LIMIT_BYTES)

        def opening(target: Target) -> Session:
            return connect(target, config=orders.ssh_config, hops=hops)

        def one(target: Target) -> _Asked:
            asked = _Asked(Station(Reach(target, opening), orders.targets[target], keeper))
            asked.ask()
            say(f"{asked.station.name}: asked")
            return asked

        say(f"asking {len(orders.targets)} hosts")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            hosts = list(pool.map(one, orders.targets))
        told = ingest(RunDirectory.open(Path(folder)), orders.settings)
        found = [host.checked(told, keeper.manifest, Path(folder)) for host in hosts]
    return [*found, *_others(orders)]


class _Asked:
    """One host, and what it answered."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.probed: dict[str, Probed] = {}
        self.error: HostError | None = None

    def ask(self) -> None:
        """Collect once, and look at the logs."""
        station = self.station
        try:
            station.open()
            station.read_now()
            if not station.reach.target.device:
                for part in station.parts:
                    self.probed[part.name] = self._look(part)
        except HostError as error:
            self.error = error
        finally:
            station.give_up()

    def _look(self, part: Part) -> Probed:
        paths = [log.path for log in find(self.station.reach, part).found]
        return probe(self.station.reach, paths)

    def checked(self, told: Ingested, manifest: Manifest, folder: Path) -> Checked:
        """All that is to be said of it."""
        target = self.station.reach.target
        address = "this machine" if target.local else target.address
        if self.error is not None:
            names: dict[str, tuple[Item, ...]] = {n: () for n in self.station.components}
            return Checked(address, names, self.error.what, self.error.hint)
        items = {
            part.name: tuple(self._items(part, told, manifest, folder))
            for part in self.station.parts
        }
        clock = self.station.record.clock
        return Checked(
            address,
            items,
            clock_offset_s=clock.offset_s,
            clock_error_s=clock.error_s,
            zone=clock.zone,
        )

    def _items(
        self, part: Part, told: Ingested, manifest: Manifest, folder: Path
    ) -> Iterator[Item]:
        mine = [entry for entry in manifest.files if entry.component == part.name]
        sources = [one for one in told.sources if one.path in {entry.path for entry in mine}]
        titles = {kind: one.title for kind, one in COLLECTORS.items()}
        good = sorted({one.title for one in sources if not one.error})
        if good:
            yield Item(", ".join(good))
        for one in sources:
            if one.error:
                yield Item(one.title, State.MINOR, one.error)
        failed = [entry for entry in manifest.failures if entry.component == part.name]
        probed = self.probed.get(part.name, Probed())
        idle = judging.idle(self.station.plan.asked, probed)
        yield from judging.failures(failed, mine, titles, idle)
        asked = {entry.path for entry in mine if judging.clients([entry])}
        yield from _configured([s for s in sources if s.kind not in idle], asked, folder)
        if part.name in self.probed:
            yield from self._probed(part, self.probed[part.name])

    def _probed(self, part: Part, probed: Probed) -> Iterator[Item]:
        yield from judging.readable(probed)
        yield from judging.sudo(part.place.sudo, probed)
        if not part.place.container:
            yield from judging.sysstat(probed)
        yield from results(part)


def results(part: Part) -> Iterator[Item]:
    """Whether a load generator's results would be found."""
    generator = part.role == "load_generator"
    if generator and not part.place.results and part.place.host != "local":
        mend = ('results = ["/home/me/run_*.csv"]   # under it in diagnose.toml',)
        yield Item("results of the load test", State.MISSING, "nothing says where they lie", mend)


def _configured(sources: Sequence[Source], asked: set[str], folder: Path) -> Iterator[Item]:
    """What configurations say of the logs. asked: paths of what a running database answered."""
    facts = [fact for one in sources for fact in one.reading.facts]
    for one in sources:
        if one.kind == "nginx_conf":
            yield from judging.timings(judging.nginx_logs(_text(folder / one.path)), facts)
        if one.path in asked:
            yield from judging.slow_log(one.reading.facts, one.reading.limits)


def _text(path: Path) -> str:
    from diagnose.rawfile import RawFile, decode

    return decode(RawFile(path.name, path).whole())


def _others(orders: Orders) -> Iterator[Checked]:
    """Components that Prometheus tells of, and those of which nobody tells."""
    for part in orders.parts:
        if part.place.prometheus:
            yield _of_prometheus(part)
        elif part.place.target() is None:
            why = "it has no host, and no Prometheus server"
            item = Item("all of it", State.MINOR, why, ('host = "…"   # in diagnose.toml',))
            yield Checked("", {part.name: (item,)})


def _of_prometheus(part: Part) -> Checked:
    from diagnose.collect.prometheus import batches, clock_offset_s
    from diagnose.collect.prometheus_http import Server

    series = [one for each in COLLECTORS.values() for one in each.series]
    now_s = time.time()
    found = Checked(part.place.prometheus, {part.name: ()})
    try:
        server = Server(part.place.prometheus)
        made = batches(server, part.name, part.place, series, (now_s - RECENT_S, now_s))
        offset_s, error_s = clock_offset_s(server)
    except DiagnoseError as error:
        return replace(found, error=error.what, hint=error.hint)
    names = (batch.file.removesuffix(".json").replace("_", " of ", 1) for batch in made)
    items = (Item(", ".join(names)),)
    return replace(
        found, components={part.name: items}, clock_offset_s=offset_s, clock_error_s=error_s
    )
