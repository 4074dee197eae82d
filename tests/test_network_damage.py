"""No damage to a network source makes its reader fail: what is left is read, the rest noted."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import COLLECTORS, FIXTURES, write

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.rawfile import RawFile

KINDS = (
    "ip_link ip_link_json proc_net_dev softnet_stat tc_qdisc tc_qdisc_json nstat nstat_json "
    "netstat_proc ss_summary sockstat ss_listen conntrack_count conntrack_stats "
    "sysctl_settings kernel_log syslog netstat_statistics netstat_sockets ifconfig"
)
FILES = [
    file
    for kind in KINDS.split()
    for file in sorted((FIXTURES / kind).iterdir())
    if file.suffix != ".md"
]
JUNK = (b"", b"-", b"9" * 400, b"\t", b"\xc2\xb2", b"\n\n", b"\x00", b"\xff\xfe", b'"', b"1e999")
damage = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(JUNK)), max_size=8)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage, st.floats(0, 1), st.floats(0, 1))
def test_damage_is_survived(file, tmp_path, holes, start, end):
    raw = bytearray(file.read_bytes())
    for where, junk in holes:
        at = int(where * len(raw))
        raw[at : at + 1] = junk
    first, last = sorted((start, end))
    kept = bytes(raw[int(first * len(raw)) : int(last * len(raw)) + 1])
    damaged = RawFile(file.name, write(tmp_path, kept))
    for collector in COLLECTORS.values():
        if collector.kind in KINDS.split():
            assert 0.0 <= collector.recognizes(damaged.head()) <= 1.0
    try:
        COLLECTORS[file.parent.name].parse(damaged, BadLines(file.name))
    except UnreadableSource as error:
        assert file.name in str(error)
