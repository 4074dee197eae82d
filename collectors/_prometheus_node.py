"""node_exporter: what a Linux host does. Names of the releases before 0.16 are understood.

Names here are without `_total`, and those of memory and file systems without `_bytes`: so
are old and new ones the same, but for those in OLD.
Source: https://github.com/prometheus/node_exporter (collector/, CHANGELOG of 0.16.0)
"""

from __future__ import annotations

import re

import numpy as np

from diagnose.readings import Form

from ._prometheus_exporter import Exporter, names_in, table
from ._prometheus_host import work_out
from ._prometheus_tracks import Track
from ._tcp_counters import GAUGES as TCP_GAUGES
from ._tcp_counters import TOTALS as TCP_TOTALS

OLD = {  # name → today's, and the factor to its unit
    "node_cpu": ("node_cpu_seconds", 1.0),
    "node_disk_bytes_read": ("node_disk_read_bytes", 1.0),
    "node_disk_bytes_written": ("node_disk_written_bytes", 1.0),
    "node_disk_io_time_ms": ("node_disk_io_time_seconds", 1e-3),
    "node_disk_io_time_weighted": ("node_disk_io_time_weighted_seconds", 1e-3),
    "node_disk_read_time_ms": ("node_disk_read_time_seconds", 1e-3),
    "node_disk_write_time_ms": ("node_disk_write_time_seconds", 1e-3),
}
_FAMILY = re.compile(r"(TcpExt|IpExt|Tcp|Ip|Udp)(?=[A-Z])(\w+)$")


def _netstat(names: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    found = {metric: _FAMILY.match(name) for name, metric in names.items()}
    return {m: [(f"node_netstat_{f[1]}_{f[2]}", "")] for m, f in found.items() if f}


COUNTERS = _netstat(TCP_TOTALS) | table("""
node_context_switches                            cpu.context_switches_per_s
node_disk_reads_completed                device  disk.reads_per_s
node_disk_writes_completed               device  disk.writes_per_s
node_disk_read_bytes                     device  disk.read_bytes_per_s
node_disk_written_bytes                  device  disk.write_bytes_per_s
node_network_receive_bytes               device  nic.rx_bytes_per_s
node_network_receive_packets             device  nic.rx_packets_per_s
node_network_receive_errs                device  nic.rx_errors_per_s
node_network_receive_drop                device  nic.rx_dropped_per_s
node_network_receive_fifo                device  nic.rx_overrun_per_s
node_network_receive_frame               device  nic.rx_frame_per_s
node_network_transmit_bytes              device  nic.tx_bytes_per_s
node_network_transmit_packets            device  nic.tx_packets_per_s
node_network_transmit_errs               device  nic.tx_errors_per_s
node_network_transmit_drop               device  nic.tx_dropped_per_s
node_network_transmit_colls              device  nic.collisions_per_s
node_network_transmit_carrier            device  nic.tx_carrier_per_s
node_qdisc_packets                       device  qdisc.sent_packets_per_s
node_qdisc_drops                         device  qdisc.dropped_per_s
node_qdisc_overlimits                    device  qdisc.overlimits_per_s
node_qdisc_requeues                      device  qdisc.requeues_per_s
node_softnet_processed                   cpu     softnet.processed_per_s
node_softnet_dropped                     cpu     softnet.dropped_per_s
node_softnet_times_squeezed              cpu     softnet.squeezed_per_s
node_nf_conntrack_stat_insert_failed             conntrack.insert_failed_per_s
node_nf_conntrack_stat_drop                      conntrack.dropped_per_s
node_pressure_cpu_waiting_seconds                cpu.pressure_some_ratio
node_pressure_io_waiting_seconds                 disk.pressure_some_ratio
node_pressure_io_stalled_seconds                 disk.pressure_full_ratio
node_pressure_memory_waiting_seconds             memory.pressure_some_ratio
node_pressure_memory_stalled_seconds             memory.pressure_full_ratio
node_vmstat_pgmajfault                           memory.major_faults_per_s
node_vmstat_pswpin                               memory.swap_in_pages_per_s
node_vmstat_pswpout                              memory.swap_out_pages_per_s
node_vmstat_oom_kill                             message.kernel.out_of_memory_per_s
""")
GAUGES = _netstat(TCP_GAUGES) | table("""
node_load1                        cpu.load1
node_memory_MemAvailable          memory.available_bytes
node_filefd_allocated             files.system_open
node_nf_conntrack_entries         conntrack.entries
node_qdisc_current_queue_length   device  qdisc.backlog_packets
node_sockstat_sockets_used        sock.sockets
node_sockstat_TCP_inuse           sock.tcp_in_use
node_sockstat_TCP6_inuse          sock.tcp_in_use
node_sockstat_TCP_orphan          sock.orphaned
node_sockstat_TCP_tw              sock.time_wait
node_sockstat_TCP_mem             sock.tcp_memory_pages
""")
LIMITS = {
    "node_filefd_maximum": "files.system_max",
    "node_nf_conntrack_entries_limit": "conntrack.max",
    "node_memory_MemTotal": "memory.total_bytes",
    "node_network_speed_bytes": "nic.speed_bytes_per_s",
}
DERIVED = (
    *("node_cpu_seconds", "node_procs_running", "node_uname_info", "node_time_zone_offset_seconds"),
    *("node_disk_io_time_seconds", "node_disk_io_time_weighted_seconds"),
    *("node_disk_read_time_seconds", "node_disk_write_time_seconds"),
    *("node_memory_MemFree", "node_memory_Buffers", "node_memory_Cached"),
    *("node_memory_SwapTotal", "node_memory_SwapFree"),
    *("node_filesystem_size", "node_filesystem_free", "node_filesystem_avail"),
    *("node_filesystem_files", "node_filesystem_files_free"),
)
IN_BYTES = ("node_memory_", "node_filesystem_")


def asked() -> tuple[str, ...]:
    """Every name that the tables and what is worked out need, in each of its spellings."""
    plain = [*names_in(COUNTERS, GAUGES), *LIMITS, *DERIVED]
    bytes_ = [f"{name}_bytes" for name in plain if name.startswith(IN_BYTES)]
    return tuple(dict.fromkeys([*plain, *(f"{name}_total" for name in plain), *bytes_, *OLD]))


def plainly(track: Track) -> Track:
    """Under the one name that it has here."""
    name = track.name.removesuffix("_total")
    if name.startswith(IN_BYTES):
        name = name.removesuffix("_bytes")
    return track.named(*OLD.get(name, (name, 1.0)))


def read(exporter: Exporter) -> None:
    """Counters, gauges and ceilings as they stand, and what is worked out of several."""
    exporter.give_all(COUNTERS, Form.COUNTER)
    exporter.give_all(GAUGES, Form.GAUGE)
    for name, limit in LIMITS.items():
        for part, track in exporter.by(name, "device").items():
            if track.values[-1] > 0:  # a link whose speed is not known has -1
                exporter.limit(limit, track, part)
    for track in exporter.all("node_uname_info"):
        exporter.fact("host.name", track.labels.get("nodename", ""), track)
        exporter.fact("os.kernel", track.labels.get("release", ""), track)
    for track in exporter.all("node_time_zone_offset_seconds"):
        exporter.fact("clock.utc_offset_s", f"{track.values[-1]:g}", track)
    for track in exporter.all("node_procs_running"):  # the exporter itself is one of them
        exporter.give("cpu.run_queue", track.of(track.at_s, np.maximum(track.values - 1, 0)))
    work_out(exporter)
