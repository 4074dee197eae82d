"""The logs of all components of one host, and what the host kept of itself in the window.

kept = HostLogs(reach, parts, keeper)
kept.mark()                                   before the load
kept.fetch(span, clock, around=reach.around)  after it; without marks: by the window
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.collect import journal, logs, sysstat
from diagnose.collect.keeper import Keeper
from diagnose.collect.log_places import naming_files
from diagnose.collect.logs import Clock, Marked
from diagnose.collect.plan import Part
from diagnose.collect.window import Span
from diagnose.hosts.session import Session, Target


class HostLogs:
    """Of one session; network gear has none. Its methods raise for nothing a host does."""

    def __init__(self, session: Session, parts: Sequence[Part], keeper: Keeper) -> None:
        self._session, self._parts, self._keeper = session, tuple(parts), keeper
        self._marked: dict[str, Marked] = {}

    def mark(self) -> None:
        """Note how far every log has been written."""
        for part in self._asked:
            self._marked[part.name] = logs.mark(self._session, part, beside=self._parts)

    def fetch(self, span: Span, clock: Clock, *, around: Session | None = None) -> None:
        """All logs, then the kernel's messages and sysstat's samples.

        span: of our clock. around: the machine around a container.
        """
        for part in self._asked:
            marked = self._marked.get(part.name)
            beside, keeper = self._parts, self._keeper
            if marked is not None and marked.marks:
                logs.since(self._session, marked, part, keeper, clock, beside=beside, around=around)
            else:
                logs.window(self._session, part, span, keeper, clock, beside=beside, around=around)
        self._fetch_of_the_machine(span, clock, around)

    @property
    def _asked(self) -> tuple[Part, ...]:
        return () if self._session.target.device else self._parts

    def _fetch_of_the_machine(self, span: Span, clock: Clock, around: Session | None) -> None:
        names = [part.name for part in self._asked]
        machine = around if self._session.target.container else self._session
        if not names or machine is None:
            return
        begin_s, end_s = clock.at(span.begin_s), clock.at(span.end_s)
        journal.fetch_kernel(machine, names, begin_s, end_s, self._keeper, clock.host)
        east_s = clock.host.utc_offset_s
        sysstat.fetch(machine, names, begin_s, end_s, self._keeper, utc_offset_s=east_s)


def lines(target: Target, parts: Sequence[Part]) -> list[str]:
    """What is asked for this, for `--dry-run`."""
    if target.device:
        return []
    files = dict.fromkeys(file for part in parts for file in naming_files(part))
    asked = [f"where logs lie: the command of {file} once more" for file in files]
    asked.append("logs of components: ls, date -r, dd, head, tail, gzip -dc, awk; only read")
    units = [f"-u {part.place.unit}" for part in parts if part.place.unit]
    asked += [f"journalctl {what} --since … --until …" for what in ("_TRANSPORT=kernel", *units)]
    if target.container:
        asked.append(f"docker logs --since … --until … {target.container} (or podman)")
    return [*asked, "dmesg, where there is no journal", "sadf -j -T -s … -e … FILE -- -A"]
