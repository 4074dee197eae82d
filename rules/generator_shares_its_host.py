"""Rule: the load generator runs on a host of the system that it loads."""

from __future__ import annotations

import ipaddress

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import earliest, stays_above

ADDRESS, BUSY = "host.address", "cpu.busy_ratio"
FULL = 0.85  # netdata, health.d/cpu.conf (10min_cpu_usage: warns above 85 %)
# Interfaces whose addresses every host has alike: bridges of container engines.
ALIKE = ("lo", "docker", "br-", "virbr", "veth", "cni", "flannel", "podman", "lxc", "cali")


@rule(
    resource="cpu",
    roles=("load_generator",),
    needs=(ADDRESS,),
    pattern="G13",
    how_to_collect="ip -s -s address on every host; mpstat 1, or /proc/stat each second",
)
def generator_shares_its_host(case: Case) -> Outcome:
    """The load generator runs on a host of the system that it loads.

    What it says:
        The generator's host has an address of a server under test, and its processors were
        nearly full after the inflection: each took time from the other.

    Why it matters:
        More users then make the server slower by the work of the generator alone. The
        limit that was found is that of both together, and no network was tested.

    How it decides:
        The same address at both, bridges of containers and loopback left out, and
        processors busy at 85 % or more for a third of the time. A lead: which of the two
        took the time, the processes tell.

    What fools it:
        Private addresses that two networks both use. Control groups or pinned processors
        may keep the two apart, so that neither disturbs the other.

    Source:
        netdata, health.d/cpu.conf (85 %)
        https://grafana.com/docs/k6/latest/testing-guides/running-large-tests/
    """
    name = case.component.name
    others = [c for c in case.run.cases.values() if c is not case and c.component.role != "other"]
    mine, known = _addresses(case), [c for c in others if _addresses(c)]
    if not mine or not known:
        return CannotTell(name, "cpu", (f"{ADDRESS} of the generator and of a server",))
    same = [c for c in known if _addresses(c).keys() & mine.keys()]
    if not same:
        says = f"{len(known)} servers, and none has an address of the load generator's host"
        return Cleared(name, "cpu", says, case.sources(ADDRESS))
    measured = [c for c in (case, *same) if c.has(BUSY)]
    if not measured:
        return CannotTell(name, "cpu", (BUSY,))
    full = [c for c in measured if stays_above(c, BUSY, FULL)]
    host = f"the load generator runs on the host of {same[0].component.name}"
    if not full:
        most = max(c.held(BUSY) for c in measured)
        says = f"{host}, whose processors are busy {show(most, 'ratio')}"
        return Cleared(name, "cpu", says, measured[0].sources(BUSY))
    address = min(_addresses(same[0]).keys() & mine.keys())
    return case.finding(
        "cpu",
        f"{host}, whose processors are nearly full",
        Place.FRONT,
        evidence=(
            Evidence(f"both have the address {address}", mine[address], component=name),
            *(c.rise(BUSY) for c in full),
        ),
        mechanism=False,
        onset_s=earliest(*(c.onset_s(BUSY, above=FULL) for c in full)),
        grows_with_load=full[0].grows_with_load(BUSY),
        missing=("processor time by process: pidstat -u 1",),
        experiment=Experiment(
            do="the same load from a host of its own",
            if_this_is_it="the server carries more, and its processors are less busy",
            if_not="the same limit: it is the server's own",
        ),
        fix="run the load generator on a host of its own, on the far side of the network",
    )


def _addresses(case: Case) -> dict[str, str]:
    """Addresses that are this host's alone, with where each was read."""
    found = {}
    for fact, source in case.facts.get(ADDRESS, []):
        try:
            address = ipaddress.ip_address(fact.value.partition("/")[0])
        except ValueError:
            continue
        if not (address.is_loopback or address.is_link_local or fact.part.startswith(ALIKE)):
            found[str(address)] = source
    return found
