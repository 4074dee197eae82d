r"""Series that a Prometheus server kept: answers of its HTTP API, one JSON document a line.

    {"status":"success","data":{"resultType":"matrix","result":[
      {"metric":{"__name__":"node_load1","instance":"lb1:9100","job":"node"},
       "values":[[1795578589.122,"0.4"],[1795578590.122,"0.69"]]}]}}

Answers to `query` with a range selector (`node_load1[5m]`: the samples themselves, with the
time of each scrape) and to `query_range` (one value a step, which stands up to five minutes
after the last sample) are read alike. Exporters: node_exporter with old and new names, nginx
(nginx-prometheus-exporter, VTS), mysqld_exporter, postgres_exporter; a series of no name that
is read here is told of. Where several hosts are in one file, each is a component of its own.
Traps: times are those of Prometheus's clock, not of the host's; a scrape interval of 15 s
hides what is shorter. Counters that fall began anew.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import re
from collections import defaultdict

from diagnose.badlines import BadLines
from diagnose.fetches import Series
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading, Samples

from . import _prometheus_databases as databases
from . import _prometheus_nginx as nginx
from . import _prometheus_node as node
from ._prometheus_exporter import Exporter
from ._prometheus_tracks import WHERE, Track, host_of, tracks

ANSWER = re.compile(
    r'\s*\{\s*"status"\s*:\s*"success".{0,200}?"resultType"\s*:\s*"(matrix|vector)"', re.S
)
SERIES = (
    Series("prometheus_node.json", node.asked()),
    Series("prometheus_nginx.json", nginx.asked()),
    Series("prometheus_mysql.json", databases.asked_of_mysql()),
    Series("prometheus_postgres.json", databases.asked_of_postgres()),
)
KNOWN = {name.partition("{")[0] for one in SERIES for name in one.names}


def recognizes(head: Head) -> float:
    """An answer that holds samples."""
    return 0.95 if ANSWER.match(head.text) else 0.0


@collector(kind="prometheus", title="Prometheus series", recognizes=recognizes, series=SERIES)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Samples, limits and facts of one host; of several, samples by host."""
    reading = Reading(foreign_clock=True)
    found = tracks(raw, bad, reading.notes)
    _tell_strange(found, reading)
    hosts: dict[str, list[Track]] = defaultdict(list)
    for track in found:
        if track.name in KNOWN:
            hosts[host_of(track)].append(_plainly(track))
    for host, mine in hosts.items():
        read = _host(mine)
        if len(hosts) > 1:
            reading.component[host] = read.samples
        else:
            reading.samples, reading.limits, reading.facts = read.samples, read.limits, read.facts
    if len(hosts) > 1:
        names = ", ".join(sorted(hosts))
        reading.notes.append(f"it holds {len(hosts)} hosts: {names}; their limits were not read")
    return reading


def _plainly(track: Track) -> Track:
    return databases.plainly(nginx.plainly(node.plainly(track)))


def _tell_strange(found: list[Track], reading: Reading) -> None:
    strange = sorted({track.name for track in found} - KNOWN)
    if strange:
        some = ", ".join(strange[:3]) + (", …" if len(strange) > 3 else "")
        reading.notes.append(f"series of {len(strange)} names are not read: {some}")


def _host(mine: list[Track]) -> Reading:
    """What all exporters of one host said; of what two of them told, the longer stands."""
    exporters: dict[tuple[str, ...], list[Track]] = defaultdict(list)
    for track in mine:
        exporters[tuple(track.labels.get(label, "") for label in WHERE)].append(track)
    best: dict[tuple[str, str], Samples] = {}
    whole = Reading()
    for tracks_ in exporters.values():
        exporter = Exporter(tracks_)
        node.read(exporter)
        nginx.read(exporter)
        databases.read_mysql(exporter)
        databases.read_postgres(exporter)
        for samples in exporter.reading.samples:
            key = samples.metric, samples.part
            if key not in best or best[key].at_s.size < samples.at_s.size:
                best[key] = samples
        whole.limits += exporter.reading.limits
        whole.facts += exporter.reading.facts
    whole.samples = list(best.values())
    return whole
