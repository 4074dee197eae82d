"""JMeter's samples, from whatever file, as a load curve.

Left out: rows of transaction controllers, which repeat the time of requests that have rows
of their own. allThreads is a count within one engine: of several engines it is summed up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagnose.loadrows import LoadRows, load_of
from diagnose.readings import Array, Flags, Labels, Load

from ._codes import Codes, folded
from ._jmeter_outcome import Outcome
from ._load_runs import chosen, cuts_of

Small = NDArray[Any]  # integers, as narrow as they may be
ENGINE = re.compile(r"^(\S+:\d+|\d+\.\d+\.\d+\.\d+)-(?=\S)")
LONGEST_NAME = 160
MOST_KINDS = 60  # of failures that are told apart


@dataclass(slots=True)
class Samples:
    """Columns of shape (n,) in the order of the file; codes are places in the names.

    stamp_s is the start of a sample, or its end: rows tell which.
    """

    stamp_s: Array
    elapsed_s: Array
    lines: Small
    users: Array | None
    label: Small | None
    thread: Small | None
    outcome: Small
    labels: list[str]
    threads: list[str]
    outcomes: list[Outcome]
    headers: list[int] = field(default_factory=list)  # rows before which a header stood
    step_s: float = 0.001  # how exact the stamps are

    def keep(self, rows: Flags | slice) -> None:
        """Only some of the rows."""
        for name in ("stamp_s", "elapsed_s", "lines", "users", "label", "thread", "outcome"):
            column = getattr(self, name)
            if column is not None:
                setattr(self, name, column[rows])

    def where(self, claims: list[bool]) -> Flags:
        """Rows whose outcome is one of those."""
        return np.asarray(np.array(claims, np.bool_)[self.outcome], np.bool_)


def load_from(samples: Samples, tool: str, notes: list[str]) -> Load:
    """The load curve; what was left out or guessed is said in `notes`. Uses `samples` up."""
    _leave_out_transactions(samples, notes)
    _keep_one_run(samples, notes)
    began_s = samples.stamp_s
    if _stamped_at_end(samples, notes):
        began_s = began_s - samples.elapsed_s
    if samples.step_s >= 1:
        began_s = began_s + samples.step_s / 2
    failed = samples.where([outcome.failed for outcome in samples.outcomes])
    _say_of_outcomes(samples, failed, notes)
    users = _users(samples, began_s + samples.elapsed_s, notes)
    routes, kinds = _routes(samples), _kinds(samples, failed)
    elapsed_s, lines = samples.elapsed_s, samples.lines.astype(np.int64)
    samples.keep(slice(0))
    rows = LoadRows(began_s, elapsed_s, failed, lines, users, routes, kinds)
    return load_of(tool, rows, open_model=False)


def _leave_out_transactions(samples: Samples, notes: list[str]) -> None:
    """Unless only they were saved (parent samples)."""
    mine = samples.where([outcome.transaction for outcome in samples.outcomes])
    count = int(mine.sum())
    if not count:
        return
    counts = np.bincount(samples.outcome, minlength=len(samples.outcomes))
    stated = sum(int(n) * o.held for n, o in zip(counts, samples.outcomes, strict=True))
    if mine.size - count < 0.5 * stated:
        notes.append(
            f"{count:,} rows are transactions whose requests have no rows of their own (parent "
            "samples): each counts as one request that takes as long as all of its requests"
        )
        return
    notes.append(
        f"{count:,} rows of transaction controllers were left out: they repeat the requests"
    )
    before = np.cumsum(~mine)
    samples.headers = [int(before[row - 1]) for row in samples.headers if 0 < row < mine.size]
    samples.keep(~mine)


def _keep_one_run(samples: Samples, notes: list[str]) -> None:
    """Of several runs one behind another the last one of some size."""
    ended_s = samples.stamp_s + samples.elapsed_s
    cuts = cuts_of(samples.stamp_s, ended_s, samples.users, samples.thread, samples.headers)
    if cuts:
        samples.keep(slice(*chosen(cuts, notes, samples.lines)))


def _stamped_at_end(samples: Samples, notes: list[str]) -> bool:
    """Whether stamps are the ends of samples: rows stand in the order in which samples ended."""
    stamp, elapsed = samples.stamp_s, samples.elapsed_s
    if stamp.size < 10:
        return False
    as_end = -np.minimum(np.diff(stamp), 0.0).sum()
    as_start = -np.minimum(np.diff(stamp + elapsed), 0.0).sum()
    if not as_end < 0.1 * as_start:
        return False
    notes.append("time stamps are those at which samples ended: the order of the rows shows it")
    return True


def _say_of_outcomes(samples: Samples, failed: Flags, notes: list[str]) -> None:
    if any(outcome.success is None for outcome in samples.outcomes):
        notes.append("whether a sample passed was not saved: it was told from its status")
    odd = int((samples.where([outcome.is_error for outcome in samples.outcomes]) & ~failed).sum())
    if odd:
        notes.append(f"{odd:,} responses of status 400 and more passed, as the test plan has it")


def _users(samples: Samples, ended_s: Array, notes: list[str]) -> Array | None:
    """Threads at work when each sample ended; of all engines together."""
    if samples.users is None or samples.thread is None:
        return samples.users
    engines = [_engine(name) for name in samples.threads]
    names = sorted(set(engines))
    if len(names) < 2:
        return samples.users
    engine = np.array([names.index(each) for each in engines], np.int32)[samples.thread]
    there = np.unique(engine)
    if there.size < 2:
        return samples.users
    notes.append(f"threads of {there.size} engines were summed up")
    order = np.argsort(ended_s, kind="stable")
    total = np.zeros(order.size)
    for each in there:
        latest = np.maximum.accumulate(np.where(engine[order] == each, np.arange(order.size), -1))
        own = samples.users[order][np.maximum(latest, 0)]
        total += np.where(latest >= 0, own, 0.0)
    users = np.empty(order.size)
    users[order] = total
    return users


def _engine(thread: str) -> str:
    """`host:port` in front of the name of a thread of a remote engine."""
    match = ENGINE.match(thread)
    return match[1] if match else ""


def _routes(samples: Samples) -> Labels | None:
    """Labels in alphabetical order."""
    if samples.label is None:
        return None
    kept = [" ".join(name.split())[:LONGEST_NAME] or "(no label)" for name in samples.labels]
    ordered = sorted(set(kept))
    place = {name: at for at, name in enumerate(ordered)}
    codes = np.array([place[name] for name in kept] or [0], np.int64)[samples.label]
    return Labels(codes, tuple(ordered))


def _kinds(samples: Samples, failed: Flags) -> Labels:
    """Failures by code, message and assertion, in few words."""
    kinds = Codes[str]()
    there = np.unique(samples.outcome[failed]).tolist()
    place = np.full(len(samples.outcomes), -1, np.int64)
    for code in there:
        place[code] = kinds.of(samples.outcomes[code].text)
    codes = np.where(failed, place[samples.outcome], -1)
    return folded(Labels(codes, tuple(kinds.names)), MOST_KINDS, "other failures")
