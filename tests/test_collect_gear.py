"""Network gear is asked before the load and after it, and what it shows is read."""

from gear_server import STYLES, gear_server
from reading import FIXTURES, kind_of, read, sample
from ssh_hosts import make_key, needs

from diagnose.collect.loops import Recording, loops
from diagnose.collect.plan import Part, plan
from diagnose.fetches import When
from diagnose.hosts.connect import connect
from diagnose.hosts.session import Target
from diagnose.places import Place

SHOWN = (FIXTURES / "network_interfaces" / "cisco_ios.txt").read_text()
RX_BYTES = "nic.rx_bytes_per_s"


def recorded(tmp_path, answers, later):
    """A recording that was run twice, with other answers the second time."""
    needs("ssh-keygen")
    key = make_key(tmp_path / "id")
    part = Part("core1", "router", Place("core1", device="cisco_ios"))
    (loop,) = loops(plan([part]), When.ONCE, When.AROUND)
    (tmp_path / "core1").mkdir()
    recording = Recording.of(loop, lambda name: tmp_path / name, 10**6)
    with gear_server(tmp_path, STYLES["cisco_ios"], dict(answers), key) as (config, box):
        session = connect(Target("core1", device="cisco_ios"), config=config)
        recording.run(session)
        box.answers.update(later)
        recording.run(session)
        session.close()
    return recording


def test_counters_of_gear_are_read_before_the_load_and_after_it(tmp_path):
    later = {
        "show interfaces": SHOWN.replace(
            "83 packets input, 14855 bytes", "90 packets input, 15000 bytes"
        )
    }
    recording = recorded(tmp_path, {"show interfaces": SHOWN}, later)
    (stands,) = recording.close()
    assert [done.status for done in recording.runs] == [0, 0]
    (path,) = stands.paths
    assert kind_of(path) == "network_interfaces"
    reading, bad = read(path, "network_interfaces")
    assert bad.count == 0
    counted = sample(reading, RX_BYTES, "GigabitEthernet0/1")
    assert counted.values.tolist() == [14855, 15000]
    assert counted.at_s[0] < counted.at_s[1]


def test_a_refusal_is_no_file_and_its_words_are_kept(tmp_path):
    recording = recorded(tmp_path, {}, {})
    assert recording.close() == []
    assert "Invalid input" in recording.runs[-1].stderr
