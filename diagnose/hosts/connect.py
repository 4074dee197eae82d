"""Open a session with a host, whatever it is: this machine, a host by SSH, a container there."""

from __future__ import annotations

import secrets
from pathlib import Path

from .link import Hops
from .local import LocalSession
from .printable import printable
from .session import HostError, Session, Target, output
from .ssh import SshSession
from .way import Way

FIRST_S = 30.0  # for the first command, which a loaded host may take long to start


def connect(target: Target, *, config: Path | None = None, hops: Hops | None = None) -> Session:
    """A session with the target. Raises HostError: unreachable, not trusted, not let in.

    config: instead of ~/.ssh/config. hops: jump hosts that other sessions use as well; without
    it the session has its own.
    """
    if target.device:
        from .gear import connect_gear

        return connect_gear(target, config=config, hops=hops)
    session: Session = LocalSession(target) if target.local else _by_ssh(target, config, hops)
    if not target.container:
        return session
    from .container import ContainerSession

    try:
        return ContainerSession(target, session)
    except BaseException:
        session.close()
        raise


def _by_ssh(target: Target, config: Path | None, hops: Hops | None) -> SshSession:
    way = Way(target, config=config, hops=hops)
    session = SshSession(target, way.open(), way.close)
    try:
        _find_shell(session, way.at)
    except BaseException:
        session.close()
        raise
    return session


def _find_shell(session: SshSession, at: str) -> None:
    """Make sure that a POSIX shell runs our commands there, and that we get their output alone."""
    mark = secrets.token_hex(8)
    done, said = output(session, f"echo {mark}", seconds=FIRST_S, limit=1 << 17)
    if said == f"{mark}\n".encode():
        return
    if f"{mark}\n".encode() in said:
        session.noisy = True
        return
    if done.lost or done.timed_out:
        what = f"{at} lets us in, but does not run a command within {FIRST_S:.0f} s"
        raise HostError(what, hint="Look at its load and at the start-up files of the login shell")
    words = printable(said[:200]).strip() or done.stderr.strip() or "nothing"
    what = f"{at} has no POSIX shell for us: instead of running a command it says {words!r}"
    hint = "Network gear wants `device` in diagnose.toml; else look at the user's login shell"
    raise HostError(what, hint=hint)
