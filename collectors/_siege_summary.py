r"""siege's summary: text on stderr, or the same as JSON on stdout.

    ** SIEGE 4.0.7
    ** Preparing 20 concurrent users for battle.
    [error] socket: unable to connect sock.c:282: Connection refused
    Transactions:		        2848 hits
    Response time:		        0.10 secs            (104.04 ms since 4.1.7)
    Successful transactions:        2848
    Failed transactions:	           0

"Transactions" leaves out what failed with 408, 5xx or without an answer, and counts 404 and its
like; "Successful" leaves those out too. So all = transactions + failed, and failures = all −
successful. In JSON and in siege.log times stay seconds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from diagnose.readings import LoadTotals

from ._load_failures import Distress, Failures
from ._printed_numbers import seconds

VERSION = re.compile(r"\*\* SIEGE (\S+)")
USERS = re.compile(r"\*\* Preparing (\d+) concurrent users")
VALUE = re.compile(
    r"(Transactions|Availability|Elapsed time|Response time|Transaction rate|Concurrency"
    r"|Successful transactions|Failed transactions|Longest transaction):\s*(\S.*?)\s*$"
)
JSON_VALUE = re.compile(r'\s*\{?\s*"([a-z_]+)":\s*(-?\d+(?:\.\d+)?),?\s*$')
ERROR = re.compile(r"\[?(error|alert|fatal)\]? (.+)$")
ABORTED = re.compile(r"\bsiege aborted due to excessive socket failure")
SOURCE = re.compile(r"\s*\b[a-z]+\.c:\d+:?")
NAMES = {
    "transactions": "Transactions",
    "elapsed_time": "Elapsed time",
    "response_time": "Response time",
    "transaction_rate": "Transaction rate",
    "concurrency": "Concurrency",
    "successful_transactions": "Successful transactions",
    "failed_transactions": "Failed transactions",
    "longest_transaction": "Longest transaction",
}
LONGEST = "Longest transaction"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(slots=True)
class Run:
    """What siege said of one run."""

    values: dict[str, str] = field(default_factory=dict)
    line: int = 0
    version: tuple[str, int] | None = None
    users: float = math.nan
    errors: Failures = field(default_factory=Failures)
    distress: Distress = field(default_factory=Distress)

    def takes(self, number: int, line: str) -> bool:
        """Whether a line, without colours, is one of siege's own."""
        if value := VALUE.match(line):
            self._value(number, value[1], value[2])
        elif (value := JSON_VALUE.match(line)) and value[1] in NAMES:
            self._value(number, NAMES[value[1]], value[2])
        elif version := VERSION.match(line):
            self.version = (version[1], number)
        elif users := USERS.match(line):
            self.users = float(users[1])
        elif error := ERROR.match(line):
            text = SOURCE.sub("", error[2])
            self.errors.named(text, 1, number)
            self.distress.hear(text, number)
        elif ABORTED.search(line):
            self.distress.add("gave_up", line, number)
        else:
            return False
        return True

    def _value(self, number: int, name: str, text: str) -> None:
        self.values.setdefault(name, text)
        if name == "Transactions":
            self.line = number

    @property
    def begun(self) -> bool:
        return bool(self.values) or self.version is not None or self.errors.total > 0

    @property
    def complete(self) -> bool:
        return {"Transactions", "Failed transactions"} <= self.values.keys()

    def totals(self) -> LoadTotals | None:
        """None where the summary is missing, or its counts cannot be read."""
        counts = ("Transactions", "Failed transactions")
        if math.isnan(sum(map(self._number, counts))):
            return None
        users = self.users if self.users > 0 else self._number("Concurrency")
        return totals(
            {name: self._number(name) for name in self.values}
            | {name: self._seconds(name) for name in ("Response time", LONGEST)},
            self.line,
            users,
        )

    @property
    def hits(self) -> float:
        """What siege calls transactions."""
        return self._number("Transactions")

    def _number(self, name: str) -> float:
        match = NUMBER.match(self.values.get(name, ""))
        return float(match[0]) if match else math.nan

    def _seconds(self, name: str) -> float:
        """With its unit; without one it is seconds."""
        with_unit = seconds(self.values.get(name, ""))
        return with_unit if not math.isnan(with_unit) else self._number(name)


def totals(
    values: Mapping[str, float], line: int, users: float, began_s: float = math.nan
) -> LoadTotals:
    """Totals from siege's own numbers (seconds, counts) by their names in the text.

    A mean above the longest time is none: see on_mean.
    """
    hits, failed = values["Transactions"], values["Failed transactions"]
    successful = values.get("Successful transactions", hits)
    successful = hits if math.isnan(successful) else successful
    length_s = values.get("Elapsed time", math.nan)
    mean_s, longest_s = values.get("Response time", math.nan), values.get(LONGEST, math.nan)
    rate = values.get("Transaction rate", math.nan)
    if failed and length_s > 0:
        rate = (hits + failed) / length_s
    elif not rate > 0:  # it lasted less than 0.005 s, or was not worked out
        rate = math.nan
    return LoadTotals(
        int(hits + failed),
        max(int(hits + failed - successful), 0),
        mean_s if hits and not mean_s > longest_s else math.nan,
        throughput_per_s=rate,
        line=line,
        max_s=longest_s if hits else math.nan,
        duration_s=length_s,
        users=users,
        began_s=began_s,
    )


def on_mean(told: LoadTotals, hits: float) -> str:
    """siege adds up the time of every answer, and divides it by those that did not fail."""
    share = (told.requests - hits) / told.requests if told.requests else 0.0
    if not share or not hits:
        return ""
    return (
        f"siege divides the time of all answers by its {hits:,.0f} transactions, which leave out "
        f"what failed: its mean is too high by up to {share / (1 - share):.0%}"
    )


def counted(run: Run, told: LoadTotals) -> Failures:
    """Failures by what siege said of each, and those that it only counted."""
    failures = Failures(dict(run.errors.found))
    rest = int(told.failures) - failures.total
    failures.named("failed transactions that siege only counts", rest, told.line, "other")
    return failures
