"""Rule: applications open a new connection to a cache again and again."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import FEWEST
from ._levels import off_path

OPENED, COMMANDS = "cache.connects_per_s", "cache.commands_per_s"
MANY = 0.2  # connections opened for each command (a choice; a pool opens hardly any)
MORE = 1.5  # times as many for each command as before (a choice)
TRY = Experiment(
    do="keep as many idle connections in the client's pool as it may open, rerun",
    if_this_is_it="connections opened fall to nearly none, and requests are quicker",
    if_not="as many are opened: something closes them, look at timeouts of idle connections",
)


@rule(
    resource="connections",
    roles=("cache",),
    where_measured=True,
    needs=(OPENED, COMMANDS),
    pattern="A15",
    how_to_collect="redis-cli INFO each second (total_connections_received)",
    explained_by=("cpu", "swap", "memory"),
)
def cache_connections_churn(case: Case) -> Outcome:
    """Applications open a new connection to a cache again and again.

    What it says:
        After the inflection one connection or more was opened to the cache for every five
        commands, and more for each command than before.

    Why it matters:
        Opening costs a round trip and a moment of the one thread that runs all commands,
        and leaves a port in TIME_WAIT. A pool that keeps fewer idle connections than it
        opens closes and opens them all the time.

    How it decides:
        Connections opened for each command: a fifth or more, half as many again as before
        the inflection. A lead: it says what is done, not that it hurts. The same from the
        first request on is how the application is built, and is cleared with the number.

    What fools it:
        Health checks connect as well. The collector itself opens one connection a sample.

    Source:
        https://redis.io/docs/latest/develop/reference/clients/
        https://redis.io/docs/latest/commands/info/ (total_connections_received)
    """
    name = case.component.name
    before = _ratio(case.before(OPENED), case.before(COMMANDS))
    after = _ratio(case.after(OPENED), case.after(COMMANDS))
    if math.isnan(after):
        return CannotTell(name, "connections", (f"{COMMANDS} after the inflection",))
    says = f"{show(after)} connections opened for each command, {show(before)} before"
    few = case.after(OPENED) < FEWEST or after < MANY or not after >= MORE * before
    if few or off_path(case):
        return Cleared(name, "connections", says, case.cite(OPENED))
    return case.finding(
        "connections",
        says,
        Place.FRONT,
        evidence=(case.rise(OPENED), case.rise(COMMANDS)),
        mechanism=False,
        missing=("time to connect to the cache, as the application sees it",),
        onset_s=case.onset_s(OPENED),
        grows_with_load=case.grows_with_load(OPENED),
        experiment=TRY,
        fix="keep as many idle connections as the pool may open",
    )


def _ratio(opened: float, commands: float) -> float:
    return opened / commands if commands > 0 else math.nan
