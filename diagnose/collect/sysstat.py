"""What sysstat recorded on a host while the load ran, hours or days ago: its day files, by sadf.

A file holds a day of the host's zone, and sadf cuts it by local clock times, so that a window
across midnight takes two. A sample is a mean up to its stamp: one interval on either side of
the window comes as well.

Source: man 1 sadf, man 8 sa1; /var/log/sysstat (Debian), /var/log/sa (others)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from diagnose.collect.keeper import Keeper
from diagnose.collect.log_wire import run_packed
from diagnose.hosts.session import Done, Session, Sink

AROUND_S = 660.0  # on either side: a sample each ten minutes is what packages set up
FOLDERS = ("/var/log/sysstat", "/var/log/sa")
ABSENT = "sysstat kept nothing of that day"
HOW = (
    "install sysstat and let it record: systemctl enable --now sysstat (ENABLED=true in "
    "/etc/default/sysstat), with OnCalendar=*:*:00/10 in its sysstat-collect.timer"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A day of the host, and from when to when of it; "" where the day's own end will do."""

    day: date
    begin: str = ""
    end: str = ""

    @property
    def file(self) -> str:
        """Our name for it."""
        return f"sadf_{self.day:%Y%m%d}.json"

    def command(self, since_s: float) -> str:
        """What prints it; a file of that name from a month ago is none."""
        names = (f"{f}/sa{self.day:{form}}" for f in FOLDERS for form in ("%Y%m%d", "%d"))
        cut = f"{' -s ' * bool(self.begin)}{self.begin}{' -e ' * bool(self.end)}{self.end}"
        return (
            f"for f in {' '.join(names)}; do\n"
            f'[ -f "$f" ] && [ "$(date -r "$f" +%s)" -ge {int(since_s)} ] || continue\n'
            f'sadf -j -T{cut} "$f" -- -A || exit\nexit 0\ndone\n'
            f'echo "{ABSENT}" >&2; exit 1'
        )


def pieces(begin_s: float, end_s: float, utc_offset_s: float) -> Iterator[Piece]:
    """The days that a window (of the host's clock) touches.

    >>> [(p.file, p.begin, p.end) for p in pieces(1795391000.0, 1795392100.0, 0.0)]
    [('sadf_20261122.json', '23:32:20', ''), ('sadf_20261123.json', '', '00:12:40')]
    """
    first, last = (
        datetime.fromtimestamp(at_s + utc_offset_s, UTC)
        for at_s in (begin_s - AROUND_S, end_s + AROUND_S)
    )
    day = first.date()
    while day <= last.date():
        begin = f"{first:%H:%M:%S}" if day == first.date() else ""
        end = f"{last:%H:%M:%S}" if day == last.date() else ""
        yield Piece(day, begin, end)
        day += timedelta(days=1)


def fetch(
    session: Session,
    components: Sequence[str],
    begin_s: float,
    end_s: float,
    keeper: Keeper,
    *,
    utc_offset_s: float = 0.0,
    seconds: float = 60.0,
) -> None:
    """The samples between two times of the host's clock, for all its components."""
    for piece in pieces(begin_s, end_s, utc_offset_s):
        wanted = [name for name in components if keeper.wants(name, piece.file)]
        if wanted:
            _fetch(session, wanted, piece, begin_s, keeper, seconds)


def _fetch(
    session: Session,
    components: Sequence[str],
    piece: Piece,
    begin_s: float,
    keeper: Keeper,
    seconds: float,
) -> None:
    with ExitStack() as stack:
        kept = [
            stack.enter_context(keeper.keep(name, piece.file, "sadf_json")) for name in components
        ]

        def sink(data: bytes) -> None:
            for one in kept:
                one(data)

        command = piece.command(begin_s - AROUND_S)
        done = _run(session, command, sink, keeper.limit_bytes, seconds)
        for one in kept:
            one.done = done
            one.also = {} if one.writer.bytes else {"how": HOW}


def _run(session: Session, command: str, sink: Sink, most: int, seconds: float) -> Done:
    done, _ = run_packed(session, command, sink, most=most, seconds=seconds)
    return replace(done, command=command)
