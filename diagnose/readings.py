"""What a collector gives back: columns on the host's own clock, nothing judged.

Times are epoch seconds as the source wrote them. A source that writes no time zone
is read as if it were UTC and says `naive=True`; one that writes no date says
`date_known=False`; the clock room (diagnose.clock) puts both right. NaN is *not
measured* and is never filled with zero. `lines` are line numbers from 1 (block
formats: the line of the value itself), so that each number can be traced.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


class Form(StrEnum):
    """How the values of Samples relate to the time between them."""

    GAUGE = "gauge"  # what stood at that moment
    MEAN = "mean"  # mean over the interval that ended at that moment (sar, iostat)
    COUNTER = "counter"  # running total; the metric is its rate of change


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Readings of one metric (and part); every column has shape (n,).

    at_s is NaN where the output bears no time (a command run once, unstamped).
    For Form.COUNTER `values` are running totals in the unit of the metric times
    seconds: packets for `nic.rx_packets_per_s`.
    """

    metric: str
    at_s: Array
    values: Array
    part: str = ""
    form: Form = Form.GAUGE
    lines: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Times at which a log message stood in a log; empty arrays say "read, none found"."""

    metric: str
    at_s: Array
    lines: Ints
    part: str = ""
    example: str = ""  # one line as it stood, values of statements taken out


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """A text column: codes of shape (n,) into names; -1 where the log said nothing."""

    codes: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """One row a request, in the order of the file; every column has shape (n,).

    ended_s: when the last byte left. duration_s: at this tier. upstream_s: sum of all
    tries behind it, NaN where no upstream was asked. connect_s, header_s: likewise.
    waits_s: named waits inside duration_s ("db": time in the database as the
    application saw it, "pool": wait for a free slot). tries: upstream tries.
    A column that the format lacks is None.
    """

    ended_s: Array
    lines: Ints
    status: Array | None = None
    duration_s: Array | None = None
    upstream_s: Array | None = None
    connect_s: Array | None = None
    header_s: Array | None = None
    upstream_status: Array | None = None  # of the last try
    tries: Array | None = None
    bytes_sent: Array | None = None
    new_connection: Array | None = None  # 1 where the request was the first of its connection
    waits_s: dict[str, Array] = field(default_factory=dict)
    route: Labels | None = None  # method and path, values taken out
    upstream: Labels | None = None  # address of the last try
    sender: Labels | None = None  # address of the peer
    started: bool = False  # True where ended_s is really when the request began


@dataclass(frozen=True, slots=True, eq=False)
class LoadSeries:
    """The load as its generator saw it, one row an interval; every column has shape (n,).

    requests and failures are counts within the interval; mean_s is the interval's own
    mean; percentiles are the interval's own or NaN (never the cumulative ones).
    """

    at_s: Array  # end of the interval
    interval_s: Array
    users: Array
    requests: Array
    failures: Array
    mean_s: Array
    p50_s: Array
    p95_s: Array
    p99_s: Array
    lines: Ints
    route: str = ""  # "" for all routes together
    notes: tuple[str, ...] = ()  # what was recovered, what could not be


@dataclass(frozen=True, slots=True)
class LoadError:
    """One kind of failure as the load generator names it."""

    text: str
    count: int
    route: str = ""
    kind: str = ""  # status | timeout | refused | reset | closed | dns | other
    line: int = 0
    path: str = ""  # the engine fills it in


@dataclass(frozen=True, slots=True)
class LoadTotals:
    """The generator's own summary of the whole test (of one route, or of all: route "").

    requests: all that ended, failures included; NaN where a format bears no counts.
    failures: NaN where it does not tell them from successes.
    """

    requests: float
    failures: float
    mean_s: float = float("nan")
    p50_s: float = float("nan")
    p95_s: float = float("nan")
    p99_s: float = float("nan")
    throughput_per_s: float = float("nan")
    route: str = ""
    line: int = 0
    path: str = ""  # the engine fills it in
    max_s: float = float("nan")
    duration_s: float = float("nan")  # how long the load lasted
    users: float = float("nan")  # connections or virtual users at work: the level of load
    offered_per_s: float = float("nan")  # the rate that was asked for (open model)
    began_s: float = float("nan")  # epoch seconds, where the tool says


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """All that one file says of the load.

    relative: times of the series are seconds since the tool began, for it writes no wall
    clock; the engine finds out when that was. own_users: the users of the series are the
    tool's own count; else they are requests in flight, worked out from the requests. from_due:
    response times count from when a request was due, not from when it was sent (corrected for
    coordinated omission).
    """

    tool: str
    series: tuple[LoadSeries, ...] = ()
    totals: tuple[LoadTotals, ...] = ()
    errors: tuple[LoadError, ...] = ()
    open_model: bool | None = None  # arrivals independent of responses; None: not known
    relative: bool = False
    own_users: bool = True
    from_due: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """SQL statements of a slow log or a statement log; every column has shape (n,)."""

    at_s: Array  # when the statement ended
    duration_s: Array
    lock_s: Array
    rows_examined: Array
    rows_sent: Array
    full_scan: Array  # 1, 0, NaN where the log does not say
    fingerprint: Labels  # the statement with its values taken out
    lines: Ints


@dataclass(frozen=True, slots=True)
class Limit:
    """A ceiling that was configured, or that the hardware sets."""

    name: str  # one of diagnose.metrics.LIMITS
    value: float
    part: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a source says that is no quantity: a version, a setting, a host's name.

    Names in use: host.name host.address os.timezone os.kernel os.name nginx.version
    nginx.log_format (value: the format; part: its name) nginx.upstream (value: address)
    nginx.listen nginx.worker_processes ("auto") db.version db.product db.slow_query_log
    db.log_min_duration_ms load.tool load.version load.host load.workers clock.utc_offset_s
    haproxy.version cache.version
    log.file (value: the path of a log on its host; part: the kind of its collector)
    """

    name: str
    value: str
    part: str = ""
    line: int = 0


@dataclass(slots=True)
class Reading:
    """Everything one file gave."""

    samples: list[Samples] = field(default_factory=list)
    occurrences: list[Occurrences] = field(default_factory=list)
    requests: list[Requests] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    statements: list[Statements] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # sentences for the user
    naive: bool = False  # times bear no zone and were read as UTC
    date_known: bool = True  # False: the date is a guess (sar's header in an unknown locale)
    foreign_clock: bool = False  # times are of another host's clock than the one it tells of
    component: dict[str, list[Samples]] = field(default_factory=dict)
    # ^ a table of metrics names its components itself
