"""Counters of interfaces, as switches and routers print them in words.

    GigabitEthernet0/1 is up, line protocol is up            Cisco IOS, XR, NX-OS, ASA; Arista
         83 packets input, 14855 bytes, 0 no buffer          EOS; Brocade; Eltex
    Interface port1.0.1                                      AlliedWare Plus; FRRouting
        input packets 354, bytes 293, dropped 0
    Physical interface: ge-0/0/0, Enabled, Physical link is Up      Junos, `extensive`
       Input  bytes  :        2387384178247                35528 bps

Rates ("5 minute input rate") are means over a window of the gear's own, and are left out:
totals, read twice, say more. What a phrase counts is said by itself ("packets input"), or by
the head that it stands under ("RX", "Output errors:").

Sources: each vendor's command reference of `show interfaces`
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

HEADER = re.compile(
    r"(?:Interface )?(?P<name>[A-Za-z0-9][\w./:-]*(?: \d[\w./:]*)?)(?: \"[^\"]*\")?,? is "
    r"(?:administratively |link )?(?P<state>up|down|reset|deleted|disabled|standby|not connected)\b"
)
NAMED = re.compile(r"Interface (?P<name>[A-Za-z][\w./:-]*)\s*$")
JUNOS = re.compile(r"Physical interface: (?P<name>[\w./:-]+),.* link is (?P<state>Up|Down)")
LOGICAL = re.compile(r"\s+Logical interface ")
FREE = re.compile(r"\s*(?:Description|Port name|Interface's description)\b")  # the user's own words
TURN = re.compile(r"\s*(?P<side>RX|Rx|TX|Tx|Input errors:|Output errors:)\s*$")
SECOND_HAND = re.compile(r"\s+Traffic Statistics for ")  # ASA's own count of what it let through
COUNTED = re.compile(r"(?<![\d./:(-])(\d+) +([A-Za-z][A-Za-z/ -]*?)(?= *(?:[,;(.]|$)| +\d)")
TOLD = re.compile(r"([A-Za-z][A-Za-z/ ]*?) *:? +(\d+)(?=,|\s|$)")
QUEUES = re.compile(
    r"input queue:? \d+/\d+(?:/|, )(?P<rx>\d+)|output queue \d+/\d+, (?P<tx>\d+) drops",
    re.IGNORECASE,
)
NOMINAL = re.compile(r"\bBW (\d+) ?([KMG])(?:bit|bps)", re.IGNORECASE)
DUPLEX = re.compile(r"(?i)duplex|actual \d")
SPEED = re.compile(r"(?i)(?:speed: |actual |duplex, )(\d+) ?([MG])b")
UNITS = {"K": 1e3, "M": 1e6, "G": 1e9}
SIDES = {"RX": "rx", "Rx": "rx", "Input errors:": "rx", "TX": "tx", "Tx": "tx"}

# What a phrase counts; "rx" and "tx" before it: under such a head.
PHRASES = {
    phrase.strip(): metric
    for metric, phrases in {
        "nic.rx_packets_per_s": "packets input | input packets",
        "nic.tx_packets_per_s": "packets output | output packets",
        "nic.rx_bytes_per_s": "rx bytes | bytes received | input bytes",
        "nic.tx_bytes_per_s": "tx bytes | bytes sent | output bytes",
        "nic.rx_errors_per_s": "input errors | input error | rx errors",
        "nic.tx_errors_per_s": "output errors | output error | tx errors",
        "nic.rx_dropped_per_s": "input discards | input discard | total input drops "
        "| rx drops | rx dropped",
        "nic.tx_dropped_per_s": "output discards | output discard | total output drops "
        "| tx drops | tx dropped",
        "nic.rx_crc_per_s": "rx crc | rx fcs | crc/align errors",
        "nic.rx_frame_per_s": "rx frame | rx alignment | rx framing errors",
        "nic.rx_overrun_per_s": "rx overrun | rx fifo errors | rx fifo",
        "nic.rx_missed_per_s": "rx ignored | rx resource errors | rx missed",
        "nic.collisions_per_s": "tx collisions | tx collision",
        "nic.tx_carrier_per_s": "tx lost carrier | tx carrier",
    }.items()
    for phrase in phrases.split("|")
}


@dataclass(slots=True)
class Interface:
    """What stands under one interface's line. counters: value and line, by metric."""

    name: str
    up: bool
    counters: dict[str, tuple[float, int]] = field(default_factory=dict)
    speed: tuple[float, int] | None = None  # bytes/s
    side: str = ""
    done: bool = False  # from here on it speaks of something else
    nominal: float = 0.0  # bandwidth as set, which is a speed where there is a duplex


def header(line: str) -> Interface | None:
    """The interface that a line begins; None for any other line."""
    if match := HEADER.match(line) or JUNOS.match(line):
        return Interface(match["name"], match["state"].lower() == "up")
    if match := NAMED.match(line):
        return Interface(match["name"], up=True)
    return None


def counts(line: str) -> bool:
    """Whether a line has counters in the words that are known here."""
    return any(
        known in line
        for known in ("packets input", "input packets", "Input  packets:", "packets output")
    )


def interfaces(lines: Iterable[tuple[int, str]]) -> Iterator[Interface]:
    """Interfaces of one output, in its order."""
    current: Interface | None = None
    for number, line in lines:
        if begun := header(line):
            if current:
                yield current
            current = begun
        elif current and not current.done:
            _take(current, number, line)
    if current:
        yield current


def _take(interface: Interface, number: int, line: str) -> None:
    """Whatever one line under an interface says."""
    if LOGICAL.match(line) or (interface.counters and SECOND_HAND.match(line)):
        interface.done = True
    elif FREE.match(line):
        return
    elif match := TURN.match(line):
        interface.side = SIDES.get(match["side"], "tx")
    else:
        _speed(interface, number, line)
        for phrase, value in _phrases(line):
            _count(interface, number, phrase, value)


def _phrases(line: str) -> Iterator[tuple[str, str]]:
    """What is counted and how much, in the order of the line."""
    for match in QUEUES.finditer(line):
        way = "input" if match["rx"] else "output"
        yield f"total {way} drops", match["rx"] or match["tx"]
    if line.lstrip()[:1].isdigit():
        found = [(name, value) for value, name in COUNTED.findall(line)]
    else:
        found = TOLD.findall(line)
    for name, value in found:
        yield " ".join(name.split()).lower(), value


def _count(interface: Interface, number: int, phrase: str, value: str) -> None:
    """One counter; the first that bears a name is the interface's own."""
    if phrase in ("packets input", "input packets"):
        interface.side = "rx"
    elif phrase in ("packets output", "output packets"):
        interface.side = "tx"
    metric = PHRASES.get(phrase) or PHRASES.get(f"{interface.side} {phrase}")
    if metric and metric not in interface.counters:
        interface.counters[metric] = (float(value), number)


def _speed(interface: Interface, number: int, line: str) -> None:
    """The speed of a link that is up, where it has one: a tunnel's bandwidth is a mere setting."""
    if match := NOMINAL.search(line):
        interface.nominal = float(match[1]) * UNITS[match[2].upper()] / 8
    if not interface.up or not (DUPLEX.search(line) or "Link-level type: Ethernet" in line):
        return
    match = SPEED.search(line)
    said = float(match[1]) * UNITS[match[2].upper()] / 8 if match else 0.0
    speed = max(said, interface.nominal)
    if speed and not interface.speed:
        interface.speed = (speed, number)
