"""The vocabulary: every quantity that collectors measure and rules ask for, named once.

A metric's name says where it was read (`nic.`, `tcp.`, `http.`, …) and ends in its
unit. Collectors emit these names, rules need these names, reports print their
meaning; a test holds all three to this table. What a metric is split by (device,
core, route, message) is the `part` of a signal, never in the name.

The resource is one of RESOURCES, or "" where a quantity is no resource's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

RESOURCES = (
    "cpu",
    "memory",
    "swap",
    "disk",
    "disk_space",
    "nic_receive",
    "egress_queue",
    "bandwidth",
    "packet_loss",
    "conntrack",
    "listen_backlog",
    "syn_queue",
    "ephemeral_ports",
    "file_descriptors",
    "connections",
    "request_limit",
    "thread_pool",
    "connection_pool",
    "db_connections",
    "slow_query",
    "row_lock",
    "lock",
    "checkpoint",
    "gc",
    "dns",
    "upstream",
    "rate_limit",
    "unexplained",
)


class Kind(StrEnum):
    """What a quantity tells of its resource (utilization, saturation, errors: USE)."""

    UTILIZATION = "utilization"
    SATURATION = "saturation"
    ERRORS = "errors"
    LATENCY = "latency"
    THROUGHPUT = "throughput"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class Metric:
    """One quantity. `unit` is what diagnose.units.show understands."""

    name: str
    unit: str
    kind: Kind
    resource: str
    says: str
    part: str = ""  # what its parts are: "device", "core", "route"; "" for one value a host
    shown: bool = True  # offered to the statistical ranking and the plots


def _table(kind: Kind, resource: str, rows: str) -> list[Metric]:
    """Rows of `name | unit | meaning [| what the parts are]`."""
    cells = [[cell.strip() for cell in row.split("|")] for row in rows.strip().splitlines()]
    return [Metric(c[0], c[1], kind, resource, c[2], c[3] if len(c) > 3 else "") for c in cells]


U, S, E, L, T, N = (
    Kind.UTILIZATION,
    Kind.SATURATION,
    Kind.ERRORS,
    Kind.LATENCY,
    Kind.THROUGHPUT,
    Kind.LOAD,
)

_ALL = [
    # -- as the load generator saw it ------------------------------------------------------
    *_table(N, "", "load.users | 1 | users (virtual users, connections) at work"),
    *_table(T, "", "load.requests_per_s | 1/s | requests that ended | route"),
    *_table(E, "", "load.failures_per_s | 1/s | requests that failed | route"),
    *_table(
        L,
        "",
        """
        load.mean_s | s | mean response time of the interval, failures included | route
        load.p50_s | s | median response time | route
        load.p95_s | s | 95th percentile of response time | route
        load.p99_s | s | 99th percentile of response time | route
        """,
    ),
    # -- HTTP tiers: access logs and application logs, one row a request --------------------
    *_table(
        T,
        "",
        """
        http.requests_per_s | 1/s | requests logged | route
        http.bytes_per_s | bytes/s | response bytes sent
        http.new_connections_per_s | 1/s | requests that were the first on their connection
        """,
    ),
    *_table(
        E,
        "upstream",
        """
        http.failures_per_s | 1/s | responses 5xx, and 499 while the test ran | route
        http.born_failures_per_s | 1/s | 5xx that no upstream had sent: born at this tier
        http.upstream_failures_per_s | 1/s | 5xx that came from the tier behind
        http.status_per_s | 1/s | responses by status | status
        http.gave_up_per_s | 1/s | 499: the caller gave up first
        http.retries_per_s | 1/s | further upstream tries within a request
        """,
    ),
    *_table(E, "rate_limit", "http.too_many_per_s | 1/s | responses 429: a rate limit spoke"),
    *_table(
        L,
        "",
        """
        http.request_s | s | mean time of a request at this tier | route
        http.p95_s | s | 95th percentile of a request's time at this tier
        http.upstream_s | s | mean time per request spent behind this tier
        http.own_s | s | mean time per request inside this tier (request - upstream - waits)
        http.connect_s | s | mean time to connect to the upstream, per request
        http.header_s | s | mean time to the first byte of the upstream, per request
        http.wait_s | s | mean of a wait that the application names, per request | wait
        """,
    ),
    *_table(S, "", "http.in_flight | 1 | requests inside this tier (from ends and durations)"),
    *_table(T, "", "http.upstream_requests_per_s | 1/s | tries by upstream address | upstream"),
    # -- nginx ----------------------------------------------------------------------------
    *_table(
        U,
        "connections",
        """
        nginx.active_connections | 1 | client connections, idle ones included (stub_status)
        nginx.reading | 1 | connections whose request header is being read
        nginx.writing | 1 | connections whose response is being written
        nginx.waiting | 1 | idle keep-alive connections
        """,
    ),
    *_table(
        T,
        "connections",
        """
        nginx.accepts_per_s | 1/s | connections accepted
        nginx.requests_per_s | 1/s | requests handled
        """,
    ),
    *_table(
        E,
        "connections",
        "nginx.dropped_connections_per_s | 1/s | accepted and not handled: a limit was hit",
    ),
    # -- HAProxy ----------------------------------------------------------------------------
    *_table(
        U,
        "connections",
        """
        haproxy.connections | 1 | connections of clients, of the whole process
        haproxy.sessions | 1 | sessions of a proxy or a server | proxy
        """,
    ),
    *_table(S, "upstream", "haproxy.queue | 1 | requests that wait for a free server | proxy"),
    *_table(U, "cpu", "haproxy.loop_busy_ratio | ratio | time that its event loop was not idle"),
    *_table(
        T,
        "connections",
        """
        haproxy.accepts_per_s | 1/s | connections accepted
        haproxy.sessions_per_s | 1/s | sessions begun | proxy
        """,
    ),
    *_table(
        E,
        "upstream",
        """
        haproxy.connect_errors_per_s | 1/s | servers that could not be connected to | proxy
        haproxy.response_errors_per_s | 1/s | responses that broke off or were none | proxy
        haproxy.retries_per_s | 1/s | connections tried again | proxy
        haproxy.answers_5xx_per_s | 1/s | answers with a status of 500 and more | proxy
        """,
    ),
    *_table(
        E, "rate_limit", "haproxy.denied_requests_per_s | 1/s | requests that a rule denied | proxy"
    ),
    # -- caches (Redis) ---------------------------------------------------------------------
    *_table(U, "connections", "cache.connections | 1 | client connections of the cache"),
    *_table(S, "", "cache.blocked_clients | 1 | clients that wait in a blocking command"),
    *_table(U, "memory", "cache.memory_bytes | bytes | memory of the cache's data"),
    *_table(S, "memory", "cache.evictions_per_s | 1/s | keys dropped for want of memory"),
    *_table(
        U,
        "cpu",
        "cache.thread_busy_ratio | ratio | processor time of the thread that runs commands",
    ),
    *_table(
        E,
        "connections",
        "cache.rejected_connections_per_s | 1/s | refused: maxclients was reached",
    ),
    *_table(
        T,
        "",
        """
        cache.commands_per_s | 1/s | commands run by the cache
        cache.connects_per_s | 1/s | connections opened to the cache
        cache.hits_per_s | 1/s | keys that were asked for and there
        cache.misses_per_s | 1/s | keys that were asked for and not there
        """,
    ),
    # -- processors -----------------------------------------------------------------------
    *_table(
        U,
        "cpu",
        """
        cpu.busy_ratio | ratio | mean over processors of time not idle (iowait counts as idle)
        cpu.core_busy_ratio | ratio | time not idle of one processor | core
        cpu.user_ratio | ratio | time in user mode
        cpu.system_ratio | ratio | time in the kernel
        cpu.softirq_ratio | ratio | time in soft interrupts
        cpu.core_softirq_ratio | ratio | time of one processor in soft interrupts | core
        process.cpu_ratio | ratio | processor time of a process, 1 is one core | process
        """,
    ),
    *_table(
        S,
        "cpu",
        """
        cpu.steal_ratio | ratio | time the hypervisor gave to others
        process.cpu_wait_ratio | ratio | time a process was ready and had no processor | process
        cpu.run_queue | 1 | tasks running or waiting for a processor
        cpu.load1 | 1 | load average of a minute (counts waits for disk too)
        cpu.throttled_ratio | ratio | share of periods cut short by the CPU quota | cgroup
        cpu.throttled_s_per_s | 1 | seconds throttled per second | cgroup
        cpu.pressure_some_ratio | ratio | time in which some task waited for a processor (PSI)
        cpu.pressure_full_ratio | ratio | time in which all tasks waited for a processor (PSI)
        """,
    ),
    *_table(
        T,
        "cpu",
        """
        cpu.context_switches_per_s | 1/s | context switches
        cpu.cgroup_usage_cores | 1 | processors' worth of time used by a control group | cgroup
        """,
    ),
    # -- memory ---------------------------------------------------------------------------
    *_table(
        U,
        "memory",
        """
        memory.used_ratio | ratio | memory not available, of all memory
        memory.available_bytes | bytes | memory that can be had without swapping
        memory.cgroup_bytes | bytes | memory that a control group uses, its cache included | cgroup
        """,
    ),
    *_table(
        S,
        "memory",
        """
        memory.pressure_some_ratio | ratio | time in which some task waited for memory (PSI)
        memory.pressure_full_ratio | ratio | time in which all tasks waited for memory (PSI)
        memory.major_faults_per_s | 1/s | page faults that needed the disk
        memory.direct_reclaims_per_s | 1/s | times a task had to free memory itself to get some
        memory.cgroup_max_hits_per_s | 1/s | times a control group met its memory limit | cgroup
        """,
    ),
    *_table(
        E,
        "memory",
        """
        memory.oom_kills_per_s | 1/s | processes killed for want of memory
        memory.cgroup_oom_kills_per_s | 1/s | processes killed in a control group | cgroup
        """,
    ),
    *_table(
        S,
        "swap",
        """
        memory.swap_out_pages_per_s | 1/s | pages written to swap
        memory.swap_in_pages_per_s | 1/s | pages read from swap
        memory.swap_used_ratio | ratio | swap in use
        """,
    ),
    # -- disks ----------------------------------------------------------------------------
    *_table(
        U,
        "disk",
        """
        disk.util_ratio | ratio | time in which the device had a request | device
        cpu.iowait_ratio | ratio | idle time with a disk request pending (no proof of a disk limit)
        """,
    ),
    *_table(
        S,
        "disk",
        """
        disk.queue_length | 1 | mean number of requests queued or in service | device
        disk.pressure_some_ratio | ratio | time in which some task waited for the disk (PSI)
        disk.pressure_full_ratio | ratio | time in which all tasks waited for the disk (PSI)
        """,
    ),
    *_table(
        L,
        "disk",
        """
        disk.await_s | s | mean time of a request, queue included | device
        disk.read_await_s | s | mean time of a read | device
        disk.write_await_s | s | mean time of a write | device
        """,
    ),
    *_table(
        T,
        "disk",
        """
        disk.reads_per_s | 1/s | reads completed | device
        disk.writes_per_s | 1/s | writes completed | device
        disk.read_bytes_per_s | bytes/s | bytes read | device
        disk.write_bytes_per_s | bytes/s | bytes written | device
        """,
    ),
    *_table(
        U,
        "disk_space",
        """
        disk.space_used_ratio | ratio | file system's space in use | filesystem
        disk.inodes_used_ratio | ratio | file system's inodes in use | filesystem
        """,
    ),
    # -- network devices ------------------------------------------------------------------
    *_table(
        T,
        "bandwidth",
        """
        nic.rx_packets_per_s | 1/s | packets received | interface
        nic.tx_packets_per_s | 1/s | packets sent | interface
        nic.rx_bytes_per_s | bytes/s | bytes received | interface
        nic.tx_bytes_per_s | bytes/s | bytes sent | interface
        """,
    ),
    *_table(
        U, "bandwidth", "nic.util_ratio | ratio | of the link's speed (sar %ifutil) | interface"
    ),
    *_table(
        E,
        "bandwidth",
        "nic.allowance_exceeded_per_s | 1/s | packets beyond what the cloud allows | allowance",
    ),
    *_table(
        E,
        "nic_receive",
        """
        nic.rx_dropped_per_s | 1/s | received and dropped (ring, filter, protocol) | interface
        nic.rx_missed_per_s | 1/s | missed for want of ring buffers (rx_missed_errors) | interface
        nic.rx_overrun_per_s | 1/s | receive FIFO or ring overruns | interface
        softnet.dropped_per_s | 1/s | packets dropped for a full backlog queue | core
        softnet.squeezed_per_s | 1/s | receive loops cut short with work left | core
        """,
    ),
    *_table(
        E,
        "packet_loss",
        """
        nic.rx_errors_per_s | 1/s | bad packets received | interface
        nic.rx_crc_per_s | 1/s | checksum errors of frames: cable, port, duplex | interface
        nic.rx_frame_per_s | 1/s | misaligned frames | interface
        nic.tx_errors_per_s | 1/s | packets that could not be sent | interface
        nic.collisions_per_s | 1/s | collisions | interface
        nic.tx_carrier_per_s | 1/s | carrier lost while sending | interface
        """,
    ),
    *_table(
        E,
        "egress_queue",
        """
        nic.tx_dropped_per_s | 1/s | packets dropped before sending | interface
        qdisc.dropped_per_s | 1/s | packets dropped by the queueing discipline | interface
        """,
    ),
    *_table(
        S,
        "egress_queue",
        """
        qdisc.backlog_packets | 1 | packets waiting in the queueing discipline | interface
        qdisc.overlimits_per_s | 1/s | times the shaper held a packet back | interface
        qdisc.requeues_per_s | 1/s | packets put back for a busy driver | interface
        """,
    ),
    *_table(T, "egress_queue", "qdisc.sent_packets_per_s | 1/s | packets sent | interface"),
    *_table(T, "nic_receive", "softnet.processed_per_s | 1/s | packets processed by a core | core"),
    # -- IP and TCP (nstat, /proc/net/snmp and netstat) --------------------------------------
    *_table(
        T,
        "",
        """
        tcp.out_segments_per_s | 1/s | TCP segments sent
        tcp.in_segments_per_s | 1/s | TCP segments received
        tcp.active_opens_per_s | 1/s | connections opened by this host
        tcp.passive_opens_per_s | 1/s | connections accepted by this host
        ip.received_per_s | 1/s | datagrams received
        ip.fragments_per_s | 1/s | fragments received
        ip.reassembled_per_s | 1/s | datagrams put together from fragments
        ip.delivered_per_s | 1/s | datagrams delivered to this host's own protocols
        ip.forwarded_per_s | 1/s | datagrams forwarded: this host routes
        ip.out_requests_per_s | 1/s | datagrams that this host's own protocols sent
        ip.out_transmits_per_s | 1/s | datagrams handed to a link
        """,
    ),
    *_table(
        E,
        "packet_loss",
        """
        tcp.retransmits_per_s | 1/s | segments sent again
        tcp.timeouts_per_s | 1/s | retransmission timeouts
        tcp.syn_retransmits_per_s | 1/s | SYNs sent again: nobody answered the first
        tcp.resets_sent_per_s | 1/s | segments with RST sent
        tcp.established_resets_per_s | 1/s | established connections reset
        tcp.attempt_fails_per_s | 1/s | connection attempts that failed
        ip.rp_filter_drops_per_s | 1/s | dropped by the reverse path filter
        ip.no_route_per_s | 1/s | no route to send by
        ip.filtered_per_s | 1/s | datagrams that came and that neither a socket nor a link got
        ip.header_errors_per_s | 1/s | datagrams with a bad header
        ip.address_errors_per_s | 1/s | datagrams for nobody here
        ip.unknown_protocols_per_s | 1/s | datagrams of an unknown protocol
        ip.fragment_fails_per_s | 1/s | datagrams too long for the next link
        ip.unrouted_per_s | 1/s | datagrams received without a route on
        ip.in_discards_per_s | 1/s | good input datagrams discarded
        ip.out_discards_per_s | 1/s | output datagrams discarded
        tcp.mtu_probe_fails_per_s | 1/s | path MTU probes that failed
        tcp.checksum_errors_per_s | 1/s | segments with a bad checksum
        """,
    ),
    *_table(
        E,
        "listen_backlog",
        """
        tcp.listen_overflows_per_s | 1/s | connections refused by a full accept queue
        tcp.listen_drops_per_s | 1/s | SYNs or handshakes dropped by a listening socket
        """,
    ),
    *_table(
        E,
        "syn_queue",
        """
        tcp.syn_queue_drops_per_s | 1/s | SYNs dropped by a full SYN queue (TCPReqQFullDrop)
        tcp.syn_cookies_per_s | 1/s | SYN cookies sent for a full SYN queue
        """,
    ),
    *_table(
        E,
        "memory",
        """
        tcp.memory_pressures_per_s | 1/s | times TCP entered memory pressure
        tcp.abort_on_memory_per_s | 1/s | connections aborted for want of memory
        tcp.receive_queue_drops_per_s | 1/s | segments dropped by a full receive queue
        tcp.pruned_per_s | 1/s | receive queues pruned for want of buffer
        tcp.backlog_drops_per_s | 1/s | segments dropped by a full socket backlog
        udp.receive_buffer_errors_per_s | 1/s | datagrams dropped by a full receive buffer
        """,
    ),
    *_table(
        E, "ephemeral_ports", "tcp.time_wait_overflows_per_s | 1/s | TIME_WAIT buckets exhausted"
    ),
    *_table(
        N,
        "connections",
        """
        sock.tcp_established | 1 | established TCP connections
        sock.tcp_in_use | 1 | TCP sockets in use
        sock.sockets | 1 | sockets in use
        sock.orphaned | 1 | orphaned TCP sockets
        """,
    ),
    *_table(S, "ephemeral_ports", "sock.time_wait | 1 | TCP connections in TIME_WAIT"),
    *_table(U, "memory", "sock.tcp_memory_pages | 1 | pages of memory held by TCP"),
    *_table(
        S, "listen_backlog", "listen.queue_length | 1 | connections waiting to be accepted | socket"
    ),
    # -- connection tracking, files, processes -----------------------------------------------
    *_table(U, "conntrack", "conntrack.entries | 1 | tracked connections"),
    *_table(
        E,
        "conntrack",
        """
        conntrack.insert_failed_per_s | 1/s | entries that could not be inserted
        conntrack.dropped_per_s | 1/s | packets dropped by connection tracking
        """,
    ),
    *_table(
        U,
        "file_descriptors",
        """
        files.system_open | 1 | open file handles of the whole host
        process.open_files | 1 | open files of a process | process
        """,
    ),
    *_table(U, "thread_pool", "process.threads | 1 | threads of a process | process"),
    # -- databases ---------------------------------------------------------------------------
    *_table(
        U,
        "db_connections",
        """
        db.connections | 1 | client connections
        db.max_used_connections | 1 | most client connections since the server started
        """,
    ),
    *_table(
        E,
        "db_connections",
        """
        db.refused_connections_per_s | 1/s | refused: max_connections was reached
        db.aborted_connects_per_s | 1/s | failed attempts to connect
        db.aborted_clients_per_s | 1/s | connections closed without goodbye
        """,
    ),
    *_table(
        T,
        "",
        """
        db.queries_per_s | 1/s | statements run
        db.connects_per_s | 1/s | connections opened to the server
        db.commits_per_s | 1/s | transactions committed
        db.rollbacks_per_s | 1/s | transactions rolled back
        db.rows_read_per_s | 1/s | rows read by the storage engine
        """,
    ),
    *_table(N, "", "db.running | 1 | statements running (Threads_running)"),
    *_table(N, "thread_pool", "db.threads_created_per_s | 1/s | threads made for connections"),
    *_table(
        S,
        "slow_query",
        """
        db.slow_statements_per_s | 1/s | statements slower than the server's threshold
        db.scans_per_s | 1/s | joins or selects that read a whole table
        db.scan_rows_per_s | 1/s | rows read by scanning (Handler_read_rnd_next)
        db.tmp_disk_tables_per_s | 1/s | temporary tables on disk
        db.tmp_tables_per_s | 1/s | temporary tables
        db.sort_merge_passes_per_s | 1/s | sorts that needed merging
        db.temp_files_per_s | 1/s | files that sorts and joins wrote for want of work_mem
        db.temp_bytes_per_s | bytes/s | bytes of such files
        """,
    ),
    *_table(
        S,
        "row_lock",
        """
        db.row_lock_waits_per_s | 1/s | waits for a row lock that began
        db.row_lock_wait_s_per_s | 1 | seconds waited for row locks per second: mean waiters
        db.row_lock_waiting | 1 | statements waiting for a row lock now
        """,
    ),
    *_table(
        E,
        "row_lock",
        "db.deadlocks_per_s | 1/s | deadlocks",
    ),
    *_table(
        S,
        "lock",
        """
        db.table_lock_waits_per_s | 1/s | table locks that had to wait
        db.lock_waiting | 1 | sessions waiting for a lock on more than a row
        db.idle_in_transaction | 1 | sessions that hold a transaction open and do nothing
        """,
    ),
    *_table(S, "", "db.waiting | 1 | statements that wait inside the server | wait"),
    *_table(
        S,
        "memory",
        """
        db.buffer_pool_miss_ratio | ratio | page requests that had to read the disk
        db.buffer_pool_wait_free_per_s | 1/s | waits for a free page
        """,
    ),
    *_table(
        T,
        "disk",
        """
        db.page_reads_per_s | 1/s | pages read from disk
        db.page_requests_per_s | 1/s | pages asked of the buffer pool
        db.fsyncs_per_s | 1/s | fsync calls
        """,
    ),
    *_table(
        S,
        "checkpoint",
        """
        db.log_waits_per_s | 1/s | waits for a too small log buffer
        db.checkpoints_per_s | 1/s | checkpoints, by time or for a full log | why
        db.checkpoint_age_ratio | ratio | redo not yet checkpointed, of its capacity
        """,
    ),
    *_table(S, "disk", "db.pending_io | 1 | reads, writes and fsyncs pending in the engine"),
    *_table(S, "", "db.history_list_length | 1 | undo records not yet purged"),
    *_table(S, "", "db.replication_lag_s | s | replica behind its source"),
    # all statements, counted by the server itself (performance_schema, pg_stat_statements)
    *_table(T, "", "sql.calls_per_s | 1/s | statements of one shape run | statement"),
    *_table(
        S,
        "slow_query",
        """
        sql.total_time_s_per_s | 1 | seconds spent in statements of a shape per second | statement
        sql.total_rows_per_s | 1/s | rows examined by all statements of a shape | statement
        """,
    ),
    # statements of a slow log: what is slower than the threshold, one row a statement
    *_table(
        S,
        "slow_query",
        """
        sql.logged_per_s | 1/s | statements in the slow log | statement
        sql.time_s_per_s | 1 | seconds spent in logged statements per second | statement
        sql.rows_examined_per_s | 1/s | rows examined by logged statements | statement
        """,
    ),
    *_table(L, "slow_query", "sql.statement_s | s | mean time of logged statements | statement"),
    *_table(
        S,
        "row_lock",
        "sql.lock_s_per_s | 1 | seconds logged statements waited for locks per second",
    ),
]

# -- messages of logs: one metric each, counted per second ------------------------------------
_MESSAGES = """
nginx | connections | worker_connections_not_enough | worker_connections are not enough
nginx | connections | reusing_connections | worker_connections are not enough, reusing connections
nginx | file_descriptors | too_many_open_files | 24: Too many open files
nginx | rate_limit | limiting_requests | limiting requests, excess
nginx | rate_limit | delaying_requests | delaying request, excess
nginx | rate_limit | limiting_connections | limiting connections by zone
nginx | upstream | no_live_upstreams | no live upstreams while connecting to upstream
nginx | upstream | upstream_disabled | upstream server temporarily disabled
nginx | upstream | connect_refused | connect() failed (111: Connection refused)
nginx | upstream | connect_timed_out | upstream timed out while connecting to upstream
nginx | upstream | connect_failed | connect() failed for another reason (reset, no route)
nginx | upstream | read_timed_out | upstream timed out while reading response header
nginx | upstream | upstream_reset | recv() failed (104: Connection reset by peer)
nginx | upstream | prematurely_closed | upstream prematurely closed connection
nginx | ephemeral_ports | no_local_address | 99: Cannot assign requested address
nginx | upstream | header_too_big | upstream sent too big header
nginx | disk | buffered_to_file | response or body is buffered to a temporary file
nginx | cpu | worker_died | worker process exited on signal
nginx | memory | zone_full | could not allocate node or session in a shared zone
nginx | memory | no_memory | malloc() or mmap() failed
nginx | disk_space | no_space | 28: No space left on device
nginx | dns | could_not_resolve | host could not be resolved
nginx | upstream | other_error | other messages at level error or above
kernel | memory | out_of_memory | Out of memory: Killed process (oom-kill)
kernel | conntrack | conntrack_full | nf_conntrack: table full, dropping packet
kernel | syn_queue | syn_flooding | Possible SYN flooding on port
kernel | ephemeral_ports | time_wait_overflow | TCP: time wait bucket table overflow
kernel | memory | tcp_out_of_memory | TCP: out of memory -- consider tuning tcp_mem
kernel | connections | too_many_orphans | TCP: too many orphaned sockets
kernel | packet_loss | neighbour_overflow | neighbour table overflow
kernel | file_descriptors | file_max_reached | VFS: file-max limit reached
kernel | disk | io_error | I/O error on a block device
kernel | disk | hung_task | task blocked for more than 120 seconds
kernel | cpu | thermal_throttle | CPU clock throttled by temperature
kernel | nic_receive | napi_budget | network budget exhausted
kernel | bandwidth | link_down | network link is down
kernel | thread_pool | fork_rejected | fork rejected by pids controller
kernel | disk_space | no_space | No space left on device
db | db_connections | too_many_connections | Too many connections; too many clients already
db | row_lock | lock_wait_timeout | lock wait timeout; still waiting for lock
db | row_lock | deadlock | deadlock found or detected
db | checkpoint | checkpoints_too_frequent | checkpoints are occurring too frequently
db | checkpoint | checkpoint | checkpoint starting or complete
db | checkpoint | page_cleaner_late | page_cleaner intended loop took longer
db | connections | aborted_connection | Aborted connection
db | disk_space | disk_full | disk is full; No space left on device
db | memory | out_of_memory | out of memory
db | slow_query | temporary_file | temporary file written
db | file_descriptors | too_many_open_files | too many open files
db | lock | statement_timeout | canceling statement due to statement timeout
db | unexplained | crash | server process crashed or restarted
db | unexplained | other_error | other messages at level error or above
app | file_descriptors | too_many_open_files | too many open files
app | connection_pool | pool_exhausted | connection pool exhausted or timed out
app | memory | out_of_memory | out of memory
app | upstream | connect_refused | connection refused by a dependency
app | upstream | timed_out | timeout or deadline exceeded
app | upstream | connection_reset | connection reset or broken pipe
app | dns | dns_failure | name could not be resolved
app | db_connections | too_many_connections | Too many connections
app | ephemeral_ports | no_local_address | cannot assign requested address
app | thread_pool | queue_full | task queue or thread pool is full
app | gc | long_gc | long garbage collection pause
app | unexplained | panic | panic, unhandled exception or restart
app | unexplained | other_error | other lines at level error or above
generator | cpu | cpu_high | the load generator says that its CPU is too busy
generator | cpu | heartbeat_missed | a worker of the load generator missed its heartbeat
generator | cpu | reports_late | reports of workers came late
generator | file_descriptors | too_many_open_files | too many open files at the load generator
generator | ephemeral_ports | no_local_address | the load generator ran out of ports
generator | request_limit | too_few_users | the load generator ran out of users for its rate
generator | memory | out_of_memory | the load generator ran out of memory, or of threads
generator | unexplained | gave_up | the load generator gave up before the test was over
generator | unexplained | exception | an exception in the load script
"""


def message(source: str, slug: str) -> str:
    """The metric that counts a log message.

    >>> message("nginx", "no_live_upstreams")
    'message.nginx.no_live_upstreams_per_s'
    """
    return f"message.{source}.{slug}_per_s"


for _row in _MESSAGES.strip().splitlines():
    _source, _resource, _slug, _text = (cell.strip() for cell in _row.split("|"))
    _ALL.append(Metric(message(_source, _slug), "1/s", Kind.ERRORS, _resource, f"log: {_text}"))

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}

# Configured or physical ceilings: name -> (unit, resource, meaning).
LIMITS: dict[str, tuple[str, str, str]] = {
    name.strip(): (unit.strip(), resource.strip(), says.strip())
    for name, unit, resource, says in (
        row.split("|")
        for row in """
