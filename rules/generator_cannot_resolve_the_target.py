"""Rule: the load generator cannot resolve the target's name."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import NAN, CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._generator import errors_that
from ._judging import FEWEST
from ._messages import failed_from_the_start, failures_began_s

FAILED = "the failures that the load generator got, by their text"
MATTERS = 0.01  # of all failures (a choice)


@rule(
    resource="dns",
    roles=("load_generator",),
    pattern="G14",
    how_to_collect="the load tool's table of failures with their texts",
)
def generator_cannot_resolve_the_target(case: Case) -> Outcome:
    """The load generator cannot resolve the target's name.

    What it says:
        Requests failed before a connection was tried: the name of the target had no
        address, or its name server did not answer.

    Why it matters:
        No server of the test saw these requests. Tools that ask for each connection load
        the name server as much as the target.

    How it decides:
        Failures whose text tells of names (getaddrinfo, no such host), a hundredth of all
        failures or more, that users did not see before the inflection.

    What fools it:
        A host that has no file or port left may fail to ask, and says so of the name. A
        wrong name fails from the first request on: that is no limit, and is cleared.

    Source:
        https://man7.org/linux/man-pages/man3/getaddrinfo.3.html (EAI_AGAIN, EAI_NONAME)
        https://man7.org/linux/man-pages/man5/resolv.conf.5.html (timeout, attempts)
    """
    name, load = case.component.name, case.run.load
    if load is None or not load.tool or (not load.errors and load.failures != 0):
        return CannotTell(name, "dns", (FAILED,))
    seen = errors_that(case, lambda e: e.kind == "dns")
    total = sum(e.value for e in seen)
    if total < max(FEWEST, MATTERS * load.failures):
        says = f"{show(total)} of {show(load.failures)} failures tell of names"
        return Cleared(name, "dns", says, load.source)
    if failed_from_the_start(case):
        says = f"{show(total)} failures tell of names, and requests failed from the start"
        return Cleared(name, "dns", says, load.source)
    began = failures_began_s(case)
    return case.finding(
        "dns",
        f"the target's name was not resolved for {show(total)} requests",
        Place.FRONT,
        evidence=seen,
        mechanism=began == began,
        onset_s=began,
        failures=total,
        seconds=NAN,
        missing=() if began == began else ("when requests failed",),
        experiment=Experiment(
            do="write the target's name and address into /etc/hosts of the generator, rerun",
            if_this_is_it="these failures are gone at the same load",
            if_not="the requests fail otherwise: refused, reset or timed out",
        ),
        fix="a caching resolver on the generator; connections that are kept",
    )
