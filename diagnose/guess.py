"""A topology made out from the files, for a folder without a diagnose.toml.

Roles come from the kinds of files that a host's folder holds. The order comes from what
requests show: a tier that stands in front takes at least as long as the one behind it.
Flat folders are taken apart by what each file says of its host, or by kind.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict

import numpy as np

from diagnose.addresses import in_front
from diagnose.filenames import hosts_in
from diagnose.ingest import Source
from diagnose.model import NAN, Component, Topology

RANK = {"load_generator": 0, "cdn": 1, "router": 2, "switch": 2, "lb": 3, "app": 4}
MOST_UNSEEN = 6
# Shares of the requests in front that servers side by side see alone, and together (choices).
ALONE, TOGETHER = 0.75, 1.1
SERVER = "server"  # what a generator sends requests to, where no file of it is there
FLAT_NAMES = {"load_generator": "load_generator", "lb": "lb", "app": "app", "db": "db"}


def guess(sources: list[Source]) -> tuple[Topology, dict[str, str]]:
    """Components and their arrows, and for each the reason, to be written beside it.

    Gives each flat source the name of its component in `source.folder`.
    """
    _gather_results(sources)
    _unflatten(sources)
    hosts: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        if source.folder or not source.reading.component:
            hosts[source.folder].append(source)
    for source in sources:
        for name in source.reading.component:
            hosts.setdefault(name, [])
    why: dict[str, str] = {}
    roles = {name: _role(mine, why, name) for name, mine in sorted(hosts.items())}
    if not any(roles.values()) or list(roles) == [""]:
        roles = {name or "host": role for name, role in roles.items()}
    chain = _chain(roles, hosts)
    groups = _groups(chain, roles, hosts)
    behind = {name: after for group, after in itertools.pairwise([*groups, ()]) for name in group}
    _add_unseen(chain, roles, hosts, behind, why)
    _add_server(chain, roles, behind, why)
    components = (
        Component(name, role, name, behind.get(name, ()), "", NAN)
        for name, role in sorted(roles.items())
    )
    return Topology(tuple(components), declared=False), why


def _gather_results(sources: list[Source]) -> None:
    """Folders with nothing but a load tool's results are runs or workers of one generator.

    A tool's own folder of pages, and one for each level of load, are no hosts.
    """
    folders: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        folders[source.folder].append(source)
    bare = [f for f, mine in folders.items() if f and all(_is_result(s) for s in mine)]
    beside = any(_is_result(s) for f, mine in folders.items() if f not in bare for s in mine)
    if len(bare) < 2 and not beside:
        return
    for source in (s for folder in bare for s in folders[folder]):
        source.folder = ""


def _is_result(source: Source) -> bool:
    return source.role == "load_generator" and not source.reading.samples


def _role(sources: list[Source], why: dict[str, str], name: str) -> str:
    """The most telling role among a host's files; a host that forwards packets is a router."""
    votes = Counter(s.role for s in sources if s.role and not s.error and _says_something(s))
    for role in ("load_generator", "db", "app", "lb"):
        if votes[role]:
            kinds = sorted({s.title for s in sources if s.role == role})
            why[name] = f"it has {', '.join(kinds[:2])}"
            return role
    if _forwards(sources):
        why[name] = "it forwards packets"
        return "router"
    by_name = _role_by_name(name)
    why[name] = "by its name" if by_name != "other" else "nothing told what it is"
    return by_name


def _says_something(source: Source) -> bool:
    r = source.reading
    return bool(
        r.requests or r.loads or r.statements or r.samples or r.occurrences or r.limits or r.facts
    )


def _forwards(sources: list[Source]) -> bool:
    for source in sources:
        for samples in source.reading.samples:
            values = samples.values[np.isfinite(samples.values)]
            if samples.metric == "ip.forwarded_per_s" and values.size and np.ptp(values) > 1000:
                return True
            if samples.metric == "conntrack.entries" and values.max(initial=0) > 0:
                return True
    return False


_NAMES = (
    (r"locust|jmeter|k6|client|loadgen|gatling|wrk", "load_generator"),
    (r"cdn|edge|cloudflare|fastly", "cdn"),
    (r"router|gateway|gw|firewall|fw|nat", "router"),
    (r"switch", "switch"),
    (r"lb|proxy|nginx|haproxy|ingress|front", "lb"),
    (r"redis|memcache|cache|varnish", "cache"),
    (r"kafka|rabbit|queue|mq", "queue"),
    (r"db|mysql|maria|postgres|pg|sql", "db"),
    (r"api|app|web|backend|service", "app"),
)


def _role_by_name(name: str) -> str:
    words = re.split(r"[^a-z]+", name.lower())
    for pattern, role in _NAMES:
        if any(re.fullmatch(pattern, word) for word in words):
            return role
    return "other"


def _chain(roles: dict[str, str], hosts: dict[str, list[Source]]) -> list[str]:
    """Names in the order in which a request passes them."""
    inside = [n for n, role in roles.items() if role in RANK or role == "db"]
    before = in_front(hosts)

    def key(name: str) -> tuple[float, int, float, str]:
        rank = RANK.get(roles[name], 9)
        return (rank, len(before.get(name, ())), -_mean_duration(hosts[name]), name)

    return sorted(inside, key=key)


