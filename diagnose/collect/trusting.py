"""`diagnose trust`: the keys of every hop are shown, and remembered once the user agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from diagnose import topology
from diagnose.hosts.known_hosts import Standing
from diagnose.hosts.printable import printable
from diagnose.hosts.session import Target
from diagnose.hosts.trust import OfferedKey, offered_keys, remember

NAME = "diagnose.toml"


def target_of(host: str, *, user: str = "", port: int = 0) -> Target:
    """The host of that component, where ./diagnose.toml has one; else that host itself.

    Raises:
        BadTopology: diagnose.toml contradicts itself.
    """
    read = topology.read(Path(NAME))
    place = read[1].places.get(host) if read else None
    found = place.target() if place is not None else None
    if found is None or found.local:
        return Target(host, user, port)
    return Target(found.address, user or found.user, port or found.port, found.identity)


def trust(
    target: Target,
    *,
    say: Callable[[str], None],
    agree: Callable[[str], bool],
    config: Path | None = None,
) -> bool:
    """Whether every hop is trusted in the end. agree: asked for each hop with an unknown key.

    Raises:
        HostError: a hop cannot be reached, or shows a key that may not be trusted.
    """
    for keys in offered_keys(target, config=config):
        for line in _shown(keys):
            say(line)
        if any(key.standing in (Standing.CHANGED, Standing.REVOKED) for key in keys):
            remember(keys)  # says which and why
        unknown = [key for key in keys if key.standing is Standing.UNKNOWN]
        if not unknown:
            continue
        if not agree(f"Remember {'it' if len(unknown) == 1 else 'them'} in {unknown[0].path}?"):
            say("not remembered")
            return False
        path = remember(keys)
        say(f"  remembered in {path}" if path else "  they were remembered meanwhile")
    return True


def _shown(keys: Sequence[OfferedKey]) -> list[str]:
    """The host, then a line a key."""
    width = max((len(key.kind) for key in keys), default=0)
    lines = [printable(keys[0].at)] if keys else []
    for key in keys:
        where = f" ({key.by.where})" if key.by else ""
        lines.append(f"  {key.kind:{width}}  {key.fingerprint}  {key.standing.value}{where}")
    return lines
