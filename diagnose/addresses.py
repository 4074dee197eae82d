"""Which host asks which, told by addresses: whom a log or a configuration asks, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.ingest import Source


def in_front(hosts: Mapping[str, list[Source]]) -> dict[str, set[str]]:
    """For each host, those whose requests come to it, over however many others."""
    owner = {address: name for name, mine in hosts.items() for address in _own(mine)}
    asks = {
        name: {owner[a] for a in _asked(mine) if a in owner} - {name}
        for name, mine in hosts.items()
    }
    found: dict[str, set[str]] = {name: set() for name in hosts}
    for name in hosts:
        todo = list(asks[name])
        while todo:
            target = todo.pop()
            if name not in found[target]:
                found[target].add(name)
                todo += asks[target]
    return found


def _own(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        yield from (f.value for f in source.reading.facts if f.name == "host.address")


def _asked(sources: list[Source]) -> set[str]:
    """Addresses without their ports."""
    names = {f.value for s in sources for f in s.reading.facts if f.name == "nginx.upstream"}
    logs = (requests for s in sources for requests in s.reading.requests)
    names |= {name for log in logs if log.upstream is not None for name in log.upstream.names}
    return {name.rpartition(":")[0].strip("[]") or name for name in names}
