"""Rule: the load generator runs out of local ports."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._generator import counted_errors, errors_saying
from ._levels import comes_with_load, first_message_s, messages, stays_above, steady

SAID = message("generator", "no_local_address")
WORDS = ("cannot assign requested address", "errno 99")  # in its table of failures
WAITING = "sock.time_wait"
# ip-sysctl: ip_local_port_range is 32768 to 60999 where nobody set it.
PORTS = 28_232
NEARLY_ALL = 0.85  # of the range in TIME_WAIT (a choice; a generator with one target)

TRY = Experiment(
    do="on the generator only: net.ipv4.ip_local_port_range 1024 65535, tcp_tw_reuse 1",
    if_this_is_it="the messages stop at the same load",
    if_not="the same failures: look at the first tier's accept queue",
)


@rule(
    resource="ephemeral_ports",
    roles=("load_generator",),
    pattern="G06",
    how_to_collect="the generator's log; ss -s each second; sysctl net.ipv4.ip_local_port_range",
)
def generator_runs_out_of_ports(case: Case) -> Outcome:
    """The load generator runs out of local ports.

    What it says:
        The generator could not get a local port for a new connection, or nearly all of its
        range stood in TIME_WAIT.

    Why it matters:
        A closed connection keeps its port for 60 s. With 28,232 ports to one target that is
        470 new connections a second; beyond, connecting fails or takes long, and no server
        ever sees it.

    How it decides:
        "Cannot assign requested address" in its log: a mechanism, with the
        failures of its own table that bear that text. TIME_WAIT at 85 % of the range or
        more, held: a lead, since the range counts for each target apart.

    What fools it:
        TIME_WAIT of other targets or other clients on the host; tcp_tw_reuse lets ports be
        taken sooner; several source addresses multiply the range.

    Source:
        https://docs.kernel.org/networking/ip-sysctl.html (ip_local_port_range, tcp_tw_reuse)
        include/net/tcp.h (TCP_TIMEWAIT_LEN = 60 s); https://github.com/grafana/k6/issues/826
        https://grafana.com/docs/k6/latest/set-up/fine-tune-os/
    """
    name, failed = case.component.name, errors_saying(case, *WORDS)
    said = [*messages(case, SAID), *failed]
    if not said and not case.has(SAID) and not case.has(WAITING):
        return CannotTell(name, "ephemeral_ports", (f"{SAID} | {WAITING}",))
    limit = case.limit("net.ephemeral_ports")
    ports = limit.value if limit else float(PORTS)
    full = stays_above(case, WAITING, NEARLY_ALL * ports) and not steady(case, WAITING)
    if not said and not full:
        source = case.sources(SAID, WAITING, "net.ephemeral_ports")
        return Cleared(name, "ephemeral_ports", _cleared(case, ports), source)
    return case.finding(
        "ephemeral_ports",
        "the load generator ran out of local ports",
        Place.FRONT,
        evidence=(*said, *_ports_note(case, ports)),
        mechanism=bool(said),
        missing=() if said else ("a message of the generator that a port was wanting",),
        onset_s=_onset_s(case, NEARLY_ALL * ports),
        grows_with_load=comes_with_load(case, SAID) if said else case.grows_with_load(WAITING),
        failures=counted_errors(failed),
        experiment=TRY,
        fix="keep connections open in the script, a wider range, more source addresses",
    )


def _cleared(case: Case, ports: float) -> str:
    if not case.has(WAITING):
        return "no connection failed for want of a port"
    return f"connections in TIME_WAIT: {show(case.held(WAITING))}, of {show(ports)} ports"


def _ports_note(case: Case, ports: float) -> list[Evidence]:
    limit = case.limit("net.ephemeral_ports")
    seen = [case.rise(WAITING)] if case.has(WAITING) else []
    if limit:
        seen.append(case.limit_note(f"{show(ports)} local ports for each target", limit))
    return seen


def _onset_s(case: Case, level: float) -> float:
    first = first_message_s(case, SAID)
    return case.onset_s(WAITING, above=level) if math.isnan(first) else first
