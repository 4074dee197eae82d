"""Commands inside a container, by the docker or podman of the host that runs it.

Source: docker exec, podman exec; names: [a-zA-Z0-9][a-zA-Z0-9_.-]*
"""

from __future__ import annotations

import math
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace

from .printable import printable
from .privilege import as_root
from .session import BYTES, SECONDS, Done, HostError, Session, Sink, Target, output
from .shell import ENVIRONMENT, for_sh

ENGINES = ("docker", "podman")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
RUNNING = "{{.State.Running}}"
MARK = "DIAGNOSE_COMMAND"  # in the environment of what we start, to find it again
END = (
    "for p in /proc/[0-9]*; do grep -q {mark} $p/environ && kill -9 ${{p#/proc/}}; done 2>/dev/null"
)
END_S = 10.0
THREADS = 4  # processor time of a command is bounded too, where nobody is left to end it
ASLEEP = re.compile(r"cannot connect|daemon running|connection refused", re.IGNORECASE)
FORBIDDEN = re.compile(r"permission denied|password is required|not allowed", re.IGNORECASE)


class ContainerSession:
    """A running container as a host. Raises HostError where it is none, or has no shell.

    host: the session with the machine around it. What ends there is the engine's client only;
    what runs in the container is ended by a second command.
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
        mark = f"{MARK}={secrets.token_hex(8)}"
        inner = f"ulimit -t {math.ceil(seconds) * THREADS} 2>/dev/null; {ENVIRONMENT}{command}"
        outer = self._exec(inner, ("-e", mark, *(["-i"] if stdin else [])))
        done = self.host.run(outer, sink, seconds=seconds, limit=limit, stdin=stdin, stop=stop)
        if done.status is None and not done.lost:
            self._end(mark)
        return replace(done, command=command)

    def _exec(self, script: str, options: Sequence[str] = ()) -> str:
        """The command of the host that runs a script inside."""
        words = (self.engine, "exec", *options, self.target.container, "sh", "-c", script)
        return self._as_allowed(for_sh(*words))

    def _end(self, mark: str) -> None:
        """End what runs inside: it would go on for ever, for the engine reads on without us."""
        output(self.host, self._exec(END.format(mark=mark)), seconds=END_S)

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
        engine, said = max(told.items(), key=lambda one: not ASLEEP.search(one[1]))
        if FORBIDDEN.search(said):
            what = f"we may not use {engine} on {where}: {_last(said)}"
            hint = f"Let the user use {engine} there, or set sudo = true in diagnose.toml"
            return HostError(what, hint=hint)
        if ASLEEP.search(said):
            what = f"{engine} on {where} does not answer: {_last(said)}"
            return HostError(what, hint="Start its daemon, or mend host in diagnose.toml")
        what = f"there is no container {name} on {where}: {_last(said)}"
        return HostError(what, hint=f"Look at `{engine} ps` there for its name")

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
