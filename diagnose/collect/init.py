"""`diagnose init`: a first diagnose.toml, from all that is known of the machines.

On the command line, in ~/.ssh/config, in an Ansible inventory, in nginx's configuration.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from diagnose.collect.first_config import first_config
from diagnose.collect.inventory import inventory
from diagnose.collect.machines import Machine, merged
from diagnose.collect.named_hosts import named
from diagnose.collect.ssh_names import ssh_names
from diagnose.collect.upstreams import read_on, upstreams_of, with_upstreams
from diagnose.errors import DiagnoseError, UsageError
from diagnose.hosts.connect import connect
from diagnose.hosts.session import Target
from diagnose.places import place
from diagnose.wholefile import write_whole

AT_ONCE = 16  # hosts that are looked at (a choice)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sources:
    """What `diagnose init` is told to make it of.

    nginx: files of nginx's configuration, or "-", each behind the name of its component and
    "=" where there are several. look: read that of the load balancers over SSH.
    """

    hosts: tuple[str, ...] = ()
    inventory: Path | None = None
    ssh_config: Path | None = None
    nginx: tuple[str, ...] = ()
    look: bool = False


def init(sources: Sources, target: Path, *, force: bool = False, say: Say = lambda _: None) -> int:
    """Write it; the number of machines in it.

    Raises:
        UsageError: the file is there already, nothing names a machine, a source is none.
        DiagnoseError: it cannot be written.
    """
    if not force and (target.exists() or target.is_symlink()):
        hint = "name another with --out, or give --force to have it replaced"
        raise UsageError(f"{target} exists already", hint=hint)
    found = machines(sources, say)
    if not found:
        raise UsageError(
            "nothing names a machine",
            hint="name them, as in `diagnose init lb1=lb@10.0.0.1 api=app@10.0.0.2 db1`, "
            "or an Ansible inventory with --inventory",
        )
    write_whole(target, first_config(found).encode())
    return len(found)


def machines(sources: Sources, say: Say = lambda _: None) -> list[Machine]:
    """All of them. ~/.ssh/config adds machines of its own only where nothing else names any.

    Raises:
        UsageError: a source is none.
    """
    told = named(sources.hosts)
    told += inventory(sources.inventory) if sources.inventory else []
    configured = ssh_names(sources.ssh_config)
    if told:
        known = {one.host or one.name for one in told}
        aliases = {one.name: one for one in configured if one.name in known}
        told = [_with_addresses(one, aliases.get(one.host or one.name)) for one in told]
        found = merged(told)
    else:
        found = configured
    for text in sources.nginx:
        found = _with_file(found, text)
    return _looked(found, sources, say) if sources.look else found


def _with_addresses(machine: Machine, alias: Machine | None) -> Machine:
    return replace(machine, addresses=alias.addresses) if alias else machine


def _with_file(found: list[Machine], text: str) -> list[Machine]:
    """What a configuration that was given says; its nginx is the only load balancer, or named."""
    name, _, path = text.rpartition("=")
    raw = _read(path)
    where = "standard input" if path == "-" else path
    upstreams = upstreams_of(raw, where)
    balancers = [one.name for one in found if one.role == "lb"]
    if not name and len(balancers) > 1:
        hint = f"say whose it is, as in --nginx {balancers[0]}={path}"
        raise UsageError(f"{where} may be of {' or '.join(balancers)}", hint=hint)
    name = name or (balancers[0] if balancers else "lb")
    if name not in {one.name for one in found}:
        front = Machine(name, role="lb", by="its configuration of nginx", why=f"given as {where}")
        found = [front, *found]
    return with_upstreams(found, name, upstreams, where)


def _read(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        what = f"{path} cannot be read ({error.strerror})"
        raise UsageError(what, hint="name a nginx.conf, or the output of `nginx -T`") from None


def _looked(found: list[Machine], sources: Sources, say: Say) -> list[Machine]:
    """With what the load balancers' own configurations say; one that cannot be read is told of."""
    asked = [one for one in found if one.role == "lb" and one.wanted]
    if not asked:
        say("--look: no load balancer is named, so there is no nginx to look at")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda one: _look(one, sources.ssh_config), asked))
    for machine, (raw, why) in zip(asked, answers, strict=True):
        where = f"nginx of {machine.name}"
        try:
            found = with_upstreams(found, machine.name, upstreams_of(raw, where), where)
        except UsageError:
            said = why or "no configuration of nginx that we may read is there"
            say(f"{machine.name}: {said}")
            unsaid = f"nginx was not read: {said}"
            found = [
                replace(m, unsaid=(*m.unsaid, unsaid)) if m.name == machine.name else m
                for m in found
            ]
    return found


def _look(machine: Machine, config: Path | None) -> tuple[bytes, str]:
    """The configuration, and why there is none."""
    try:
        session = connect(_target(machine), config=config)
    except DiagnoseError as error:
        return b"", f"{error.what}; {error.hint}"
    try:
        return read_on(session), ""
    finally:
        session.close()


def _target(machine: Machine) -> Target:
    keys: dict[str, object] = {"host": machine.host or machine.name, "sudo": machine.sudo}
    keys |= {k: v for k in ("user", "port", "identity") if (v := getattr(machine, k))}
    target = place(machine.name, keys).target()
    assert target is not None  # a host is said
    return target
