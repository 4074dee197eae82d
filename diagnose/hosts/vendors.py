"""Network gear that can be asked, by the names that ntc-templates has for it.

Sources: ntc-templates' index (names and commands); each vendor's command reference (paging).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vendor:
    """A command line that gear shows over SSH.

    interfaces: the command that shows the counters of all of them. unpaged: what is said first,
    so that nothing stops at the end of a screen; gear that refuses it is turned page by page.
    """

    interfaces: str
    unpaged: tuple[str, ...] = ()


VENDORS: dict[str, Vendor] = {
    "allied_telesis_awplus": Vendor("show interface", ("terminal length 0",)),
    "alcatel_aos": Vendor("show interfaces ethernet"),
    "arista_eos": Vendor("show interfaces", ("terminal length 0", "terminal width 32767")),
    "aruba_aoscx": Vendor("show interface", ("no page",)),
    "brocade_fastiron": Vendor("show interfaces", ("skip-page-display",)),
    "brocade_netiron": Vendor("show interfaces", ("terminal length 0",)),
    "cisco_asa": Vendor("show interface", ("terminal pager 0",)),
    "cisco_ios": Vendor("show interfaces", ("terminal length 0", "terminal width 511")),
    "cisco_nxos": Vendor("show interface", ("terminal length 0", "terminal width 511")),
    "cisco_xr": Vendor("show interfaces", ("terminal length 0", "terminal width 511")),
    "eltex": Vendor("show interfaces", ("terminal datadump",)),
    "hp_procurve": Vendor("show interfaces", ("no page",)),
    "juniper_junos": Vendor(
        "show interfaces extensive", ("set cli screen-length 0", "set cli screen-width 511")
    ),
    "oneaccess_oneos": Vendor("show interfaces", ("terminal length 0",)),
}
