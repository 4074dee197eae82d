"""The names of sar, sadf and mpstat beside those of the vocabulary, in one table.

Keys are sadf's JSON keys; text columns are what `sar` heads its columns with. A row without
a metric is needed to work another one out.

Source: activity.c, json_stats.c of sysstat 9 to 12.7
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table: value × scale is in the unit of the metric."""

    metric: str
    scale: float


# table | JSON key | text column | metric | scale
_ROWS = """
cpu-load | user | %user | cpu.user_ratio | .01
cpu-load | usr | %usr | cpu.user_ratio | .01
cpu-load | system | %system | cpu.system_ratio | .01
cpu-load | sys | %sys | cpu.system_ratio | .01
cpu-load | iowait | %iowait | cpu.iowait_ratio | .01
cpu-load | steal | %steal | cpu.steal_ratio | .01
cpu-load | soft | %soft | cpu.softirq_ratio | .01
cpu-load | idle | %idle | | .01
process-and-context-switch | cswch | cswch/s | cpu.context_switches_per_s | 1
queue | runq-sz | runq-sz | cpu.run_queue | 1
queue | ldavg-1 | ldavg-1 | cpu.load1 | 1
psi-cpu | some_avg | %scpu | cpu.pressure_some_ratio | .01
psi-cpu | full_avg | %fcpu | cpu.pressure_full_ratio | .01
psi-io | some_avg | %sio | disk.pressure_some_ratio | .01
psi-io | full_avg | %fio | disk.pressure_full_ratio | .01
psi-mem | some_avg | %smem | memory.pressure_some_ratio | .01
psi-mem | full_avg | %fmem | memory.pressure_full_ratio | .01
memory | memfree | kbmemfree | | 1
memory | avail | kbavail | | 1
memory | memused | kbmemused | | 1
memory | memused-percent | %memused | | 1
memory | buffers | kbbuffers | | 1
memory | cached | kbcached | | 1
memory | slab | kbslab | | 1
memory | swpused-percent | %swpused | memory.swap_used_ratio | .01
swap-pages | pswpin | pswpin/s | memory.swap_in_pages_per_s | 1
swap-pages | pswpout | pswpout/s | memory.swap_out_pages_per_s | 1
paging | majflt | majflt/s | memory.major_faults_per_s | 1
disk | tps | tps | | 1
disk | rd_sec | rd_sec/s | disk.read_bytes_per_s | 512
disk | wr_sec | wr_sec/s | disk.write_bytes_per_s | 512
disk | rkB | rkB/s | disk.read_bytes_per_s | 1024
disk | wkB | wkB/s | disk.write_bytes_per_s | 1024
disk | avgqu-sz | avgqu-sz | disk.queue_length | 1
disk | aqu-sz | aqu-sz | disk.queue_length | 1
disk | await | await | disk.await_s | .001
disk | util-percent | %util | disk.util_ratio | .01
net-dev | rxpck | rxpck/s | nic.rx_packets_per_s | 1
net-dev | txpck | txpck/s | nic.tx_packets_per_s | 1
net-dev | rxbyt | rxbyt/s | nic.rx_bytes_per_s | 1
net-dev | txbyt | txbyt/s | nic.tx_bytes_per_s | 1
net-dev | rxkB | rxkB/s | nic.rx_bytes_per_s | 1024
net-dev | txkB | txkB/s | nic.tx_bytes_per_s | 1024
net-dev | ifutil-percent | %ifutil | nic.util_ratio | .01
net-edev | rxerr | rxerr/s | nic.rx_errors_per_s | 1
net-edev | txerr | txerr/s | nic.tx_errors_per_s | 1
net-edev | coll | coll/s | nic.collisions_per_s | 1
net-edev | rxdrop | rxdrop/s | nic.rx_dropped_per_s | 1
net-edev | txdrop | txdrop/s | nic.tx_dropped_per_s | 1
net-edev | txcarr | txcarr/s | nic.tx_carrier_per_s | 1
net-edev | rxfram | rxfram/s | nic.rx_frame_per_s | 1
net-edev | rxfifo | rxfifo/s | nic.rx_overrun_per_s | 1
net-sock | totsck | totsck | sock.sockets | 1
net-sock | tcpsck | tcpsck | sock.tcp_in_use | 1
net-sock | tcp-tw | tcp-tw | sock.time_wait | 1
net-ip | fwddgm | fwddgm/s | ip.forwarded_per_s | 1
net-eip | idisc | idisc/s | ip.in_discards_per_s | 1
net-eip | odisc | odisc/s | ip.out_discards_per_s | 1
net-eip | onort | onort/s | ip.no_route_per_s | 1
net-tcp | active | active/s | tcp.active_opens_per_s | 1
net-tcp | passive | passive/s | tcp.passive_opens_per_s | 1
net-tcp | iseg | iseg/s | tcp.in_segments_per_s | 1
net-tcp | oseg | oseg/s | tcp.out_segments_per_s | 1
net-etcp | atmptf | atmptf/s | tcp.attempt_fails_per_s | 1
net-etcp | estres | estres/s | tcp.established_resets_per_s | 1
net-etcp | retrans | retrans/s | tcp.retransmits_per_s | 1
net-etcp | retrseg | retrseg/s | tcp.retransmits_per_s | 1
net-etcp | orsts | orsts/s | tcp.resets_sent_per_s | 1
softnet | total | total/s | softnet.processed_per_s | 1
softnet | dropd | dropd/s | softnet.dropped_per_s | 1
softnet | squeezd | squeezd/s | softnet.squeezed_per_s | 1
filesystems | %fsused | %fsused | disk.space_used_ratio | .01
filesystems | %Iused | %Iused | disk.inodes_used_ratio | .01
kernel | file-nr | file-nr | files.system_open | 1
"""

ROWS: dict[str, dict[str, Row]] = defaultdict(dict)
TEXT: dict[str, dict[str, str]] = defaultdict(dict)  # table -> text column -> key
for _line in _ROWS.strip().splitlines():
    _table, _key, _text, _metric, _scale = (cell.strip() for cell in _line.split("|"))
    ROWS[_table][_key] = Row(_metric, float(_scale))
    TEXT[_table][_text] = _key
