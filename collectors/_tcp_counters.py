"""Kernel counters by the names that nstat gives them, and what they are called here.

In /proc/net/snmp and /proc/net/netstat the same names are split: "TcpExt: ListenOverflows".

Source: https://docs.kernel.org/networking/snmp_counter.html
"""

from __future__ import annotations

# Running totals since the network namespace was made.
TOTALS = {
    "IpInReceives": "ip.received_per_s",
    "IpInDelivers": "ip.delivered_per_s",
    "IpInHdrErrors": "ip.header_errors_per_s",
    "IpInAddrErrors": "ip.address_errors_per_s",
    "IpInUnknownProtos": "ip.unknown_protocols_per_s",
    "IpExtInNoRoutes": "ip.unrouted_per_s",
    "IpOutRequests": "ip.out_requests_per_s",
    "IpOutTransmits": "ip.out_transmits_per_s",
    "IpFragFails": "ip.fragment_fails_per_s",
    "IpReasmReqds": "ip.fragments_per_s",
    "IpReasmOKs": "ip.reassembled_per_s",
    "IpForwDatagrams": "ip.forwarded_per_s",
    "IpInDiscards": "ip.in_discards_per_s",
    "IpOutDiscards": "ip.out_discards_per_s",
    "IpOutNoRoutes": "ip.no_route_per_s",
    "TcpExtIPReversePathFilter": "ip.rp_filter_drops_per_s",
    "TcpActiveOpens": "tcp.active_opens_per_s",
    "TcpPassiveOpens": "tcp.passive_opens_per_s",
    "TcpAttemptFails": "tcp.attempt_fails_per_s",
    "TcpEstabResets": "tcp.established_resets_per_s",
    "TcpInSegs": "tcp.in_segments_per_s",
    "TcpOutSegs": "tcp.out_segments_per_s",
    "TcpRetransSegs": "tcp.retransmits_per_s",
    "TcpInCsumErrors": "tcp.checksum_errors_per_s",
    "TcpOutRsts": "tcp.resets_sent_per_s",
    "TcpExtTCPTimeouts": "tcp.timeouts_per_s",
    "TcpExtTCPSynRetrans": "tcp.syn_retransmits_per_s",
    "TcpExtTCPMTUPFail": "tcp.mtu_probe_fails_per_s",
    "TcpExtListenOverflows": "tcp.listen_overflows_per_s",
    "TcpExtListenDrops": "tcp.listen_drops_per_s",
    "TcpExtTCPReqQFullDrop": "tcp.syn_queue_drops_per_s",
    "TcpExtTCPReqQFullDoCookies": "tcp.syn_cookies_per_s",
    "TcpExtTCPMemoryPressures": "tcp.memory_pressures_per_s",
    "TcpExtTCPAbortOnMemory": "tcp.abort_on_memory_per_s",
    "TcpExtTCPRcvQDrop": "tcp.receive_queue_drops_per_s",
    "TcpExtPruneCalled": "tcp.pruned_per_s",
    "TcpExtTCPBacklogDrop": "tcp.backlog_drops_per_s",
    "TcpExtTCPTimeWaitOverflow": "tcp.time_wait_overflows_per_s",
    "UdpRcvbufErrors": "udp.receive_buffer_errors_per_s",
}

# What stands now.
GAUGES = {"TcpCurrEstab": "sock.tcp_established"}
