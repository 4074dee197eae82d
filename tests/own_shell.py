"""A session with a shell of this machine, started as a test wants it: sessions of real hosts
have tests of their own."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import dataclass, field

from diagnose.hosts.session import BYTES, SECONDS, Done, Sink, Target


@dataclass
class OwnShell:
    """Runs each command by `shell` + [command]; late_s: added on the way there and back."""

    shell: tuple[str, ...] = ("sh", "-c")
    env: dict[str, str] | None = None
    late_s: tuple[float, float] = (0.0, 0.0)
    target: Target = field(default_factory=lambda: Target("local"))

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
        time.sleep(self.late_s[0])
        done = subprocess.run(
            [*self.shell, command], input=stdin, capture_output=True, timeout=seconds, env=self.env
        )
        time.sleep(self.late_s[1])
        if done.stdout:
            sink(done.stdout[:limit])
        return Done(command, done.returncode, done.stderr.decode(), len(done.stdout))

    def close(self) -> None:
        pass
