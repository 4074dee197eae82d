"""What the founding story's rules and collectors said."""

from __future__ import annotations

from diagnose.case import Run
from diagnose.metrics import METRICS, message
from diagnose.model import (
    NAN,
    Cleared,
    Evidence,
    Experiment,
    Explains,
    Fitness,
    SourceRow,
    Statement,
    Suspect,
    Unknown,
)

REFUSED = message("nginx", "worker_connections_not_enough")
LONG_SQL = (
    "SELECT i.id, i.title, i.price, s.name FROM items i JOIN sellers s ON s.id = i.seller_id "
    "WHERE i.title LIKE ? AND i.category IN (?) ORDER BY i.popularity DESC, i.id LIMIT ? OFFSET ?"
)


def fitness() -> tuple[Fitness, ...]:
    return (
        Fitness("load_generator_saturated", True, "client was at most 41 % busy"),
        Fitness("long_enough", True, "60 s of load, 27 s after the inflection"),
        Fitness("open_model", False, "users wait for each response before they send the next: as "
                "the system slows, the load falls, and waiting users hide the queue"),
        Fitness("clocks", True, "clocks agree within 32 ms"),
        Fitness("resolution", None, "cdn has no series at all: nothing can be said of its timing"),
    )  # fmt: skip


def _evidence(
    run: Run, component: str, metric: str, part: str, says: str, value: float
) -> Evidence:
    source = run.cases[component].signals(metric)[part].cite()
    return Evidence(says, source, value, METRICS[metric].unit, metric, part, component)


def suspects(run: Run) -> tuple[Suspect, ...]:
    return (_connections(run), _router(run), _disk(run))


def _connections(run: Run) -> Suspect:
    refused = (
        "log: worker_connections are not enough: 3,412 while the load ran (0/s before the "
        "inflection, 110/s after)"
    )
    return Suspect(
        1, "lb1", "connections", "nginx-worker-connections-exhausted", "likely", 0.87,
        "nginx ran out of worker connections 3,412 times",
        Explains(0.09, 0.18, 0.97), 29.0,
        for_=(
            _evidence(run, "lb1", REFUSED, "", refused, 3412),
            _evidence(run, "lb1", "nginx.active_connections", "",
                      "client connections: 131 before, 236 after", 236),
            Evidence("worker_connections is 256 a worker, and a proxied request takes two",
                     "raw/lb1/nginx.conf:9", 256, "1", component="lb1"),
        ),
        against=(Evidence("failures began 1 s before the first message", "raw/lb1/error.log:118",
                          1.0, "s"),),
        missing=("nginx's stub_status while the load ran",),
        experiment=Experiment(
            "raise worker_connections fourfold (and worker_rlimit_nofile with it), reload, rerun "
            "at the plateau",
            "the messages stop, and the closed connections with them",
            "the same failures at the same load: look at the path in front",
        ),
        fix="raise worker_connections; keep fewer idle connections (keepalive_timeout)",
        also=("lb1 · upstream: 5 further tries were a consequence",),
    )  # fmt: skip


def _router(run: Run) -> Suspect:
    return Suspect(
        2, "router", "nic_receive", "router-drops-packets", "likely", 0.74,
        "eth0 received and dropped 17,386 packets for want of ring buffers",
        Explains(0.35, 0.72, 0.03), 23.1,
        for_=(
            _evidence(run, "router", "nic.rx_dropped_per_s", "eth0",
                      "received and dropped (ring, filter, protocol) (eth0): 0/s before, 560/s "
                      "after", 560),
            Evidence("its neighbours sent 2,114 segments again in the same seconds",
                     "raw/lb1/nstat.txt:1201-2344", 2114, "1"),
        ),
        against=(), missing=("rx_missed_errors of eth0 (ethtool -S eth0)",),
        experiment=Experiment(
            "ethtool -G eth0 rx 4096 on the router, rerun",
            "retransmits and the time in front of lb1 fall together",
            "the ring is not it: compare the drops of the switch port",
        ),
        fix="enlarge the receive ring; spread interrupts over processors (RSS, RPS)",
    )  # fmt: skip


