"""`sysctl`: all of it or some lines, in its spellings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors import sysctl_settings
from diagnose.metrics import LIMITS, METRICS
from diagnose.rawfile import Head

UBUNTU = FIXTURES / "sysctl_settings" / "ubuntu18.txt"


def limits(reading):
    return {one.name: one.value for one in reading.limits}


def test_a_real_list_is_told_and_read():
    assert kind_of(UBUNTU) == "sysctl_settings"
    reading, bad = read(UBUNTU, "sysctl_settings")
    assert bad.count == 0
    assert limits(reading) == {
        "files.system_max": 194386,
        "net.somaxconn": 128,
        "net.ephemeral_ports": 28232,
        "net.max_syn_backlog": 128,
        "net.max_orphans": 8192,
    }
    assert sample(reading, "files.system_open").values.tolist() == [1024]
    assert [f.value for f in reading.facts] == ["ubuntu"]


@pytest.mark.parametrize(
    "text",
    [
        "net.core.somaxconn = 4096\r\n",
        "net.core.somaxconn=4096",
        "net.core.somaxconn: 4096\n",
        "/proc/sys/net/core/somaxconn:4096\n",
        "\ufeffsysctl: permission denied on key 'fs.protected_fifos'\nnet.core.somaxconn = 4096\n",
    ],
)
def test_its_spellings_say_the_same(tmp_path, text):
    file = write(tmp_path, text)
    assert kind_of(file) == "sysctl_settings"
    reading, bad = read(file, "sysctl_settings")
    assert bad.count == 0
    assert limits(reading) == {"net.somaxconn": 4096}


def test_a_loop_makes_a_series_of_entries_and_one_limit(tmp_path):
    text = "".join(
        f"# {1795406687 + k}\nnet.netfilter.nf_conntrack_count = {k}\n"
        "net.netfilter.nf_conntrack_max = 262144\nnet.nf_conntrack_max = 262144\n"
        for k in range(3)
    )
    file = write(tmp_path, text + "net.netfilter.nf_conntr\nnet.core.somaxconn =\n")
    assert kind_of(file) == "sysctl_settings"
    reading, bad = read(file, "sysctl_settings")
    assert sample(reading, "conntrack.entries").values.tolist() == [0, 1, 2]
    assert [one.value for one in reading.limits] == [262144]
    assert [number for number, _ in bad.kept] == [13, 14]


def test_every_name_is_in_the_vocabulary():
    assert set(sysctl_settings.LIMITS.values()) <= set(LIMITS)
    assert set(sysctl_settings.GAUGES.values()) <= set(METRICS)


def test_what_looks_alike_is_refused():
    others = (
        b"spring.datasource.url = jdbc:x\nserver.port = 8080\n",
        b"[mysqld]\nmax_connections = 151\n",
        b"kernel: something\n",
        b"net.core.somaxconn\n",
    )
    for other in others:
        assert kind_of_head(Head.of(other)) != "sysctl_settings"


@settings(max_examples=40)
@given(st.integers(1, 2**31), st.integers(1, 65535), st.integers(1, 65535))
def test_what_we_write_we_read_back(tmp_path_factory, most, low, high):
    low, high = sorted((low, high))
    text = f"net.core.somaxconn = {most}\nnet.ipv4.ip_local_port_range = {low}\t{high}\n"
    file = write(tmp_path_factory.mktemp("sysctl"), text)
    assert kind_of(file) == "sysctl_settings"
    reading, bad = read(file, "sysctl_settings")
    assert bad.count == 0
    assert limits(reading) == {"net.somaxconn": most, "net.ephemeral_ports": high - low + 1}
