"""Who and where a host is: hostname, date, time zone, kernel, number of processors.

Small files that hold one answer each, told apart by its form:

    api                                        hostname
    1795406687.271790253 UTC +0000             date '+%s.%N %Z %z'
    Mon, 23 Nov 2026 13:04:47 +0900            date -R (date, date -Iseconds as well)
    Asia/Tokyo                                 /etc/timezone
    Linux api 6.18.44 #1 SMP … GNU/Linux       uname -a

and timedatectl, hostnamectl, lscpu and /etc/os-release. They are read first: other files of
the host write its local time without saying how far that is from UTC.

Source: man date(1), timedatectl(1), hostnamectl(1), uname(1), os-release(5)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile, decode
from diagnose.readings import Fact, Limit, Reading

LONGEST = 16_384  # bytes; lscpu of a large machine
FACTS = {"host": "host.name", "kernel": "os.kernel", "zone": "os.timezone", "os": "os.name"}
UTC = {"UTC", "GMT", "Z", "Etc/UTC"}
_STAMP = re.compile(r"\A# \d{9,10}(?:\.\d+)?$", re.MULTILINE)  # in front of what collect fetched


ZONE = "cat /etc/timezone || readlink /etc/localtime | sed 's,.*/zoneinfo/,,'"


class Form(NamedTuple):
    """A form of answer; its groups are named after what they hold."""

    certainty: float
    pattern: re.Pattern[str]
    whole: bool = True  # it is all that the file holds


_CLOCK = r"\d\d:\d\d:\d\d"
_WORDY = rf"\w{{3}},? +\w{{3}} +\d+ {_CLOCK}"
_AREAS = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific|US"
# Lone words that commands print and that are no host's name.
_WORDS = (
    "true|false|yes|no|none|on|off|ok|active|inactive|running|failed|enabled|disabled|unlimited|"
    "cubic|reno|bbr|fq|powersave|performance|never|always|madvise|unknown|localhost"
)
FORMS = tuple(
    Form(certainty, re.compile(pattern, re.MULTILINE), whole)
    for certainty, whole, pattern in (
        (0.9, True, r"\w+ (?P<host>\S+) (?P<kernel>\d+\.\d\S*) #.* \S+(?: GNU/Linux)?"),
        (0.9, False, r"^\s*Time zone: (?P<zone>\S+) \(\S+, (?P<offset>[+-]\d{4})\)"),
        (0.9, False, r"^Timezone=(?P<zone>\S+)$"),
        (0.9, False, r"^ *Static hostname: (?P<host>\S+)"),
        (0.7, False, r"^ *Kernel: Linux (?P<kernel>\S+)"),
        (0.9, False, r"^CPU\(s\): +(?P<cpus>\d+)$"),
        (0.9, False, r'^PRETTY_NAME="?(?P<os>[^"\n]+)"?$'),
        (0.7, True, r"\d{9,10}\.?\d* (?:(?P<zone>[A-Za-z]\S*) )?(?P<offset>[+-]\d\d:?\d\d)"),
        (0.6, True, r"\w{3}, \d+ \w{3} \d{4} \d\d:\d\d:\d\d (?P<offset>[+-]\d{4})"),
        (0.6, True, rf"\d{{4}}-\d\d-\d\d[T ]{_CLOCK}(?:[.,]\d+)? ?(?P<offset>[+-]\d\d:?\d\d|Z)"),
        (0.6, True, rf"{_WORDY}(?: [AP]M)? (?P<zone>[A-Z]{{3,5}}|[+-]\d\d) \d{{4}}"),
        (0.6, True, rf"(?P<zone>(?:{_AREAS})/[\w+/-]+|UTC)"),
        (0.35, True, rf"(?!(?:{_WORDS})$)(?P<host>[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*)"),
    )
)


def recognizes(head: Head) -> float:
    """A short file in one of the forms."""
    if len(head.raw) > LONGEST or "\0" in head.text:
        return 0.0
    return max((form.certainty for form, _ in _found(head.text)), default=0.0)


@collector(
    kind="host_identity",
    title="hostname, date, time zone, kernel",
    recognizes=recognizes,
    first=True,
    fetch=(
        Fetch("hostname.txt", "/proc/sys/kernel/hostname", When.ONCE),
        Fetch("date.txt", "date '+%s %Z %z'", When.ONCE),
        Fetch(
            "timezone.txt", ZONE, When.ONCE, where="[ -e /etc/timezone ] || [ -L /etc/localtime ]"
        ),
        Fetch("uname.txt", "uname -a", When.ONCE),
        Fetch("os_release.txt", "cat /etc/os-release", When.ONCE, where="[ -e /etc/os-release ]"),
        Fetch("lscpu.txt", "LC_ALL=C lscpu", When.ONCE, where="command -v lscpu"),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Facts, and the number of processors as a limit."""
    reading = Reading()
    text = decode(raw.whole())
    found = _found(text)
    for _, match in found:
        said = {group: value for group, value in match.groupdict().items() if value is not None}
        for group, value in said.items():
            line = text.count("\n", 0, match.start(group)) + 1
            _say(group, value, line, reading)
            if group == "zone" and value in UTC and "offset" not in said:
                _say("offset", "Z", line, reading)
    if not found:
        bad.note(1, text.strip().partition("\n")[0])
    return reading


def _found(text: str) -> list[tuple[Form, re.Match[str]]]:
    """The forms that a text has: all that stand in it, or the one that it is."""
    text = _STAMP.sub(lambda stamp: " " * len(stamp[0]), text)
    inside = [
        (form, match) for form in FORMS if not form.whole and (match := form.pattern.search(text))
    ]
    if inside or text.count("\n") > 3:
        return inside
    bare = text.strip()
    start = text.find(bare)
    for form in FORMS:
        match = form.pattern.fullmatch(text, start, start + len(bare)) if form.whole else None
        if match is not None:
            return [(form, match)]
    return []


def _say(group: str, value: str, line: int, reading: Reading) -> None:
    if group == "cpus":
        reading.limits.append(Limit("cpu.count", float(value), line=line))
    elif group == "offset":
        reading.facts.append(Fact("clock.utc_offset_s", str(offset_s(value)), line=line))
    else:
        reading.facts.append(Fact(FACTS[group], value, line=line))


def offset_s(text: str) -> int:
    """Seconds east of UTC.

    >>> offset_s("+0900"), offset_s("-03:30"), offset_s("Z")
    (32400, -12600, 0)
    """
    if text == "Z":
        return 0
    digits = text[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:4] or 0) * 60
    return -seconds if text[0] == "-" else seconds
