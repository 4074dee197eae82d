"""A topology made out from the files: who stands beside whom, and whose a flat file is."""

import numpy as np
import pytest

from diagnose.filenames import hosts_in
from diagnose.guess import guess
from diagnose.ingest import Source
from diagnose.readings import Fact, Reading, Requests


def a_log(folder: str, role: str, count: int, took_s: float) -> Source:
    ends = np.arange(float(count))
    requests = Requests(ends, np.arange(count), duration_s=np.full(count, took_s))
    return Source(f"raw/{folder}/log", folder, "log", "a log", role, Reading(requests=[requests]))


def chain_of(*counts: tuple[str, str, int, float]) -> dict[str, tuple[str, ...]]:
    topology, _ = guess([a_log(*one) for one in counts])
    return {c.name: c.sends_to for c in topology.components}


def test_servers_that_share_the_requests_stand_side_by_side():
    sends = chain_of(("lb", "lb", 100, 0.3), ("a", "app", 51, 0.2), ("b", "app", 30, 0.1))
    assert sends == {"lb": ("a", "b"), "a": (), "b": ()}


def test_servers_that_all_see_every_request_stand_in_a_row():
    sends = chain_of(("lb", "lb", 100, 0.3), ("a", "app", 100, 0.2), ("b", "app", 90, 0.1))
    assert sends == {"lb": ("a",), "a": ("b",), "b": ()}


def asks(source: Source, address: str, upstream: str) -> Source:
    facts = (Fact("host.address", address), Fact("nginx.upstream", upstream))
    source.reading.facts += facts
    return source


def test_addresses_order_balancers_whose_times_do_not():
    front = asks(a_log("x", "lb", 100, 0.2), "10.0.0.1", "10.0.0.2:80")
    inner = asks(a_log("a", "lb", 100, 0.2001), "10.0.0.2", "10.0.0.3:9000")
    topology, _ = guess([inner, front, a_log("app", "app", 100, 0.1)])
    assert {c.name: c.sends_to for c in topology.components}["x"] == ("a",)


def test_hosts_that_ask_each_other_have_an_order_as_well():
    one = asks(a_log("a", "lb", 100, 0.3), "10.0.0.1", "10.0.0.2:80")
    two = asks(a_log("b", "lb", 100, 0.2), "10.0.0.2", "[10.0.0.1]:80")
    topology, _ = guess([one, two])
    assert {c.name: c.sends_to for c in topology.components} == {"a": ("b",), "b": ()}


KINDS = {"nstat": "nstat", "ss": "ss", "access": "nginx_access"}


@pytest.mark.parametrize(
    "form", ["{host}_{what}.txt", "{host}.{what}.log", "{what}-{host}.txt", "{host}-{what}.log.gz"]
)
def test_flat_files_that_bear_a_host_in_their_names_are_taken_apart(form):
    names = [(form.format(host=h, what=w), k) for h in ("web1", "pg") for w, k in KINDS.items()]
    assert hosts_in(names) == {"web1", "pg"}


def test_the_separator_that_takes_most_files_apart_is_the_one():
    files = [("ip_link", "ip"), ("ss_s", "ss"), ("ip_addr", "ip2"), ("error", "log")]
    names = [(f"{host}-{what}.txt", kind) for host in ("lb1", "lb2") for what, kind in files]
    assert hosts_in(names) == {"lb1", "lb2"}


@pytest.mark.parametrize(
    "names",
    [
        [("nstat_before.txt", "nstat"), ("nstat_after.txt", "nstat"), ("ss_before.txt", "ss")],
        [("ss_s.txt", "ss"), ("ss_l.txt", "ss_listen"), ("ip_link.txt", "ip_link")],
        [("nginx_access.log", "a"), ("nginx_error.log", "b"), ("mysql_slow.log", "c")],
        [("web1_access.log", "a")],
        [],
    ],
)
def test_words_that_name_no_host_take_nothing_apart(names):
    assert hosts_in(names) == set()


def test_the_name_of_a_file_goes_before_the_name_that_a_host_gives_itself():
    def a_file(path: str, kind: str, host: str = "") -> Source:
        facts = [Fact("host.name", host)] if host else []
        return Source(path, "", kind, kind, "", Reading(facts=facts))

    files = [a_file(f"{h}_{k}.txt", k) for h in ("web1", "pg") for k in ("nstat", "ss")]
    files.append(a_file("web1_sar.txt", "sar", "ip-10-0-0-5"))
    guess(files)
    assert {f.folder for f in files} == {"web1", "pg"}
