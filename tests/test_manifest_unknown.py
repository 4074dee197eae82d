"""What could not be collected is unknown, with the reason; what was cut clears nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from golden import Goldens
from sample_diagnosis import founding
from small_run import cut_down

from diagnose.analyze import analyze
from diagnose.case import Run
from diagnose.collection import CollectedHost, Collection, Uncollected, Unrecorded
from diagnose.hosts.session import Done
from diagnose.ingest import ingest
from diagnose.manifest import Entry, Gap, HostRecord, Manifest
from diagnose.model import Diagnosis, Unknown
from diagnose.plugins import COLLECTORS, REPORTS, load
from diagnose.reports import markdown, terminal, verdict_json
from diagnose.rundir import RunDirectory
from diagnose.telling import can_tell
from diagnose.topology import Settings
from diagnose.uncollected import with_reasons

load("collectors")
load("reports")
FIXTURES = Path(__file__).parent / "fixtures"
NO_NSTAT = ("nstat.txt", "nstat -az", "nstat: not found", "install iproute2", "nstat")
TOLD = Collection(
    began_s=1795406687.0,
    ended_s=1795406760.0,
    bytes=13 * 2**20,
    files=41,
    redacted=True,
    reference="client",
    hosts=(
        CollectedHost("client", "local", 0.0, 0.0, 0.0, 60, 1.0, 0.004),
        CollectedHost("lb1", "lb1.example", 37.0, 0.002, 300.0, 60, 1.0, 0.009),
        CollectedHost("cdn", "cdn.example", error="connection refused on port 22"),
    ),
    failures=(
        Uncollected("lb2", *NO_NSTAT),
        Uncollected("api", *NO_NSTAT),
        Uncollected("db", "slow.log", "sudo -n cat /var/log/mysql/slow.log",
                    "sudo: a password is required", "", "mysql_slow_log"),
    ),
    gaps=(Unrecorded("api", 1795406710.0, 1795406715.0, "the connection died"),),
)  # fmt: skip


def unknown(component: str, resource: str, *missing: str, how: str = "") -> Unknown:
    return Unknown(component, resource, missing, how)


def test_what_is_unknown_for_want_of_a_command_says_so_and_what_to_do() -> None:
    row = unknown("lb2", "listen_backlog", "tcp.listen_overflows_per_s | tcp.listen_drops_per_s")
    (told,) = with_reasons([row], TOLD)
    assert told.missing[-1] == "nstat.txt: nstat: not found at lb2"
    assert told.how_to_collect == "install iproute2, for `nstat -az`"


def test_what_the_command_would_not_have_told_is_left_alone() -> None:
    rows = [unknown("lb2", "disk", "disk.util_ratio", how="iostat -x 1"), unknown("router", "cpu")]
    assert with_reasons(rows, TOLD) == rows
    assert with_reasons(rows, None) == rows


def test_a_log_that_may_not_be_read_says_so() -> None:
    (told,) = with_reasons([unknown("db", "slow_query", "statements")], TOLD)
    assert told.missing[-1] == "slow.log: sudo: a password is required at db"
    assert told.how_to_collect == "`sudo -n cat /var/log/mysql/slow.log`"


def test_a_host_out_of_reach_is_unknown_whole_and_says_why() -> None:
    (told,) = with_reasons([unknown("cdn", "*", "everything", how="`diagnose recipe cdn`")], TOLD)
    assert told.missing == (
        "everything", "cdn.example could not be reached: connection refused on port 22"
    )  # fmt: skip
    assert told.how_to_collect == "`diagnose recipe cdn`"


@pytest.mark.parametrize("kind", sorted(p.name for p in FIXTURES.iterdir() if p.is_dir()))
def test_what_a_collector_gives_it_is_known_to_tell(kind: str) -> None:
    for source in ingest(RunDirectory.open(FIXTURES / kind), Settings()).sources:
        reading = source.reading
        given = {thing.metric for thing in (*reading.samples, *reading.occurrences)}
        given |= {limit.name for limit in reading.limits}
        given |= {"http.request_s"} if reading.requests else set()
        given |= {"statements"} if reading.statements else set()
        assert source.kind in COLLECTORS or source.error
        assert given <= can_tell(source.kind), (source.path, source.kind)


def test_nobody_knows_what_a_collector_that_is_none_would_tell() -> None:
    assert can_tell("no_such_kind") == frozenset()


# -- what was cut -------------------------------------------------------------------------------
def with_manifest(golden: Goldens, to: Path, **how: bool) -> Path:
    """A few files of a recorded run, of which lb1's two logs did not come whole."""
    run = cut_down(golden.path("db_disk"), to)
    told = Manifest(run)
    for name in ("access.log", "error.log"):
        path = run / "raw/lb1" / name
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[: len(lines) // 3]))
        done = Done("cat", 0 if not how else None, seconds=30.0, **how)  # type: ignore[arg-type]
        size = path.stat().st_size
        told.add(Entry.of("lb1", name, done, path=f"raw/lb1/{name}", bytes=size))
    told.add_gap(Gap("api", 1795406710.0, says="the connection died"))
    told.write()
    return run


def test_a_cut_log_is_held_against_nobody_and_clears_nobody(
    golden: Goldens, tmp_path: Path
) -> None:
    run = with_manifest(golden, tmp_path / "run", truncated=True)
    diagnosis, case, _ = analyze(run, out=tmp_path)
    notes = " | ".join(diagnosis.notes)
    assert "raw/lb1/access.log: cut at " in notes and "what it lacks is not known" in notes
    assert "raw/lb1/access.log ends before the load does" in notes
    assert "api: not recorded from 04:05:10 UTC on: the connection died" in notes
    assert not [t for t in diagnosis.ladder.tiers if t.component == "lb1"]
    assert not [s for s in diagnosis.suspects if s.component == "lb1" and s.level == "likely"]
    assert "disk_space" not in cleared(diagnosis, "lb1")
    whole = [u for u in diagnosis.unknown if u.component == "lb1" and u.resource == "disk_space"]
    assert "error.log: cut at" in " ".join(whole[0].missing)
    assert case.collection is not None


def test_the_same_logs_where_they_are_whole_do_clear(golden: Goldens, tmp_path: Path) -> None:
    diagnosis, _, _ = analyze(cut_down(golden.path("db_disk"), tmp_path / "run"), out=tmp_path)
    assert "disk_space" in cleared(diagnosis, "lb1")


def cleared(diagnosis: Diagnosis, component: str) -> set[str]:
    return {c.resource for c in diagnosis.cleared if c.component == component}


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"timed_out": True}, "broken off after 30 s, the limit for one command"),
        ({"lost": True}, "the connection died, and the rest was lost"),
    ],
)
def test_each_way_to_break_off_is_told(
    golden: Goldens, tmp_path: Path, how: dict[str, bool], says: str
) -> None:
    run = with_manifest(golden, tmp_path / "run", **how)
    diagnosis, _, _ = analyze(run, out=tmp_path)
    assert f"raw/lb1/access.log: {says}; what it lacks is not known" in diagnosis.notes


