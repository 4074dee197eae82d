"""How a sample of JMeter ended: passed or not, and why."""

from __future__ import annotations

import re
from typing import NamedTuple

from diagnose.failures import without_values

TRANSACTION = re.compile(r"Number of samples in transaction : (\d+)")
LONGEST_TEXT = 160
NOTHING = ("", "None", "null")


class Outcome(NamedTuple):
    """What the columns of a sample say of its end; success None where that was not saved.

    held: of a transaction controller, how many samples it says it held; -1 for a request.
    """

    success: bool | None
    code: str = ""
    message: str = ""
    failure: str = ""
    held: int = -1

    @property
    def transaction(self) -> bool:
        return self.held >= 0

    @property
    def is_error(self) -> bool:
        """Whether the status says so, whatever the test plan made of it."""
        return self.code.isdigit() and 400 <= int(self.code) < 600

    @property
    def failed(self) -> bool:
        if self.success is not None:
            return not self.success
        return self.is_error or not self.code.isdigit()

    @property
    def text(self) -> str:
        """A failure in few words.

        >>> Outcome(False, "503", "Service Unavailable").text
        '503 Service Unavailable'
        >>> Outcome(False, "Non HTTP response code: java.net.SocketTimeoutException",
        ...         "Non HTTP response message: Read timed out").text
        'SocketTimeoutException: Read timed out'
        >>> Outcome(False, "200", "OK", "Test failed: text expected to contain /what/").text
        'assertion: Test failed: text expected to contain /what/'
        """
        failure = "" if self.failure in NOTHING else self.failure
        if self.code.startswith("Non HTTP response code:"):
            name = self.code.partition(":")[2].strip().rpartition(".")[2]
            said = self.message.removeprefix("Non HTTP response message:").strip()
            text = f"{name}: {said}" if said else name
        elif self.is_error:
            text = f"{self.code} {self.message}"
        elif failure:
            text = failure if self.code in ("", "0") else f"assertion: {failure}"
        else:
            text = f"{self.code} {self.message}".strip() or "failed, and the file does not say why"
        return without_values(" ".join(text.split()))[:LONGEST_TEXT]


def outcome_of(cells: dict[str, str]) -> Outcome:
    """From the cells that a file has: success code message failure type url."""
    success = cells.get("success")
    message = cells.get("message", "").strip()
    match = TRANSACTION.match(message)
    held = int(match[1]) if match else -1
    if "message" not in cells and cells.get("type") == "" and cells.get("url") == "null":
        held = 0  # what is left to tell a transaction by
    return Outcome(
        None if success is None else success.strip().lower() == "true",
        cells.get("code", "").strip(),
        message,
        cells.get("failure", "").strip(),
        held,
    )
