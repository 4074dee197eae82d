"""`show interfaces` of switches and routers, by their words and through ntc-templates."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collect.plan import Part, plan
from diagnose.collectors import network_interfaces
from diagnose.errors import UnreadableSource
from diagnose.places import Place
from diagnose.rawfile import Head
from diagnose.readings import Form
from diagnose.recipe import recipe

HERE = FIXTURES / "network_interfaces"
KIND = "network_interfaces"
MEGABIT = 1e6 / 8
RX_BYTES, TX_BYTES = "nic.rx_bytes_per_s", "nic.tx_bytes_per_s"
RX_DROPPED, TX_DROPPED = "nic.rx_dropped_per_s", "nic.tx_dropped_per_s"
RX_ERRORS, RX_CRC = "nic.rx_errors_per_s", "nic.rx_crc_per_s"

# File, interface, and its totals as the output prints them.
REAL = [
    ("cisco_ios", "GigabitEthernet0/1", {RX_BYTES: 14855, TX_BYTES: 2510810, TX_DROPPED: 0}),
    (
        "cisco_ios_bundle",
        "Port-channel1",
        {RX_BYTES: 389700154021690, RX_ERRORS: 179928, RX_CRC: 21419, "nic.rx_frame_per_s": 87},
    ),
    ("cisco_xr", "FortyGigE0/0/0/0", {RX_BYTES: 29095652278, RX_DROPPED: 392, TX_DROPPED: 0}),
    ("cisco_nxos", "mgmt0", {RX_BYTES: 267225622, TX_BYTES: 117206151}),
    ("cisco_nxos", "Ethernet1/1", {RX_BYTES: 19188106, TX_BYTES: 62262008, TX_DROPPED: 0}),
    ("cisco_asa", "Ethernet1/1", {RX_BYTES: 134863056, TX_BYTES: 36318489}),
    ("arista_eos", "Ethernet3", {RX_BYTES: 106797, TX_BYTES: 16634, RX_DROPPED: 0}),
    ("brocade_fastiron", "GigabitEthernet1", {RX_BYTES: 765022677409544, RX_ERRORS: 8, RX_CRC: 1}),
    ("eltex", "gigabitethernet1/0/1", {RX_BYTES: 7385782387851, TX_BYTES: 7350024234403}),
    ("allied_telesis_awplus", "port1.0.2", {RX_BYTES: 89425248242431, TX_BYTES: 52200393594867}),
    ("juniper_junos", "xe-0/0/0", {RX_BYTES: 2387384178247, TX_DROPPED: 5594, RX_CRC: 0}),
    ("aruba_aoscx", "1/1/1", {RX_BYTES: 457274611, TX_BYTES: 8432615310, TX_DROPPED: 14}),
    ("hp_procurve", "4", {RX_ERRORS: 6700, TX_DROPPED: 0}),
    ("oneaccess_oneos", "GigabitEthernet 0/1", {RX_DROPPED: 887632010, TX_DROPPED: 23658}),
    ("alcatel_aos", "1/1/31", {RX_BYTES: 542857246503, TX_BYTES: 361668198206}),
]


def total(reading, metric, part):
    return sample(reading, metric, part).values[-1]


@pytest.mark.parametrize(
    ("vendor", "part", "totals"), REAL, ids=[f"{vendor} {part}" for vendor, part, _ in REAL]
)
def test_real_gear_is_told_and_read(vendor, part, totals):
    file = HERE / f"{vendor}.txt"
    assert kind_of(file) == KIND
    reading, bad = read(file, KIND)
    assert bad.count == 0
    assert {metric: total(reading, metric, part) for metric in totals} == totals
    assert {s.form for s in reading.samples} == {Form.COUNTER}
    assert np.isnan(reading.samples[0].at_s).all()


def test_each_number_is_traced_to_its_line():
    reading, _ = read(HERE / "cisco_ios_bundle.txt", KIND)
    assert sample(reading, RX_CRC, "Port-channel1").lines.tolist() == [23]
    assert sample(reading, TX_DROPPED, "Port-channel1").lines.tolist() == [15]


def test_links_that_are_up_have_a_speed_and_tunnels_have_none():
    speeds = {
        vendor: {
            one.part: one.value / MEGABIT for one in read(HERE / f"{vendor}.txt", KIND)[0].limits
        }
        for vendor in ("cisco_ios", "cisco_ios_bundle", "cisco_xr", "cisco_nxos", "juniper_junos")
    }
    assert speeds["cisco_ios"]["GigabitEthernet0/1"] == 1000
    assert "GigabitEthernet0/0" not in speeds["cisco_ios"]
    assert speeds["cisco_ios_bundle"]["Port-channel1"] == 20000
    assert speeds["cisco_xr"]["FortyGigE0/0/0/0"] == 40000
    assert "tunnel-te300" not in speeds["cisco_xr"]
    assert speeds["cisco_nxos"] == {"mgmt0": 100, "Ethernet1/1": 10000}
    assert speeds["juniper_junos"] == {"xe-0/0/0": 10000}


def test_drops_of_old_and_new_queues_are_read(tmp_path):
    old = (
        "Serial0 is up, line protocol is up\n"
        "  Output queue 0/40, 5 drops; input queue 1/75, 3 drops\n"
        "     10 packets input, 100 bytes, 0 no buffer\n"
    )
    new = old.replace("Output queue 0/40, 5 drops; input queue 1/75, 3 drops", "").replace(
        "     10",
        "  Input queue: 0/75/3/0 (size/max/drops/flushes); Total output drops: 5\n     10",
    )
    for text in (old, new):
        reading, _ = read(write(tmp_path, text), KIND)
        assert total(reading, RX_DROPPED, "Serial0") == 3
        assert total(reading, TX_DROPPED, "Serial0") == 5


def test_stamped_outputs_make_one_series(tmp_path):
    text = (HERE / "cisco_nxos.txt").read_text()
    later = text.replace("19188106 bytes", "19188999 bytes")
    file = write(tmp_path, f"# 1795406687.1\n{text}# 1795406747.1\n{later}")
    assert kind_of(file) == KIND
    reading, bad = read(file, KIND)
    received = sample(reading, RX_BYTES, "Ethernet1/1")
    assert bad.count == 0
    assert received.values.tolist() == [19188106, 19188999]
    assert np.diff(received.at_s).tolist() == [60.0]


def test_echo_prompt_time_and_foreign_line_ends_hide_nothing(tmp_path):
    text = (HERE / "arista_eos.txt").read_text().replace("\n", "\r\n")
    file = write(tmp_path, f"leaf-1>show interfaces\r\n{text}leaf-1>\r\n")
    reading, bad = read(file, KIND)
    assert bad.count == 0
    assert total(reading, RX_BYTES, "Ethernet3") == 106797


def test_text_in_front_that_is_none_of_it_is_noted(tmp_path):
    text = (HERE / "arista_eos.txt").read_text()
    _, bad = read(write(tmp_path, f"junk of some kind\n{text}"), KIND)
    assert bad.count == 1


def test_what_people_write_into_descriptions_is_no_counter(tmp_path):
    text = (HERE / "cisco_ios_bundle.txt").read_text()
    text = text.replace("Description: Interface", "Description: input errors 5, 7 CRC")
    reading, _ = read(write(tmp_path, text), KIND)
    assert total(reading, RX_ERRORS, "Port-channel1") == 179928


def test_junos_without_extensive_has_no_counters_and_says_what_to_run():
    assert kind_of(HERE / "juniper_junos_short.txt") == KIND
    reading, _ = read(HERE / "juniper_junos_short.txt", KIND)
    assert reading.samples == []
    assert reading.notes == [network_interfaces.NO_COUNTERS]


@pytest.mark.parametrize("vendor", ["cisco_ios", "juniper_junos", "aruba_aoscx", "oneaccess_oneos"])
def test_a_torn_tail_hides_no_interface_before_it(tmp_path, vendor):
    whole = (HERE / f"{vendor}.txt").read_text()
    first = read(HERE / f"{vendor}.txt", KIND)[0].samples[0]
    for cut in range(len(whole) - 1, len(whole) - 300, -37):
        reading, _ = read(write(tmp_path, whole[:cut]), KIND)
        assert total(reading, first.metric, first.part) == first.values[0]


def test_without_ntc_templates_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UnreadableSource, match="ntc-templates, which reads it, is not") as raised:
        read(HERE / "aruba_aoscx.txt", KIND)
    assert raised.value.hint == "pip install 'loadtest-diagnose[network]'"
    assert read(HERE / "cisco_ios.txt", KIND)[0].samples  # which it is not needed for


def test_what_looks_alike_is_refused():
    for text in (
        "eth0: flags=4163<UP>  mtu 1500\n        RX packets 1  bytes 2\n",
        "The database is up\n5 packets of crisps\n",
        "eth0 is up\n",
        "Interface\n",
    ):
        assert kind_of_head(Head.of(text.encode())) != KIND


def test_gear_is_asked_this_alone_and_hosts_all_else():
    def asked(device):
        part = Part("core1", "router", Place("core1", device=device))
        return [one.fetch.command for one in plan([part]).asked]

    assert asked("cisco_ios") == asked("arista_eos") == ["show interfaces"]
    assert asked("cisco_nxos") == ["show interface"]
    assert asked("juniper_junos") == ["show interfaces extensive"]
    assert not any(command.startswith("show ") for command in asked(""))
    assert "show interface" not in recipe("router")


names = st.from_regex(r"(Gi|Et|Te|po)[0-9]{1,3}(/[0-9]{1,2}){0,2}", fullmatch=True)
counters = st.tuples(*[st.integers(0, 2**53)] * 6)


@settings(max_examples=40)
@given(st.dictionaries(names, counters, min_size=1, max_size=5))
def test_what_we_write_we_read_back(tmp_path_factory, written):
    text = "".join(
        f"{name} is up, line protocol is up\n"
        f"     {row[0]} packets input, {row[1]} bytes, 0 no buffer\n"
        f"     {row[2]} input errors, {row[3]} CRC, 0 frame, 0 overrun, 0 ignored\n"
        f"     {row[4]} packets output, {row[5]} bytes, 0 underruns\n"
        for name, row in written.items()
    )
    reading, bad = read(write(tmp_path_factory.mktemp("show"), text), KIND)
    assert bad.count == 0
    for name, row in written.items():
        found = (RX_BYTES, RX_ERRORS, RX_CRC, TX_BYTES)
        assert [total(reading, m, name) for m in found] == [row[1], row[2], row[3], row[5]]
