"""Prove to a hop who we are: by keys of the agent and of files, and never by a password."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .printable import printable
from .private_keys import KeyFiles, key_files
from .session import HostError
from .settings import AGENT, Settings

if TYPE_CHECKING:
    import paramiko

LOGIN_S = 30.0  # for the answer to one key (a choice)
AGENT_S = 10.0  # for the agent, which may ask its user
BY_KEY = "publickey"


def log_in(transport: paramiko.Transport, hop: Settings) -> None:
    """Log in by the first key that the hop takes. Raises HostError."""
    transport.auth_timeout = LOGIN_S
    files = key_files(hop.identities, hop.certificates)
    tried: list[str] = []
    with _agent(hop) as held:
        for label, key in _candidates(held, files, hop):
            tried.append(label)
            if _taken(transport, hop, key, tried):
                return
    _without_key(transport, hop, tried, files)


def _taken(
    transport: paramiko.Transport, hop: Settings, key: paramiko.PKey, tried: list[str]
) -> bool:
    import paramiko

    try:
        wanted = transport.auth_publickey(hop.user, key)
    except paramiko.BadAuthenticationType as error:
        raise _other_ways(hop, error.allowed_types) from error
    except paramiko.AuthenticationException as error:
        if transport.is_active():
            return False
        raise _broken_off(hop, tried) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _broken_off(hop, tried) from error
    if wanted:
        what = f"{hop.user}@{hop.at} wants {' or '.join(wanted)} besides a key"
        raise HostError(what, hint="Let a key suffice there for this user")
    return True


def _candidates(
    held: Sequence[paramiko.AgentKey], files: KeyFiles, hop: Settings
) -> Iterator[tuple[str, paramiko.PKey]]:
    """Keys in ssh's order: the agent's that the configuration names, its others, the files."""
    named = [key for key in held if key.asbytes() in files.blobs]
    others = [] if hop.identities_only else [key for key in held if key not in named]
    offered = {key.asbytes() for key in named}
    for key in named:
        yield f"the agent's {key.comment or key.get_name()}", key
    for path, loaded in files.keys:
        if loaded.asbytes() not in offered or loaded.public_blob:
            yield str(path), loaded
    for key in others:
        yield f"the agent's {key.comment or key.get_name()}", key


def _without_key(
    transport: paramiko.Transport, hop: Settings, tried: list[str], files: KeyFiles
) -> None:
    """Ask for entry as we are, which also tells what the host would take. Raises HostError."""
    import paramiko

    try:
        transport.auth_none(hop.user)
        return
    except paramiko.BadAuthenticationType as error:
        if BY_KEY not in error.allowed_types:
            raise _other_ways(hop, error.allowed_types) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _broken_off(hop, tried) from error
    locked = [f"{path} is {why}" for path, why in files.trouble.items()]
    offered = ", ".join(printable(label) for label in tried)
    what = f"{hop.user}@{hop.at} takes no key of ours: " + (
        f"offered were {offered}" if tried else "there is none to offer"
    )
    if locked:
        what += f"; {'; '.join(locked)}"
    public = f"{files.keys[0][0]}.pub" if files.keys else "KEY.pub"
    hint = f"Add your public key to the host's authorized_keys (ssh-copy-id -i {public})"
    if any("locked" in why for why in files.trouble.values()):
        path = next(path for path, why in files.trouble.items() if "locked" in why)
        hint = f"Unlock the key once for the agent (ssh-add {path}), or name another as identity"
    raise HostError(what, hint=hint)


def _other_ways(hop: Settings, ways: Sequence[str]) -> HostError:
    what = f"{hop.user}@{hop.at} takes no keys, only {printable(', '.join(ways)) or 'nothing'}"
    hint = "Allow PubkeyAuthentication for this user there; passwords are not supported"
    return HostError(what, hint=hint)


def _broken_off(hop: Settings, tried: Sequence[str]) -> HostError:
    count = len(tried)
    what = f"{hop.at} breaks off the login of {hop.user} after {count or 'no'} key"
    what += "" if count == 1 else "s"
    hint = "Look at sshd's log there"
    if count > 2:
        hint = "It may have counted too many keys: set identity, or IdentitiesOnly and IdentityFile"
    return HostError(what, hint=hint)


@contextlib.contextmanager
def _agent(hop: Settings) -> Iterator[Sequence[paramiko.AgentKey]]:
    """The agent's keys, as long as its socket is open; none where no agent answers."""
    import paramiko

    path = os.environ.get(AGENT, "") if hop.agent == AGENT else hop.agent
    agent = paramiko.agent.AgentSSH()
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(AGENT_S)
        with contextlib.suppress(OSError, paramiko.SSHException):
            if path:
                stream.connect(path)
                agent._connect(stream)  # type: ignore[attr-defined]
        yield agent.get_keys()
