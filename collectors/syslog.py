r"""Lines of syslog or journalctl in which the kernel does not speak: a service's journal.

    2026-11-23T03:23:47+0000 systemd[1]: Started api.service - Shop API.
    Nov 23 04:04:47 api api[812]: dial tcp 10.0.0.5:3306: connect: connection refused

Messages of trouble of services are counted by their words; those of daemons that every
host runs (cron, sshd, ...) are passed over. Of systemd it is counted that a service died of a
signal (SIGTERM excepted: that is how it is stopped) or by the OOM killer. Lines of the
kernel that stand later in the file are counted as well. Traps: levels are not written, so an
error in words that we do not know is not seen. A syslog names no year: see _syslog_lines.

Source: man 1 journalctl, https://www.rfc-editor.org/rfc/rfc3164
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.metrics import message
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._app_events import TABLE
from ._log_messages import OTHER, Messages
from ._syslog_lines import BOOT, CTIME, ISO, UNIX, Clock, Entry, entry
from .kernel_log import LOOKED_AT, Kernel, finish, is_repetition, should_be_readable

SYSTEMD = r"""
out_of_memory killed by the OOM killer
panic         Main process exited, code=(?:killed|dumped), status=(?!15/TERM)
"""
DAEMONS = re.compile(
    r"(?i)(?:systemd|cron|atd|anacron|sshd|sudo|su|login|dbus|polkit|network|nm-|wpa_|dhc|avahi"
    r"|chrony|ntp|timesync|rsyslog|syslog|audit|snapd|udev|acpid|irqbalance|smartd|multipath"
    r"|postfix|exim|logrotate|packagekit|unattended|apt|dnf|yum|accounts|rtkit|thermald)"
)
LEVELS = re.compile(r"(?i)\[?(?:trace|debug|info|notice|warn(?:ing)?|error|fatal|crit\w*)\]?$")


def recognizes(head: Head) -> float:
    """Lines with a time and a program; a generic shape, so a weak claim."""
    lines = [line for line in head.lines if line.strip() and not line[0].isspace()][:LOOKED_AT]
    good = sum(_names_a_program(one) for one in map(entry, lines) if one)
    return 0.3 if good and good >= 0.7 * len(lines) else 0.0


def _names_a_program(found: Entry) -> bool:
    if found.shape in (BOOT, CTIME) or not found.program or LEVELS.match(found.host):
        return False
    # Many logs begin with a date and have a colon somewhere.
    return found.pid or found.shape not in (ISO, UNIX) or found.program == "kernel"


@collector(kind="syslog", title="syslog, journal of a service", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Occurrences of messages of services; of the kernel only where it speaks."""
    clock, hosts = Clock(raw.where.stat().st_mtime), dict[str, int]()
    kernel, apps, spoke = Kernel(), Messages("app", SYSTEMD.strip() + TABLE), False
    for number, line in raw.lines():
        found = entry(line)
        if found is None or not found.program:
            repetition = found is not None and is_repetition(found)
            if not repetition and should_be_readable(line):
                bad.note(number, line)
            continue
        if found.host:
            hosts.setdefault(found.host, number)
        if found.program == "kernel":
            spoke = True
            kernel.take(found, clock, number, line)
        elif slug := _slug(found, apps):
            apps.count(slug, clock.at_s(found), number, line)
    unknown = message("app", OTHER)
    reading = Reading(occurrences=[o for o in apps.occurrences() if o.metric != unknown])
    reading.occurrences += kernel.occurrences() if spoke else []
    finish(reading, clock, hosts)
    return reading


_OF_SYSTEMD = re.compile("|".join(row.split(None, 1)[1] for row in SYSTEMD.strip().splitlines()))


def _slug(found: Entry, apps: Messages) -> str:
    """Which message of a service a line is; "" for none."""
    if found.program == "systemd":
        return apps.slug(found.text) if _OF_SYSTEMD.search(found.text) else ""
    return "" if DAEMONS.match(found.program) else apps.slug(found.text)
