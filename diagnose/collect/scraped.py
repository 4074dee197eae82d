"""Components whose data a Prometheus server has: their series, kept as it gave them."""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.collect.keeper import Keeper
from diagnose.collect.plan import Part
from diagnose.collect.progress import Progress
from diagnose.collect.prometheus import Batch, batches, pull
from diagnose.collect.prometheus_http import Server
from diagnose.collect.window import Span
from diagnose.errors import DiagnoseError
from diagnose.fetches import Series
from diagnose.manifest import Entry
from diagnose.plugins import COLLECTORS, load

FILE = "prometheus"  # as the manifest calls it where there is nothing


def pull_all(parts: Sequence[Part], keeper: Keeper, progress: Progress, window: Span) -> None:
    """Ask for each component that names a server, one after the other."""
    load("collectors")
    wanted = {series: kind for kind, each in sorted(COLLECTORS.items()) for series in each.series}
    for part in parts:
        if part.place.prometheus:
            _pull(part, wanted, keeper, progress, window)


def _pull(
    part: Part, wanted: dict[Series, str], keeper: Keeper, progress: Progress, window: Span
) -> None:
    progress.says(part.name, "asking Prometheus")
    kinds = {series.file: kind for series, kind in wanted.items()}
    try:
        server = Server(part.place.prometheus)
        found = batches(server, part.name, part.place, list(wanted), (window.begin_s, window.end_s))
    except DiagnoseError as error:
        keeper.note(Entry(part.name, FILE, why=error.what, how=error.hint))
        progress.done(part.name, error.what, ok=False)
        return
    for batch in found:
        if keeper.wants(part.name, batch.file):
            _keep(server, part, batch, kinds[batch.file], keeper)
    progress.done(part.name, f"{len(found)} files of Prometheus")


def _keep(server: Server, part: Part, batch: Batch, kind: str, keeper: Keeper) -> None:
    with keeper.keep(part.name, batch.file, kind) as kept:
        kept.done = pull(server, batch, kept, stop=kept.writer.stop)
