"""What ~/.ssh/config says of a host, as the ssh client itself resolves it (`ssh -G`).

So Include, Match, wildcards and the system's file hold. Where no ssh client is installed,
paramiko reads the file, which knows neither Include nor all of Match.

Source: man 5 ssh_config, man 1 ssh (-G, -J)
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from .printable import printable
from .session import HostError
from .settings import Said, Settings, settings

RESOLVE_S = 10.0  # for `ssh -G`, which may run the user's own `Match exec`
HOPS = 8  # on the way to one host (a choice)
# Nothing that a shell reads: names stand in the user's ProxyCommand.
NAME = re.compile(r"[\w.:%]([\w.:%-]*[\w.:%])?\Z")
USER = re.compile(r"[\w.+@\\]([\w.+@\\-]*[\w.+@$\\-])?\Z")
JUMP = re.compile(
    r"(?:ssh://)?(?:(?P<user>.+)@)?(?:\[(?P<six>.+)\]|(?P<host>[^:]+))(?::(?P<port>\d+))?/?\Z"
)
BEYOND_PARAMIKO = re.compile(r"^\s*(include|match\s+(?!all\b))", re.IGNORECASE | re.MULTILINE)


def resolve(
    name: str, *, user: str = "", port: int = 0, identity: str = "", config: Path | None = None
) -> Settings:
    """The settings of one hop; what is given here wins over the file.

    Raises HostError: no such file, or a line in it that ssh refuses.
    """
    if not user and "@" in name:
        user, _, name = name.rpartition("@")
    name = name.removeprefix("[").removesuffix("]")
    if not NAME.match(name) or (user and not USER.match(user)):
        shown = printable(f"{user}@{name}" if user else name)
        raise HostError(f"{shown!r} cannot be a host", hint="Mend host and user in diagnose.toml")
    if config and not config.is_file():
        raise HostError(f"there is no file {config}", hint="Name another with --ssh-config")
    ask = _by_ssh if shutil.which("ssh") else _by_paramiko
    found = settings(name, ask(name, user, port, config), user, port)
    return _with_identity(found, identity) if identity else found


def route(last: Settings, config: Path | None = None) -> tuple[Settings, ...]:
    """The hops on the way to `last`, and itself; each as its own configuration has it.

    As ssh does it, only the first of several jumps may have jumps or a command of its own.
    Raises HostError where they lead in a circle.
    """
    chain = [last]
    while chain[0].jumps:
        before = [_jump(text, chain[0].name, config) for text in chain[0].jumps]
        if _place(before[0]) == _place(chain[0]):  # `Host *` names the jump host for itself too
            break
        alone = [replace(hop, jumps=(), proxy_command="") for hop in before[1:]]
        chain = [before[0], *alone, *chain]
        if len(chain) > HOPS:
            what = f"the way to {last.name} has more than {HOPS} hops: ProxyJump leads in a circle"
            raise HostError(what, hint="Mend ProxyJump in your ssh configuration")
    return tuple(chain)


def _place(hop: Settings) -> tuple[str, int, str]:
    return (hop.host, hop.port, hop.user)


def _jump(text: str, name: str, config: Path | None) -> Settings:
    match = JUMP.match(text)
    if not match:
        raise HostError(
            f"ProxyJump of {name} cannot be read: {text}", hint="Write [user@]host[:port]"
        )
    host, port = match["six"] or match["host"], int(match["port"] or 0)
    return resolve(host, user=match["user"] or "", port=port, config=config)


def _with_identity(found: Settings, identity: str) -> Settings:
    path = Path(identity).expanduser()
    if not path.is_file():
        what = f"the identity of {found.name} is not there: {path}"
        raise HostError(what, hint="Mend identity in diagnose.toml: a private key's file")
    return replace(found, identities=(path, *found.identities))


def _by_ssh(name: str, user: str, port: int, config: Path | None) -> Said:
    command = ["ssh", "-G"]
    command += ["-F", str(config)] if config else []
    command += ["-l", user] if user else []
    command += ["-p", str(port)] if port else []
    try:
        done = subprocess.run(
            [*command, "--", name],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=RESOLVE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        what = f"`ssh -G {name}` takes longer than {RESOLVE_S:.0f} s"
        hint = "Look for a slow `Match exec` in your ssh configuration"
        raise HostError(what, hint=hint) from error
    if done.returncode:
        said = printable(done.stderr).strip().splitlines() or ["it says nothing"]
        what = f"ssh cannot read its configuration for {name}: {said[0]}"
        raise HostError(what, hint=f"Mend the file, and try `ssh -G {name}`")
    return _options(done.stdout.decode(errors="surrogateescape"))


def _options(text: str) -> Said:
    said: Said = {}
    for line in text.splitlines():
        option, _, value = line.partition(" ")
        said.setdefault(option.lower(), []).append(value)
    return said


def _by_paramiko(name: str, user: str, port: int, config: Path | None) -> Said:
    import paramiko

    path = config or Path("~/.ssh/config").expanduser()
    if not path.is_file():
        return {}
    text = path.read_text(errors="surrogateescape")
    if BEYOND_PARAMIKO.search(text):
        what = f"{path} has Include or Match, which only the ssh client resolves"
        raise HostError(what, hint="Install the ssh client (Debian: openssh-client)")
    try:
        found = paramiko.SSHConfig.from_text(text).lookup(name)
    except paramiko.ConfigParseError as error:
        raise HostError(f"{path}: {printable(str(error))}", hint="Mend that line") from error
    return {
        option: list(value) if isinstance(value, list) else [str(value)]
        for option, value in found.items()
    }
