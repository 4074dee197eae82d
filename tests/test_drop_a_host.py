"""Without all the files of one host: nobody innocent comes first, and nothing of it is cleared."""

from __future__ import annotations

import pytest
from golden import NAMES, Goldens
from regathering import Read

HOSTS = ("client", "router", "lb1", "lb2", "api", "db", "mon")


@pytest.fixture(scope="module")
def reads() -> dict[str, Read]:
    return {}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_host_that_told_nothing(
    golden: Goldens, reads: dict[str, Read], name: str, host: str
) -> None:
    if name not in reads:
        reads[name] = Read.of(golden.path(name))
    said = reads[name].diagnosed(lambda sources: [s for s in sources if s.folder != host])
    innocent = set(golden[name].truth["innocent"])
    first = said.suspects[0].component if said.suspects else ""
    assert first not in innocent - {host}
    assert not {s.component for s in said.suspects if s.level == "likely"} & innocent
    assert [u.resource for u in said.unknown if u.component == host] == ["*"]
    assert not [c for c in said.cleared if c.component == host]


def test_a_balancer_without_its_access_log_is_still_seen_to_refuse(golden: Goldens) -> None:
    read = Read.of(golden.path("lb1_worker_connections"))
    mute = {("lb1", "nginx_access")}
    said = read.diagnosed(lambda sources: [s for s in sources if (s.folder, s.kind) not in mute])
    first = said.suspects[0]
    assert (first.component, first.resource, first.level) == ("lb1", "connections", "likely")
    assert all(t.component != "lb1" for t in said.ladder.tiers)


def test_who_told_nothing_on_the_same_stretch_speaks_against_a_suspect(golden: Goldens) -> None:
    read = Read.of(golden.path("founding"))
    said = read.diagnosed(lambda sources: [s for s in sources if s.folder != "router"])
    against = [e.says for e in said.suspects[0].against]
    assert said.suspects[0].component == "lb1"
    assert any(says.startswith("router may hold what is in front of lb1") for says in against)
    assert not golden["founding"].diagnosis.suspects[0].against
