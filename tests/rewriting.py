"""The files of a run rewritten: a day later, sampled half as often, under other names."""

from __future__ import annotations

import json
import random
import re
import string
from pathlib import Path

DAY_S = 86_400
# The recorded runs all lie within 23 November 2026, in UTC and in Tokyo: the next day is one
# digit further in each of the ways in which their files write a date.
DATES = (
    ("23/Nov/2026", "24/Nov/2026"),  # access log
    ("2026-11-23", "2026-11-24"),  # ISO 8601: application, iostat and sadf, Locust, journal
    ("2026/11/23", "2026/11/24"),  # error log
    ("11/23/26", "11/24/26"),  # sar
    ("# Time: 261123", "# Time: 261124"),  # slow log
)
EPOCH = re.compile(r"(?<![\w.])(1795\d{6})(?!\d)")  # stamps, Locust's history, SET timestamp
BLOCK = re.compile(r"^(?=# \d{10}\.)", re.M)
STAMPED = re.compile(r"\d{10}\.\d+ ")


def a_day_later(text: str) -> str:
    """Every time in a file of the recorded runs, a day later.

    >>> a_day_later('# 1795406687.3 [23/Nov/2026:04:04:46 +0000] 2026-11-23T04:04:46Z')
    '# 1795493087.3 [24/Nov/2026:04:04:46 +0000] 2026-11-24T04:04:46Z'
    """
    for today, tomorrow in DATES:
        text = text.replace(today, tomorrow)
    return EPOCH.sub(lambda match: str(int(match[1]) + DAY_S), text)


def sampled_half_as_often(text: str) -> str:
    """Every second sample of a file that samples; any other file as it is.

    >>> sampled_half_as_often("# 1795406687.3\\na 1\\n# 1795406688.3\\na 2\\n")
    '# 1795406687.3\\na 1\\n'
    """
    if text.startswith('{"sysstat"'):
        data = json.loads(text)
        for host in data["sysstat"]["hosts"]:
            host["statistics"] = host["statistics"][::2]
        return json.dumps(data, indent=1)
    if BLOCK.match(text):
        return "".join(BLOCK.split(text)[1::2])
    if STAMPED.match(text):
        return "".join(text.splitlines(keepends=True)[::2])
    return text


def rewrite(run: Path, to: Path, change: object) -> Path:
    """A copy of a run with `change` done to the text of each raw file."""
    for path in sorted(run.glob("raw/*/*")):
        target = to / path.relative_to(run)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]
    (to / "diagnose.toml").write_bytes((run / "diagnose.toml").read_bytes())
    return to


def rename(run: Path, to: Path, seed: int) -> dict[str, str]:
    """A copy of a run whose hosts, folders and files have random names; old to new names.

    Empty files keep theirs: nothing but its name tells what a silent log is.
    """
    chance = random.Random(seed)

    def word() -> str:
        return "".join(chance.choices(string.ascii_lowercase, k=8))

    hosts = {path.name: word() for path in sorted((run / "raw").iterdir())}
    for path in sorted(run.glob("raw/*/*")):
        name = word() if path.stat().st_size else path.name
        target = to / "raw" / hosts[path.parent.name] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    toml = (run / "diagnose.toml").read_text(encoding="utf-8")
    for old, new in hosts.items():
        toml = toml.replace(f"[components.{old}]", f"[components.{new}]")
        toml = toml.replace(f'host = "{old}"', f'host = "{new}"').replace(
            f'sends_to = ["{old}"]', f'sends_to = ["{new}"]'
        )
    (to / "diagnose.toml").write_text(toml, encoding="utf-8")
    return hosts
