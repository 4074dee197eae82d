"""Failures of requests that tell of the load generator's own want: ports, files, memory."""

from __future__ import annotations

import re

import numpy as np

from diagnose.metrics import message
from diagnose.readings import Load, Occurrences

KNOWN = {
    "too_many_open_files": r"too many open files|file table overflow|\bEMFILE\b|\bENFILE\b",
    "no_local_address": (
        r"(?:cannot|can't) assign requested address|address already in use"
        r"|\bEADDRNOTAVAIL\b|\bEADDRINUSE\b"
    ),
    "out_of_memory": (
        r"out ?of ?memory|cannot allocate memory|system resources exhausted|\bENOMEM\b"
        r"|unable to (?:create|spawn) (?:\w+ )*threads?\b"
    ),
}
TESTS = tuple((slug, re.compile(pattern, re.IGNORECASE)) for slug, pattern in KNOWN.items())


def slug_of(text: str) -> str:
    """The known want that a text tells of; "" for none.

    >>> slug_of("java.net.BindException: Cannot assign requested address"), slug_of("timeout")
    ('no_local_address', '')
    """
    return next((slug for slug, test in TESTS if test.search(text)), "")


def distress(load: Load) -> list[Occurrences]:
    """One Occurrences for each known want: empty where no failure tells of it.

    Times are not known of single failures: none is given.
    """
    made = []
    for slug in KNOWN:
        mine = [error for error in load.errors if slug_of(error.text) == slug]
        count = sum(error.count for error in mine)
        lines = np.full(count, mine[0].line if mine else 0, np.int64)
        at_s = np.full(count, np.nan)
        example = mine[0].text if mine else ""
        made.append(Occurrences(message("generator", slug), at_s, lines, example=example))
    return made
