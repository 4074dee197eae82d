"""Counters of interfaces that ntc-templates knows how to read, where it is installed.

Its templates for Cisco, Arista and Juniper leave out bytes, or all counters: those are read by
their words (`_interface_phrases`). Read here are the ones that it reads whole.

Source: https://github.com/networktocode/ntc-templates
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.rawfile import RawFile

MEGABIT = 1e6 / 8  # bytes
NUMBER = re.compile(r"\d[\d,]*")


@dataclass(frozen=True, slots=True)
class Template:
    """One of ntc-templates'. told_by: all of these stand in the output, and in no other's."""

    platform: str
    command: str
    told_by: tuple[re.Pattern[str], ...]

    def tells(self, lines: Sequence[str]) -> bool:
        """Whether the lines are such an output."""
        return all(any(mark.match(line) for line in lines) for mark in self.told_by)


TEMPLATES = (
    Template(
        "aruba_aoscx",
        "show interface",
        (
            re.compile(r"Interface \S+ is (?:up|down)"),
            re.compile(r"\s+\d+ total packets\s+\d+ total bytes"),
        ),
    ),
    Template(
        "hp_procurve",
        "show interfaces",
        (re.compile(r"\s*Status and Counters - Port Counters\s*$"),),
    ),
    Template(
        "oneaccess_oneos",
        "show interfaces",
        (re.compile(r"\S.* is (?:up|down), line"), re.compile(r"\s+IN:\s+\d+ packets, \d+ bytes")),
    ),
    Template(
        "alcatel_aos",
        "show interfaces ethernet",
        (
            re.compile(r"\s*(?:Chassis/)?Slot/Port\s*:?\s+\S+"),
            re.compile(r"\s*Bytes Received\s*:\s+\d+"),
        ),
    ),
)
NAMES = ("interface", "port")
# The first of the fields that is there and has a number.
FIELDS = {
    "nic.rx_packets_per_s": ("rx_total_packets", "input_packets"),
    "nic.tx_packets_per_s": ("tx_total_packets", "output_packets"),
    "nic.rx_bytes_per_s": ("rx_total_bytes", "input_bytes", "rx_bytes_received"),
    "nic.tx_bytes_per_s": ("tx_total_bytes", "output_bytes", "tx_bytes_transmitted"),
    "nic.rx_errors_per_s": ("rx_errors", "input_errors", "errors_rx", "rx_error_frames"),
    "nic.tx_errors_per_s": ("tx_errors", "output_errors", "tx_error_frames"),
    "nic.rx_dropped_per_s": ("rx_dropped", "input_discards", "rx_lost_frames"),
    "nic.tx_dropped_per_s": ("tx_dropped", "output_qdrops", "drops_tx", "tx_lost_frames"),
    "nic.rx_crc_per_s": ("rx_crc_fcs", "rx_crc_error_frames"),
    "nic.rx_frame_per_s": ("rx_alignment_errors",),
    "nic.collisions_per_s": ("tx_collision", "tx_collisions"),
}
SPEEDS = ("speed", "bandwidth")  # in Mbit/s, of those above


@dataclass(frozen=True, slots=True)
class Row:
    """One interface: its counters by metric, and its speed in bytes/s, 0 for none."""

    name: str
    counters: dict[str, float]
    speed: float = 0.0


def template_for(lines: Sequence[str]) -> Template | None:
    """The template that reads such lines; None for none."""
    return next((one for one in TEMPLATES if one.tells(lines)), None)


def rows(
    raw: RawFile, template: Template, lines: Sequence[tuple[int, str]], bad: BadLines
) -> list[Row]:
    """The interfaces of one output; a last line that is torn is left out.

    Raises:
        UnreadableSource: ntc-templates is not installed, or does not know this release.
    """
    if importlib.util.find_spec("ntc_templates") is None:
        raise UnreadableSource(
            raw.path,
            f"`{template.command}` of {template.platform}, and ntc-templates, which reads it, is "
            "not installed",
            hint="pip install 'loadtest-diagnose[network]'",
        )
    found = _parsed(template, lines)
    if isinstance(found, str):
        whole = _parsed(template, lines[:-1])
        if isinstance(whole, str):
            hint = "update ntc-templates; it may not know this release of the system yet"
            raise UnreadableSource(raw.path, f"ntc-templates cannot read it: {found}", hint=hint)
        bad.note(*lines[-1])
        found = whole
    return [_row(record) for record in found]


def _parsed(template: Template, lines: Sequence[tuple[int, str]]) -> list[dict[str, str]] | str:
    """What the template makes of the lines, or why it makes nothing of them."""
    from ntc_templates.parse import ParsingException, parse_output
    from textfsm.parser import TextFSMError

    text = "".join(f"{line}\n" for _, line in lines)
    try:
        found: list[dict[str, str]] = parse_output(template.platform, template.command, text)
    except (ParsingException, TextFSMError) as error:
        return str(error).strip().splitlines()[0][:120]
    return found


def _row(record: dict[str, str]) -> Row:
    counters = {
        metric: value
        for metric, fields in FIELDS.items()
        if (value := _number(record, fields)) is not None
    }
    speed = _number(record, SPEEDS) or 0.0
    name = next((record[key] for key in NAMES if record.get(key)), "")
    return Row(name, counters, speed * MEGABIT)


def _number(record: dict[str, str], fields: Sequence[str]) -> float | None:
    for name in fields:
        value = record.get(name, "")
        if isinstance(value, str) and (match := NUMBER.match(value)):
            return float(match[0].replace(",", ""))
    return None
