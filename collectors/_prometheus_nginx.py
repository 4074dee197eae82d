"""nginx: nginx-prometheus-exporter (also of NGINX Plus), the module VTS, and its exporter.

Source: https://github.com/nginxinc/nginx-prometheus-exporter,
https://github.com/vozlt/nginx-module-vts
"""

from __future__ import annotations

from diagnose.readings import Form

from ._prometheus_exporter import Exporter, names_in, table, with_total
from ._prometheus_tracks import Track, together

COUNTERS = table("""
nginx_connections_accepted       nginx.accepts_per_s
nginx_http_requests              nginx.requests_per_s
nginxplus_connections_dropped    nginx.dropped_connections_per_s
""")
GAUGES = table("""
nginx_connections_active         nginx.active_connections
nginx_connections_reading        nginx.reading
nginx_connections_writing        nginx.writing
nginx_connections_waiting        nginx.waiting
nginxplus_connections_idle       nginx.waiting
nginxplus_connections_active     nginx.active_connections
nginxplus_connections_idle       nginx.active_connections
""")
HANDLED = "nginx_connections_handled"
PLUS = {
    "nginxplus_connections_accepted": "nginx_connections_accepted",
    "nginxplus_http_requests": "nginx_http_requests",
}
VTS = ("nginx_vts_main_connections", "nginx_server_connections")  # by the label `status`


def asked() -> tuple[str, ...]:
    """Names, in each spelling."""
    return with_total([*names_in(COUNTERS, GAUGES), HANDLED, *PLUS, *VTS])


def plainly(track: Track) -> Track:
    """Under the one name that it has here."""
    name = track.name.removesuffix("_total")
    if name in VTS:
        status = track.labels.get("status", "")
        name = "nginx_http_requests" if status == "requests" else f"nginx_connections_{status}"
    return track.named(PLUS.get(name, name))


def read(exporter: Exporter) -> None:
    """Connections, and what was accepted, dropped and asked."""
    exporter.give_all(COUNTERS, Form.COUNTER)
    exporter.give_all(GAUGES, Form.GAUGE)
    accepted, handled = exporter.one("nginx_connections_accepted"), exporter.one(HANDLED)
    if accepted is not None and handled is not None:
        at_s, (came, kept) = together((accepted, handled))
        dropped = accepted.of(at_s, came - kept)
        exporter.give("nginx.dropped_connections_per_s", dropped, Form.COUNTER)
