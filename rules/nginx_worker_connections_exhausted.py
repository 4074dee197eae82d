"""Rule: nginx runs out of worker connections."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

REFUSED = message("nginx", "worker_connections_not_enough")
REUSED = message("nginx", "reusing_connections")
DROPPED = "nginx.dropped_connections_per_s"
ACTIVE = "nginx.active_connections"


@rule(
    resource="connections",
    roles=("lb",),
    where_measured=True,
    needs=(f"{REFUSED} | {DROPPED}",),
    pattern="N01",
    how_to_collect="nginx's error log (level warn or lower), or stub_status each second",
)
def nginx_worker_connections_exhausted(case: Case) -> Outcome:
    """nginx runs out of worker connections.

    What it says:
        A worker had no free connection slot: it closed new connections, or idle ones,
        without a line in the access log.

    Why it matters:
        Users see resets and closed connections that no tier behind has ever seen; adding
        capacity behind nginx does not help. A proxied request takes two slots or more.

    How it decides:
        Any "worker_connections are not enough" in the error log while the load ran, or
        stub_status with accepts ahead of handled (they differ only when a limit is hit).
        The failures that it claims are at most as many as it counted.

    What fools it:
        "reusing connections" at level warn alone closes idle keep-alive connections and
        may cost nothing. An error log at level error or above hides the warning.

    Source:
        https://nginx.org/en/docs/ngx_core_module.html#worker_connections
        https://nginx.org/en/docs/http/ngx_http_stub_status_module.html
        src/core/ngx_connection.c (ngx_get_connection, ngx_drain_connections)
    """
    refused, dropped = case.total(REFUSED), case.total(DROPPED)
    counted = max((n for n in (refused, dropped) if not math.isnan(n)), default=0.0)
    if counted <= 0:
        return Cleared(case.component.name, "connections", _cleared(case))
    metric = REFUSED if refused > 0 else DROPPED
    return case.finding(
        "connections",
        f"nginx ran out of worker connections {times(counted)}",
        Place.FRONT,
        evidence=tuple(_evidence(case, metric)),
        onset_s=case.onset_s(metric, above=0.5),
        grows_with_load=case.grows_with_load(metric),
        failures=counted,
        experiment=Experiment(
            do="raise worker_connections fourfold (and worker_rlimit_nofile with it), reload, "
            "rerun at the plateau",
            if_this_is_it="the messages stop, and the closed connections with them",
            if_not="the same failures at the same load: look at the path in front",
        ),
        fix="raise worker_connections; keep fewer idle connections (keepalive_timeout)",
    )


def _evidence(case: Case, metric: str) -> list[Evidence]:
    found = [case.count(metric)]
    if metric != DROPPED and case.total(DROPPED) > 0:
        found.append(case.count(DROPPED))
    if case.total(REUSED) > 0:
        found.append(case.count(REUSED))
    limit = case.limit("nginx.worker_connections")
    if limit is not None:
        found.append(case.limit_note(f"worker_connections is {show(limit.value)} a worker", limit))
    return found


def _cleared(case: Case) -> str:
    active, limit = case.held(ACTIVE), case.limit("nginx.worker_connections")
    workers = case.limit("nginx.worker_processes")
    if math.isnan(active) or limit is None or workers is None:
        return "no connection was refused for want of worker connections"
    slots = limit.value * workers.value
    return f"{show(active)} connections held of {show(slots)} slots, and none refused"
