"""Rule: local ports to the next tier run out."""

from __future__ import annotations

from diagnose.case import Case, CitedLimit
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._judging import Counted, cleared, counts, timing, worst

SAID = (message("nginx", "no_local_address"), message("app", "no_local_address"))
WAITING, PORTS = "sock.time_wait", "net.ephemeral_ports"
FULL = 0.9  # of the ports in TIME_WAIT: a lead (a choice)
ROOMY = 0.5  # of the ports: even if all went to one address there is room (a choice)


@rule(
    resource="ephemeral_ports",
    roles=("cdn", "lb", "app"),
    needs=(f"{SAID[0]} | {SAID[1]} | {WAITING}",),
    pattern="T06",
    how_to_collect="nginx's or the application's error log; ss -s each second; "
    "sysctl net.ipv4.ip_local_port_range",
)
def local_ports_run_out(case: Case) -> Outcome:
    """Local ports to the next tier run out.

    What it says:
        Every local port towards one address of the next tier was taken, most of them by
        connections that had ended and waited in TIME_WAIT for a minute.

    Why it matters:
        No further connection can be opened: 28,232 ports and 60 s make 470 new connections a
        second to one address, no more. Before that, the search for a free port burns
        processor time.

    How it decides:
        "Cannot assign requested address" in a log while the load ran is a mechanism, and
        as many failures as messages. Without it, connections in TIME_WAIT near the number
        of ports are a lead.

    What fools it:
        TIME_WAIT is counted for the whole host: connections that clients opened wait
        there too and take no local port, and several addresses behind share the count.

    Source:
        https://docs.kernel.org/networking/ip-sysctl.html (ip_local_port_range, tcp_tw_reuse)
        connect(2), EADDRNOTAVAIL; https://nginx.org/en/docs/http/ngx_http_upstream_module.html
        (keepalive)
    """
    found = counts(case, *SAID, fewest=1)
    said, ports = worst(found), case.limit(PORTS)
    taken = case.held(WAITING) / ports.value if ports else float("nan")
    if said is None and (found or not taken >= FULL):
        return _room(case, found, ports, taken)
    level = _level(case, ports)
    return case.finding(
        "ephemeral_ports",
        f"no local port was free {times(said.total)}"
        if said
        else f"connections in TIME_WAIT take {show(taken, 'ratio')} of the local ports",
        Place.BEHIND,
        evidence=(*([case.count(said.metric)] if said else []), *level),
        strength=1.0 if said else 0.5,
        failures=said.total if said else float("nan"),
        experiment=Experiment(
            do="keep connections to the next tier alive (nginx: keepalive in upstream, "
            'proxy_http_version 1.1, proxy_set_header Connection "") and rerun',
            if_this_is_it="TIME_WAIT falls to a few hundred and the errors stop",
            if_not="TIME_WAIT falls and the symptom stays",
        ),
        fix="keep upstream connections alive; more upstream addresses; a wider port range",
        **_timing(case, said, ports),
    )


def _timing(case: Case, said: Counted | None, ports: CitedLimit | None) -> dict[str, object]:
    if said or ports is None:
        return timing(case, said) if said else {}
    return {
        "mechanism": False,
        "onset_s": case.onset_s(WAITING, above=FULL * ports.value),
        "grows_with_load": case.grows_with_load(WAITING),
        "missing": ("the error log of what opens these connections",),
    }


def _level(case: Case, ports: CitedLimit | None) -> list[Evidence]:
    if not case.has(WAITING):
        return []
    of = f", of {show(ports.value)} local ports" if ports else ""
    held = case.held(WAITING)
    return [case.note(f"{show(held)} connections in TIME_WAIT{of}", WAITING, value=held)]


def _room(
    case: Case, found: list[Counted], ports: CitedLimit | None, taken: float
) -> Cleared | CannotTell:
    level = "".join(f"; {e.says}" for e in _level(case, ports))
    if found:
        return cleared(case, "ephemeral_ports", found, f"no log says that ports ran out{level}")
    if taken < ROOMY:
        note = _level(case, ports)[0]
        return Cleared(case.component.name, "ephemeral_ports", note.says, note.source)
    missing = "the error log of what opens connections to the next tier"
    return CannotTell(case.component.name, "ephemeral_ports", (missing,) if ports else (PORTS,))
