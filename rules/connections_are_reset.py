"""Rule: a server resets connections."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import A_COURSE, Course, cleared, counted, per_request, timing
from ._levels import stays_above

SENT, GOT = "tcp.resets_sent_per_s", "tcp.established_resets_per_s"
MATTERS = 0.01  # resets per request (a choice)
TIMES = 10.0  # the rate before; netdata, health.d/tcp_resets.conf compares with a minute's mean


@rule(
    resource="packet_loss",
    roles=("cdn", "lb", "app", "db", "cache", "queue"),
    needs=(SENT,),
    pattern="T07",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; sleep 1; done',
    explained_by=(
        "connections",
        "listen_backlog",
        "syn_queue",
        "file_descriptors",
        "rate_limit",
        "thread_pool",
        "memory",
        "db_connections",
        "upstream",
        "cpu",
        "nic_receive",
        "disk",
        "slow_query",
        "row_lock",
    ),
)
def connections_are_reset(case: Case) -> Outcome:
    """A server resets connections.

    What it says:
        This machine's kernel sent ten times as many resets as before the inflection, and
        went on sending them.

    Why it matters:
        A reset is a refusal: nobody listens, the process closed a connection with data
        still unread, or it had no slot left. Its peer sees "connection reset".

    How it decides:
        Resets sent, one or more in a hundred requests, ten times the rate before, for a
        third of the time after. Never a mechanism: why it refuses stands in another
        counter or in its log.

    What fools it:
        Callers that hang up: their late packets are answered with resets, so the end of a
        load, timeouts and gave-up requests make bursts. Health checks that connect and
        close make a steady rate.

    Source:
        RFC 9293, 3.5.2 (reset generation); netdata, health.d/tcp_resets.conf
    """
    seen = counted(case, SENT)
    if seen.course is Course.UNDATED:
        return CannotTell(case.component.name, "packet_loss", (A_COURSE,))
    if seen.course is not Course.GREW:
        return cleared(case, "packet_loss", [seen], "no connection was reset")
    ratio = per_request(case, seen.after - seen.background)
    lasting = stays_above(case, SENT, 0.25 * seen.after)
    if ratio < MATTERS or not lasting or seen.after < TIMES * max(seen.before, 0.0):
        says = f"few resets, or one burst of them: {seen.rates}"
        return Cleared(case.component.name, "packet_loss", says, case.rise(SENT).source)
    return case.finding(
        "packet_loss",
        f"it reset {show(seen.total)} connections",
        Place.FRONT,
        evidence=(case.count(SENT), *([case.count(GOT)] if case.total(GOT) > 0 else [])),
        strength=min(1.0, ratio / 0.1),
        experiment=Experiment(
            do="capture resets for ten seconds at the plateau (tcpdump 'tcp[tcpflags] & tcp-rst "
            "!= 0') and look up the port they come from in ss -lntp",
            if_this_is_it="one listening process refuses: its limit is in its log",
            if_not="resets answer callers that had hung up: look at what made them wait",
        ),
        fix="find out why the process refuses or closes; resets themselves need no cure",
        **timing(case, seen, mechanism=False),
    )