nginx.worker_connections | 1 | connections | connections of one worker, upstream ones included
nginx.worker_processes | 1 | cpu | workers
nginx.worker_rlimit_nofile | 1 | file_descriptors | open files of one worker
nginx.upstream_keepalive | 1 | ephemeral_ports | idle upstream connections kept by one worker
nginx.limit_req_per_s | 1/s | rate_limit | requests let through per key of a zone
nginx.limit_conn | 1 | rate_limit | connections let through per key of a zone
haproxy.max_connections | 1 | connections | connections of the whole process
haproxy.max_sessions | 1 | connections | sessions of a proxy or a server
cache.max_connections | 1 | connections | client connections of the cache
cache.max_memory_bytes | bytes | memory | memory for the cache's data
nginx.listen_backlog | 1 | listen_backlog | backlog asked for by a listen directive
nginx.proxy_connect_timeout_s | s | upstream | longest wait to connect to an upstream
nginx.proxy_read_timeout_s | s | upstream | longest wait between two reads of a response
nginx.keepalive_timeout_s | s | connections | idle time of a client connection
listen.backlog | 1 | listen_backlog | longest accept queue of a listening socket
net.somaxconn | 1 | listen_backlog | ceiling of every accept queue
net.max_syn_backlog | 1 | syn_queue | longest SYN queue
net.max_orphans | 1 | connections | TCP sockets that no process holds any more
net.ephemeral_ports | 1 | ephemeral_ports | local ports for connections to one address and port
conntrack.max | 1 | conntrack | tracked connections
files.system_max | 1 | file_descriptors | open file handles of the whole host
process.open_files_max | 1 | file_descriptors | open files of a process (soft limit)
process.threads_max | 1 | thread_pool | threads of a process
cpu.count | 1 | cpu | processors
cpu.quota_cores | 1 | cpu | processors' worth of time a control group may use
memory.total_bytes | bytes | memory | memory of the host
memory.cgroup_max_bytes | bytes | memory | memory a control group may use
nic.speed_bytes_per_s | bytes/s | bandwidth | speed of the link
db.max_connections | 1 | db_connections | client connections of the database
db.buffer_pool_bytes | bytes | memory | memory for pages of tables
db.redo_capacity_bytes | bytes | checkpoint | redo log before a checkpoint is forced
db.long_query_time_s | s | slow_query | statements slower than this are logged
app.pool_size | 1 | connection_pool | database connections of the application
app.threads_max | 1 | thread_pool | workers of the application
""".strip().splitlines()
    )
}

# -- metrics that a table brings and nobody here has named --------------------------------------
# Words of a name that tell of a resource or a kind; the first row with a word in it wins. Short
# words must be a word of the name, longer ones (four letters and more) may begin one.
_RESOURCE_WORDS = """
swap: swap
gc: gc garbage
packet_loss: retrans loss
disk_space: space inode filesystem
conntrack: conntrack
listen_backlog: backlog
file_descriptors: fd fds descriptor handles
thread_pool: thread worker
connection_pool: pool
row_lock: deadlock rowlock
lock: lock locks mutex
dns: dns
slow_query: slow
memory: mem memory rss heap oom
cpu: cpu processor steal throttl runq
disk: disk io iops iowait storage volume
bandwidth: network net nic bandwidth ethernet receive transmit rx tx
connections: conn conns connection socket
"""
_KIND_WORDS = """
errors: error err errs fail drop reject refus timeout retrans loss oom kill abort deadlock exception
saturation: queue wait backlog pressure throttl pending steal saturat swap blocked runq
latency: latency duration delay rtt await response elapsed
load: workload load users vus sessions concurren inflight active
utilization: util usage used busy percent pct ratio free avail idle
throughput: throughput rps qps tps request rate ops iops bytes packet count commit per
"""


def declare(name: str, unit: str = "", kind: Kind | None = None, says: str = "") -> Metric:
    """The metric of that name; one that is not in the vocabulary joins it until the program ends.

    Its resource, and its kind where none is given, are guessed from the words of the name;
    the resource is "" where no word tells of one.

    >>> declare("carts.memory_usage", "bytes").resource, declare("p99_latency", "s").kind
    ('memory', <Kind.LATENCY: 'latency'>)
    >>> declare("cpu.busy_ratio").unit, declare("colour").resource
    ('ratio', '')
    >>> for name in ("carts.memory_usage", "p99_latency", "colour"):
    ...     del METRICS[name]
    """
    if name not in METRICS:
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
        words = re.findall(r"[a-z]+", spaced.lower())
        guessed = Kind(_word_row(_KIND_WORDS, words) or "utilization")
        resource = _word_row(_RESOURCE_WORDS, words)
        says = says or f"{name}, as a table of metrics gave it"
        METRICS[name] = Metric(name, unit, kind or guessed, resource, says)
    return METRICS[name]


def _word_row(rows: str, words: list[str]) -> str:
    """The head of the first row that has one of the words; "" without any."""
    for row in rows.strip().splitlines():
        head, _, tells = row.partition(":")
        for tell in tells.split():
            if any(w == tell or (len(tell) > 3 and w.startswith(tell)) for w in words):
                return head
    return ""
