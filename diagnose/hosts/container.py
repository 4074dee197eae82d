"""Commands inside a container, by the docker or podman of the host that runs it.

Source: docker exec, podman exec; names: [a-zA-Z0-9][a-zA-Z0-9_.-]*
"""

from __future__ import annotations

import re
import threading
from dataclasses import replace

from .printable import printable
from .privilege import as_root
from .session import BYTES, SECONDS, Done, HostError, Session, Sink, Target, output
from .shell import ENVIRONMENT, for_sh

ENGINES = ("docker", "podman")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
RUNNING = "{{.State.Running}}"


class ContainerSession:
    """A running container as a host. Raises HostError where it is none, or has no shell.

    host: the session with the machine around it. Ending a command ends the engine's client; what
    runs in the container ends when it writes next.
    """

    def __init__(self, target: Target, host: Session) -> None:
        if not NAME.match(target.container):
            what = f"{target.container!r} cannot be a container's name"
            raise HostError(what, hint="Mend container in diagnose.toml")
        self.target, self.host = target, host
        self.engine = self._find_engine()
        self._find_shell()

    def run(
        self,
        command: str,
        sink: Sink,
        *,
        seconds: float = SECONDS,
        limit: int = BYTES,
        stdin: bytes = b"",
        stop: threading.Event | None = None,
    ) -> Done:
        """Run it by the container's own sh."""
        words = [self.engine, "exec", *(["-i"] if stdin else []), self.target.container]
        outer = self._as_allowed(for_sh(*words, "sh", "-c", ENVIRONMENT + command))
        done = self.host.run(outer, sink, seconds=seconds, limit=limit, stdin=stdin, stop=stop)
        return replace(done, command=command)

    def close(self) -> None:
        """Close the session with the host."""
        self.host.close()

    def _as_allowed(self, command: str) -> str:
        return as_root(command) if self.target.sudo else command

    def _find_engine(self) -> str:
        """The engine that has the container, and has it running."""
        told: dict[str, str] = {}
        for engine in ENGINES:
            done, _ = output(self.host, f"command -v {engine}")
            if not done.ok:
                continue
            words = (engine, "inspect", "--type", "container", "-f", RUNNING, self.target.container)
            done, said = output(self.host, self._as_allowed(for_sh(*words)))
            told[engine] = printable(said).strip() or done.stderr.strip()
            if done.ok and told[engine] == "true":
                return engine
        raise self._no_container(told)

    def _no_container(self, told: dict[str, str]) -> HostError:
        name, where = self.target.container, self._where
        if not told:
            what = f"the container {name} cannot be asked for: no docker or podman on {where}"
            return HostError(what, hint="Install one there, or mend host in diagnose.toml")
        if "false" in told.values():
            hint = "Start it, or take the component out of diagnose.toml"
            return HostError(f"the container {name} on {where} is not running", hint=hint)
        said = " ".join(told.values())
        if re.search("permission denied|password is required", said, re.IGNORECASE):
            what = f"we may not use {' or '.join(told)} on {where}: {_last(said)}"
            hint = "Add the user to the group docker there, or set sudo = true in diagnose.toml"
            return HostError(what, hint=hint)
        what = f"there is no container {name} on {where}: {_last(said)}"
        return HostError(what, hint=f"Look at `{next(iter(told))} ps` there for its name")

    def _find_shell(self) -> None:
        done, said = output(self, "echo shell")
        if said != b"shell\n":
            why = _last(done.stderr) or _last(printable(said)) or "it says nothing"
            what = f"no command can be run in the container {self.target.container}: {why}"
            hint = (
                "An image without sh cannot be asked; what its host shows is collected all the same"
            )
            raise HostError(what, hint=hint)

    @property
    def _where(self) -> str:
        return "this machine" if self.target.local else self.target.address


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
