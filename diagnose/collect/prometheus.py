"""Prometheus as a source: for whom, what and in which pieces it is asked.

Samples are asked for as they were scraped (`series[300s]` by the API `query`), not as
`query_range` works them out: that sets them on steps of its own, and lets the last one stand
for five minutes after a host has died. Pieces stay below 11,000 samples of a series, the bound
that servers and proxies know from `query_range`.

For each component whose place names a server, `batches` finds out what that has of it in the
window, and `pull` gives the bytes of one raw file to a sink:

    server = Server(part.place.prometheus)
    for batch in batches(server, part.name, part.place, series, (begin_s, end_s)):
        done = pull(server, batch, sink)        # raw/<component>/<batch.file>

HostError (no server, no such instance) and a Done that is not ok are failures of the component.
Source: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diagnose.collect.prometheus_http import Server
from diagnose.fetches import Series
from diagnose.hosts.session import Done, HostError, Sink
from diagnose.places import Place

MOST_POINTS = 11_000  # of one series in one answer
MOST_SAMPLES = 250_000  # of one answer: some 8 MB (a choice)
LONGEST_QUERY = 1_500  # characters of names, for proxies that limit addresses (a choice)
MARGIN_S = 60.0  # before and after the window, for counters (a choice)
SHORTEST_S = 1.0  # between scrapes, where nothing tells: the pieces are small then
NAMED = 8  # instances that an error names


@dataclass(frozen=True, slots=True)
class Batch:
    """One raw file: what is asked of a server for one component, piece by piece."""

    file: str
    selectors: tuple[str, ...]
    pieces: tuple[tuple[int, float], ...]  # seconds, and the moment at which they end

    @property
    def queries(self) -> Iterator[tuple[str, str]]:
        """(query, time) of each answer, in the order of time."""
        for seconds, end_s in self.pieces:
            yield from ((f"{one}[{seconds}s]", f"{end_s:.3f}") for one in self.selectors)


def batches(
    server: Server,
    name: str,
    place: Place,
    series: Iterable[Series],
    window: tuple[float, float],
) -> list[Batch]:
    """What to ask for a component between two moments (epoch seconds).

    Raises:
        HostError: the server cannot be asked, or knows nothing of the component.
    """
    begin_s, end_s = window[0] - MARGIN_S, window[1] + MARGIN_S
    wanted = list(series)
    instances = _instances(server, name, place, (begin_s, end_s))
    where = _label("instance", instances)
    found = _present(server, wanted, where, (begin_s, end_s))
    if not found:
        raise HostError(
            f"{server.url} has no series of {', '.join(instances)} that are read here",
            hint="node_exporter, the exporters of nginx, MySQL and PostgreSQL are; "
            "run one of them on that host",
        )
    made = []
    for one in wanted:
        if present := [item for item in one.names if _bare(item) in found]:
            count = sum(found[_bare(item)] for item in present)
            fewest = min((_bare(item) for item in present), key=lambda name: found[name])
            interval_s = _interval_s(server, f"{fewest}{{{where}}}", (begin_s, end_s))
            pieces = tuple(_pieces(begin_s, end_s, interval_s, count))
            made.append(Batch(one.file, tuple(_selectors(present, where)), pieces))
    return made


def pull(server: Server, batch: Batch, sink: Sink, *, stop: threading.Event | None = None) -> Done:
    """Ask for every piece until `stop` is set; answers go to the sink as they came, one a line."""
    began, size, cut = time.monotonic(), 0, False
    command = f"GET {server.url}/api/v1/query?query={next(batch.queries)[0]}"
    status, said = 0, ""
    try:
        for query, at in batch.queries:
            if cut := stop is not None and stop.is_set():
                break
            answer = server.answer("/api/v1/query", [("query", query), ("time", at)])
            sink(answer.replace(b"\n", b" ") + b"\n")
            size += len(answer) + 1
    except HostError as error:
        status, said = 1, f"{error.what}; {error.hint}"
    return Done(command, status, said, size, truncated=cut, seconds=time.monotonic() - began)


def clock_offset_s(server: Server) -> tuple[float, float]:
    """The server's clock minus ours, and how far that can be off either way, in seconds.

    Raises:
        HostError: the server cannot be asked.
    """
    before = time.time()
    data = server.data("/api/v1/query", [("query", "time()")])
    after = time.time()
    return float(data["result"][1]) - (before + after) / 2, (after - before) / 2


def _instances(
    server: Server, name: str, place: Place, window: tuple[float, float]
) -> tuple[str, ...]:
    """Labels `instance` of a component: those that it names, else those of its host."""
    known = [str(one) for one in server.data("/api/v1/label/instance/values", _span(window))]
    asked = place.prometheus_instance or tuple({name, place.host} - {""})
    found = tuple(one for one in sorted(known) if any(_matches(one, want) for want in asked))
    missing = [want for want in place.prometheus_instance if not any(
        _matches(one, want) for one in known)]  # fmt: skip
    if not found or missing:
        some = ", ".join(sorted(known)[:NAMED]) + (", …" if len(known) > NAMED else "")
        raise HostError(
            f"{server.url} knows no instance {', '.join(missing or sorted(asked))}",
            hint=f"write prometheus_instance of {name} as one of: {some}"
            if known
            else "it scraped nothing in that time: check the window, and its targets",
        )
    return found


def _matches(instance: str, asked: str) -> bool:
    """Whether it is that instance, or any port of that host.

    >>> _matches("lb1:9100", "lb1"), _matches("lb1:9100", "lb1:9113"), _matches("LB1:9100", "lb1")
    (True, False, True)
    >>> _matches("[fd00::7]:9100", "fd00::7"), _matches("fd00::7", "fd00::7")
    (True, True)
    """
    host = re.sub(r":\d+$", "", instance).removeprefix("[").removesuffix("]")
    return asked.lower() in (instance.lower(), host.lower())


def _present(
    server: Server, wanted: list[Series], where: str, window: tuple[float, float]
) -> dict[str, int]:
    """Name → number of series, of what the server has of the instances in that time."""
    names = [name for one in wanted for name in one.names]
    counts: dict[str, int] = defaultdict(int)
    for selector in _selectors(names, where):
        for labels in server.data("/api/v1/series", [("match[]", selector), *_span(window)]):
            counts[str(labels.get("__name__", ""))] += 1
    return counts


def _interval_s(server: Server, selector: str, window: tuple[float, float]) -> float:
    """Between two scrapes, by how many there were of one series."""
    seconds = max(1, round(window[1] - window[0]))
    query = f"max(count_over_time({selector}[{seconds}s]))"
    result = server.data("/api/v1/query", [("query", query), ("time", f"{window[1]:.3f}")])
    try:
        return seconds / float(result["result"][0]["value"][1])
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
        return SHORTEST_S


def _pieces(
    begin_s: float, end_s: float, interval_s: float, count: int
) -> Iterator[tuple[int, float]]:
    """Pieces of time whose samples stay below the bounds, the last one ends at the end."""
    points = min(MOST_POINTS, max(1, MOST_SAMPLES // count))
    length = max(1, int(points * interval_s * 0.9))  # scrapes are not quite regular
    at = begin_s
    while at < end_s:
        seconds = min(length, -int(-(end_s - at) // 1))
        at += seconds
        yield seconds, at


def _selectors(names: Iterable[str], where: str) -> Iterator[str]:
    """Names as selectors: plain ones together, those with labels of their own by themselves."""
    several: list[str] = []
    for name in names:
        bare, _, labels = name.partition("{")
        if labels:
            yield f"{bare}{{{labels.removesuffix('}')},{where}}}"
        else:
            several.append(bare)
    while several:
        taken, size = 0, 0
        while taken < len(several) and size < LONGEST_QUERY:
            size += len(several[taken]) + 1
            taken += 1
        yield f'{{__name__=~"{"|".join(several[:taken])}",{where}}}'
        del several[:taken]


def _bare(name: str) -> str:
    return name.partition("{")[0]


def _label(label: str, values: Iterable[str]) -> str:
    """A matcher for any of these values."""
    escaped = "|".join(re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\1", value) for value in values)
    return f"{label}=~{json.dumps(escaped, ensure_ascii=False)}"


def _span(window: tuple[float, float]) -> list[tuple[str, str]]:
    return [("start", f"{window[0]:.3f}"), ("end", f"{window[1]:.3f}")]