def test_files_that_are_not_as_they_were_collected_are_told(
    golden: Goldens, tmp_path: Path
) -> None:
    run = cut_down(golden.path("db_disk"), tmp_path / "run")
    told = Manifest(run)
    for path in ("raw/lb1/nstat.txt", "raw/lb1/no_such.txt"):
        told.add(Entry("lb1", path, path=path, bytes=3, sha256="0"))
    told.write()
    diagnosis, _, _ = analyze(run, out=tmp_path)
    assert "changed since they were collected: raw/lb1/nstat.txt" in diagnosis.notes
    assert "collected, and no longer there: raw/lb1/no_such.txt" in diagnosis.notes


def test_a_folder_is_its_components_whatever_its_name(golden: Goldens, tmp_path: Path) -> None:
    """A component may be called what no folder can be; the manifest says whose files are."""
    run = cut_down(golden.path("db_disk"), tmp_path / "run")
    (run / "raw/lb1").rename(run / "raw/lb%2F1")
    toml = run / "diagnose.toml"
    toml.write_text(toml.read_text().replace("components.lb1]", 'components."lb/1"]')
                    .replace('"lb1"', '"lb/1"'))  # fmt: skip
    told = Manifest(run, hosts=(HostRecord("x", ("lb/1",)),))
    for file in sorted((run / "raw/lb%2F1").iterdir()):
        path = f"raw/lb%2F1/{file.name}"
        told.add(Entry("lb/1", file.name, path=path, bytes=file.stat().st_size))
    told.write()
    diagnosis, _, _ = analyze(run, out=tmp_path)
    rows = [row for row in diagnosis.sources if row.path.startswith("raw/lb%2F1")]
    assert rows and {row.component for row in rows} == {"lb/1"}
    assert "lb%2F1" not in {c.name for c in diagnosis.topology.components}


# -- in the reports -----------------------------------------------------------------------------
@pytest.fixture
def told() -> tuple[Diagnosis, Run]:
    diagnosis, run = founding()
    return replace(diagnosis, collection=TOLD), run


def test_the_terminal_tells_what_failed_and_what_measuring_cost(
    told: tuple[Diagnosis, Run],
) -> None:
    text = terminal.render(*told, colour=False, width=110)
    assert "Not collected" in text
    assert "nstat.txt at lb2, api: nstat: not found" in text
    assert "cdn: connection refused on port 22" in text
    assert "the recorder used 0.9 % of a core at lb1, 0.4 % at client (manifest.json)" in text


def test_markdown_tells_the_same(told: tuple[Diagnosis, Run]) -> None:
    text = markdown.text(told[0])
    assert "### Not collected" in text and "nstat.txt at lb2, api: nstat: not found" in text
    assert "41 files, 13 MiB, were collected from 2026-11-23 04:04:47 to" in text
    assert "names, addresses and values were replaced" in text


def test_the_page_has_both_tables(told: tuple[Diagnosis, Run], tmp_path: Path) -> None:
    REPORTS["html"].write(*told, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text().replace("\u00a0", " ")
    for text in ("Not collected", "install iproute2", "nstat -az", "Clocks, and what measuring"):
        assert text in page
    for cell in ("37 s", "2 ms", "+300.0 ppm", "0.9 %"):
        assert f">{cell}<" in page


def test_the_document_is_set_with_them(told: tuple[Diagnosis, Run], tmp_path: Path) -> None:
    REPORTS["pdf"].write(*told, tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_verdict_keeps_to_its_schema(told: tuple[Diagnosis, Run]) -> None:
    schema = json.loads(files("diagnose").joinpath("verdict.schema.json").read_text())
    said = json.loads(verdict_json.dumps(told[0]))
    jsonschema.Draft202012Validator(schema).validate(said)
    assert said["collection"]["hosts"][1]["clock_error_s"] == 0.002
    assert said["collection"]["hosts"][2]["recorder_ratio"] is None
    assert said["collection"]["failures"][0]["why"] == "nstat: not found"
    assert said["collection"]["gaps"][0]["began"] == "2026-11-23T04:05:10.000Z"
