"""fortio's return codes as failures."""

from __future__ import annotations

from ._load_failures import Failures

OK_CODES = ("SERVING", "OK")  # of gRPC health checks, of TCP and UDP
NO_ANSWER = "no answer (code -1: fortio does not say why)"


def is_ok(code: str) -> bool:
    """Whether fortio counts a code as good: 2xx and 418, or a word for it.

    >>> is_ok("200"), is_ok("503"), is_ok("-1"), is_ok("SERVING")
    (True, False, False, True)
    """
    return code in OK_CODES or code == "418" or (code.isdigit() and 200 <= int(code) <= 299)


def failures_of(codes: dict[str, int], line: int, said: str = "") -> Failures:
    """What is not good; `said`: what its log names as the reason for a missing answer."""
    failures = Failures()
    for code, times in codes.items():
        if is_ok(code):
            continue
        if code.isdigit():
            failures.status(code, times, line)
        elif code == "-1":
            failures.named(said or NO_ANSWER, times, line, "" if said else "other")
        else:
            failures.named(code, times, line)
    return failures