def _disk(run: Run) -> Suspect:
    return Suspect(
        3, "db", "disk", "disk-queue-grows", "possible", 0.18,
        "requests to nvme0n1 took 11 ms, 4 ms before",
        Explains(0.018, 0.037, NAN), NAN,
        for_=(_evidence(run, "db", "disk.await_s", "nvme0n1",
                        "mean time of a request, queue included (nvme0n1): 4 ms before, 11 ms "
                        "after", 0.011),),
        against=(Evidence("the device was busy 38 % of the time; full at 322/s, the plateau is 120",
                          "raw/db/sadf.json:3-120", 0.38, "ratio"),),
        missing=(),
        experiment=Experiment("put the data on tmpfs, rerun", "the plateau rises", "it stays"),
        fix="a faster disk, or fewer fsyncs (innodb_flush_log_at_trx_commit)",
    )  # fmt: skip


def cleared() -> tuple[Cleared, ...]:
    return (
        Cleared("api", "cpu", "72 % busy; full at 181 requests/s, the plateau is 120",
                "raw/api/sadf.json:3-120"),
        Cleared("api", "file_descriptors", "412 open files of 1,048,576"),
        Cleared("client", "cpu", "41 % busy, no core over 78 %"),
        Cleared("lb1", "listen_backlog", "no overflow of an accept queue"),
        Cleared("lb1", "cpu", "3 % busy"),
        Cleared("lb2", "connections", "88 connections held of 8,192 slots, and none refused"),
        Cleared("lb2", "upstream", "no message of a failing upstream in 4,416 requests"),
        Cleared("db", "slow_query", "3 statements slower than 100 ms, 0.4 % of the time in them"),
        Cleared("db", "db_connections", "at most 40 of 151"),
    )  # fmt: skip


def unknown() -> tuple[Unknown, ...]:
    return (
        Unknown("cdn", "*", ("anything",), "ask the CDN for its edge logs of the test's minutes"),
        Unknown("router", "conntrack", ("conntrack.entries", "conntrack.max"),
                "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max"),
        Unknown("db", "row_lock", ("db.row_lock_waits_per_s",), "SHOW GLOBAL STATUS each second"),
        Unknown("db", "checkpoint", ("db.log_waits_per_s",), "SHOW GLOBAL STATUS each second"),
    )  # fmt: skip


def statements() -> tuple[Statement, ...]:
    return (
        Statement("db", LONG_SQL, 975, 8.775, 0.009, 0.131, 1_204_331, 19_500, "raw/db/slow.log:7"),
        Statement("db", "INSERT INTO orders (item, 備考) VALUES (?)", 1002, 4.008, 0.004, 0.061,
                  0, 0, "raw/db/slow.log:31"),
        Statement("db", "SELECT ? FROM items WHERE id = ?", 2873, 1.44, 0.0005, 0.011, 2873, NAN,
                  "raw/db/slow.log:12"),
    )  # fmt: skip


def sources() -> tuple[SourceRow, ...]:
    return (
        SourceRow("raw/api/sadf.json", "api", "sadf_json", "sadf -j (sysstat)", 5120, 0),
        SourceRow("raw/client/run_stats_history.csv", "client", "locust_history",
                  "Locust's statistics, second by second", 61, 0, (),
                  ("percentiles are cumulative: means were recovered from the running totals",)),
        SourceRow("raw/db/slow.log", "db", "mysql_slow", "MySQL slow query log", 14633, 0),
        SourceRow("raw/lb1/access.log", "lb1", "nginx_access", "nginx access log", 4634, 3,
                  ((118, '203.0.113.7 - - [23/Nov/2026:04:05:'), (2210, "\x00\x00\x00"),
                   (4634, "10.77.1.9 - ")), ("the last line is torn",)),
        SourceRow("raw/lb1/nginx.conf", "lb1", "nginx_conf", "nginx configuration", 88, 0),
        SourceRow("raw/lb2/sa.bin", "lb2", "sa", "sar's binary file", 0, 0, (), (),
                  "made by sysstat 12.7, cannot be read without sadf"),
        SourceRow("raw/router/ip_s_link.txt", "router", "ip_link", "ip -s link", 960, 0),
    )  # fmt: skip
