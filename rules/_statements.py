"""Which statement took the time, and how much work it did: what two rules share. No rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from diagnose.case import Case
from diagnose.model import NAN, Evidence, Statement
from diagnose.onset import grows_with
from diagnose.units import show, times

from ._database import short
from ._shares import per_request

TIME, LOCKED, LOGGED = "sql.time_s_per_s", "sql.lock_s_per_s", "sql.logged_per_s"
ROWS_WASTED = 100.0  # rows looked at for each row returned (a choice; an index reads about one)
ROWS_MANY = 1_000.0  # rows looked at by one statement that matter at all (a choice)
ROWS_SENT = 10_000.0  # rows returned by one statement that no page shows (a choice)


@dataclass(frozen=True, slots=True)
class Heaviest:
    """The statement with the most logged time after the inflection."""

    statement: Statement
    seconds: float  # a request, of all logged statements, after the inflection
    share: float  # of it, by this statement
    locked_share: float  # of it, waiting for locks

    @property
    def examined(self) -> float:
        """Rows looked at by one execution; NaN where the log does not say."""
        rows = self.statement.rows_examined
        return rows / self.statement.count if rows > 0 else NAN

    @property
    def sent(self) -> float:
        """Rows returned by one execution."""
        return self.statement.rows_sent / self.statement.count if self.statement.count else NAN

    @property
    def wasteful(self) -> bool:
        """Whether it looks at far more rows than it returns, or returns far too many."""
        many = self.examined >= ROWS_MANY
        return (many and self.examined >= ROWS_WASTED * max(self.sent, 1.0)) or (
            self.sent >= ROWS_SENT
        )

    @property
    def work(self) -> str:
        if math.isnan(self.examined):
            return "rows not logged"
        return f"{show(self.examined)} rows looked at for {show(self.sent)} returned"

    def evidence(self, case: Case) -> list[Evidence]:
        """The statement with its numbers, and the course of its time."""
        one, name = self.statement, case.component.name
        says = f"{short(one.text)}: {times(one.count)}, {show(one.mean_s, 's')} each"
        known = Evidence(f"{says}, {self.work}", one.source, one.total_s, "s", component=name)
        spent = f"{show(self.seconds, 's')} of logged statements a request after the inflection"
        return [known, case.note(spent, TIME, value=self.seconds, unit="s")]

    def grows(self, case: Case) -> bool | None:
        """Whether its time follows the load."""
        loads = (case.run.throughput_per_s, case.run.users)
        return grows_with(case.values(TIME, _part(case, self)), loads, case.run.windows.load)

    def onset_s(self, case: Case) -> float:
        """When the time in it first reached a tenth of what it came to."""
        part = _part(case, self)
        return case.onset_s(TIME, part, above=max(0.1 * case.held(TIME, part), 1e-9))


def heaviest(case: Case) -> Heaviest | None:
    """None where no statement was logged after the inflection."""
    after = case.run.windows.after
    seconds = per_request(case, case.values(TIME), after)
    if not case.statements:
        return None
    late = {s.text: case.after(TIME, s.text) for s in case.statements}
    one = max(case.statements, key=lambda s: (_or_zero(late[s.text]), s.total_s))
    whole = case.after(TIME)
    share = late[one.text] / whole if whole > 0 else NAN
    locked = case.after(LOCKED) / whole if whole > 0 else NAN
    if whole == 0:
        return None
    return Heaviest(one, seconds, share, locked)


def _part(case: Case, heavy: Heaviest) -> str:
    text = heavy.statement.text
    return text if case.signal(TIME, text) else ""


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