def _groups(
    chain: list[str], roles: dict[str, str], hosts: dict[str, list[Source]]
) -> list[tuple[str, ...]]:
    """The chain with those side by side that share the requests of the tier in front."""
    groups: list[tuple[str, ...]] = []
    front = 0
    for _, alike in itertools.groupby(chain, key=lambda name: roles[name]):
        names = tuple(alike)
        counts = [_count(hosts[name]) for name in names]
        if len(names) > 1 and max(counts) <= ALONE * front and sum(counts) <= TOGETHER * front:
            groups.append(names)
        else:
            groups += [(name,) for name in names]
        front = max(counts) or front
    return groups


def _count(sources: list[Source]) -> int:
    return max((r.ended_s.size for s in sources for r in s.reading.requests), default=0)


def _add_unseen(
    chain: list[str],
    roles: dict[str, str],
    hosts: dict[str, list[Source]],
    behind: dict[str, tuple[str, ...]],
    why: dict[str, str],
) -> None:
    """Addresses that the last balancer asks stand for the applications that left no file."""
    last, addresses = _unseen(chain, roles, hosts) or ("", ())
    known = _who_listens(addresses, roles, hosts)
    for name in known:
        roles[name] = "app"
        behind[name] = behind[last]
        why[name] = f"it listens where {last} sends requests"
    if known:
        behind[last] = known
        return
    for address in addresses:
        roles[address] = "app"
        behind[address] = behind[last]
        why[address] = f"{last} sends requests there; no file of it was found"
    if addresses:
        behind[last] = addresses


def _who_listens(
    addresses: tuple[str, ...], roles: dict[str, str], hosts: dict[str, list[Source]]
) -> tuple[str, ...]:
    """Hosts that nothing else told of, where as many listen at these ports as are asked."""
    ports = {address.rpartition(":")[2] for address in addresses}
    found = tuple(
        name
        for name, mine in sorted(hosts.items())
        if roles.get(name) == "other" and ports & _listened_at(mine)
    )
    return found if len(found) == len(addresses) else ()


def _listened_at(sources: list[Source]) -> set[str]:
    return {
        limit.part.rpartition(":")[2]
        for source in sources
        for limit in source.reading.limits
        if limit.name == "listen.backlog"
    }


def _unseen(
    chain: list[str], roles: dict[str, str], hosts: dict[str, list[Source]]
) -> tuple[str, tuple[str, ...]] | None:
    """The last balancer, and the addresses that it asks where no application's file is there."""
    balancers = [n for n in chain if roles[n] == "lb"]
    if not balancers or any(roles[n] == "app" for n in chain):
        return None
    asked = {
        name
        for source in hosts[balancers[-1]]
        for requests in source.reading.requests
        if requests.upstream is not None
        for name in requests.upstream.names
    }
    addresses = tuple(sorted(asked - roles.keys())[:MOST_UNSEEN])
    return (balancers[-1], addresses) if addresses else None


def _add_server(
    chain: list[str],
    roles: dict[str, str],
    behind: dict[str, tuple[str, ...]],
    why: dict[str, str],
) -> None:
    """Who serves the load, where nothing told what anybody but its generator is."""
    if not chain or any(roles[name] != "load_generator" for name in chain):
        return
    others = tuple(name for name, role in roles.items() if role == "other")
    if not others:
        roles[SERVER] = "other"
        why[SERVER] = "requests go there; no file of it was found"
    behind[chain[-1]] = others or (SERVER,)


def _mean_duration(sources: list[Source]) -> float:
    means = [
        float(np.nanmean(r.duration_s))
        for s in sources
        for r in s.reading.requests
        if r.duration_s is not None and np.isfinite(r.duration_s).any()
    ]
    return max(means, default=0.0)


def _unflatten(sources: list[Source]) -> None:
    """Name the host of each flat file: by its name, by what it says of itself, or by its kind."""
    flat = [source for source in sources if not source.folder]
    named = hosts_in((source.path, source.kind) for source in flat)
    loads = {h for h in named if all(_is_result(s) for s in flat if _host_in_name(s.path, {h}))}
    if len(loads) > 1:  # c8.csv beside c16.csv: levels of load, or workers
        named -= loads
    for source in flat:
        says = (f.value for f in source.reading.facts if f.name == "host.name")
        source.folder = _host_in_name(source.path, named) or next(says, "")
    hosts = {source.folder for source in sources if source.folder}
    for source in flat:
        source.folder = source.folder or _host_in_name(source.path, hosts)
    taken: Counter[str] = Counter()
    for source in flat:
        if not source.folder and source.role in FLAT_NAMES:
            source.folder = _flat_name(source, hosts, taken)
    names = {source.folder for source in sources if source.folder}
    home = next(iter(names)) if len(names) == 1 else "host"
    for source in flat:
        if not source.reading.component:
            source.folder = source.folder or home


def _host_in_name(path: str, hosts: set[str]) -> str:
    """The host whose name, and no other's, stands in a file's name: lb1-access.log."""
    found = {h for h in hosts if re.search(rf"(?<![^\W_]){re.escape(h)}(?![^\W_])", path, re.I)}
    return found.pop() if len(found) == 1 else ""


def _flat_name(source: Source, hosts: set[str], taken: Counter[str]) -> str:
    """One component a role, but one for each access log: each stands for a tier.

    Where one host alone bears such a name, it is that host's.
    """
    alike = [host for host in hosts if _role_by_name(host) == source.role]
    name = alike[0] if len(alike) == 1 else FLAT_NAMES[source.role]
    if source.role == "lb" and source.reading.requests:
        free = (n for n in itertools.count(1) if n == 1 or f"{name}{n}" not in hosts)
        taken[name] += 1
        number = next(itertools.islice(free, taken[name] - 1, None))
        return f"{name}{number}" if number > 1 else name
    return name
