"""What a container wrote to its standard output and error, as its engine kept it.

Source: https://docs.docker.com/reference/cli/docker/container/logs/, man 1 podman-logs
"""

from __future__ import annotations

import math

from diagnose.collect.keeper import Keeper
from diagnose.collect.log_window import SLACK_S
from diagnose.collect.plan import Part
from diagnose.hosts.container import ENGINES
from diagnose.hosts.privilege import as_root
from diagnose.hosts.session import Done, Session
from diagnose.hosts.shell import for_sh
from diagnose.manifest import Entry

FILE = "container.log"
HOW = "let the container log to a driver that can be read (json-file, local, journald)"


def fetch(
    around: Session | None,
    part: Part,
    begin_s: float,
    end_s: float,
    keeper: Keeper,
    *,
    seconds: float = 120.0,
) -> None:
    """The lines between two times of the host's clock, both streams in one file.

    around: a session with the machine that the container runs on; None where there is none.
    """
    if not keeper.wants(part.name, FILE):
        return
    if around is None:
        why = "the machine around the container is not connected"
        keeper.note(Entry(part.name, FILE, why=why))
        return
    begin, end = math.floor(begin_s - SLACK_S), math.ceil(end_s + SLACK_S)
    with keeper.keep(part.name, FILE) as kept:
        for engine in ENGINES:
            words = ("logs", "--since", str(begin), "--until", str(end), part.place.container)
            has = for_sh(engine, "inspect", "--type", "container", part.place.container)
            has, asked = (
                as_root(one) if part.place.sudo else one for one in (has, for_sh(engine, *words))
            )
            # Only of an engine that has it: its two streams go into one, in order of time.
            script = f"{{ {has}; }} >/dev/null 2>&1 || exit 127\n{asked} 2>&1"
            done = around.run(script, kept, seconds=seconds)
            kept.done = Done(for_sh(engine, *words), done.status, done.stderr, done.bytes)
            if done.status != 127:
                break
        kept.empty_will_do = kept.done.ok
        if not kept.done.ok:
            kept.also = {"how": HOW}
