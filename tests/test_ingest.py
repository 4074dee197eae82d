"""Files are told by content; an empty log is silent only where its service's settings name it."""

from pathlib import Path

from diagnose.ingest import ingest, surest
from diagnose.plugins import load
from diagnose.rawfile import Head
from diagnose.rundir import RunDirectory
from diagnose.topology import Settings

load("collectors")

CONF = "error_log /var/log/nginx/error.log warn;\nevents { worker_connections 512; }\nhttp { }\n"


def a_run(root: Path, files: dict[str, str]) -> RunDirectory:
    for name, text in files.items():
        path = root / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return RunDirectory.open(root)


def test_an_empty_error_log_that_the_configuration_names_is_silent(tmp_path):
    done = ingest(a_run(tmp_path, {"a/nginx.conf": CONF, "a/error.log": ""}), Settings())
    (log,) = [s for s in done.sources if s.kind == "nginx_error"]
    assert log.reading.occurrences and all(not o.at_s.size for o in log.reading.occurrences)
    assert not done.empty


def test_an_empty_file_that_nobody_names_is_only_empty(tmp_path):
    done = ingest(a_run(tmp_path, {"a/nginx.conf": CONF, "b/error.log": ""}), Settings())
    assert done.empty == ["raw/b/error.log"]


def test_what_nobody_knows_is_listed(tmp_path):
    done = ingest(a_run(tmp_path, {"a/poem.txt": "roses are red\nviolets are blue\n"}), Settings())
    assert done.unrecognized == ["raw/a/poem.txt"]


def test_a_name_tells_nothing(tmp_path):
    stub = "Active connections: 1 \nserver accepts handled requests\n 2 2 2 \n"
    stub += "Reading: 0 Writing: 1 Waiting: 0\n"
    done = ingest(a_run(tmp_path, {"a/slow.log": stub}), Settings())
    assert [s.kind for s in done.sources] == ["nginx_stub_status"]


def test_a_reader_that_fails_costs_one_file_only(tmp_path, monkeypatch):
    run = a_run(tmp_path, {"a/nginx.conf": CONF, "b/x": "27\t0\t65536\n"})
    mine = surest(Head.of(b"27\t0\t65536\n"))

    def broken(*_):
        raise IndexError("off by one")

    monkeypatch.setitem(
        __import__("diagnose.plugins").plugins.COLLECTORS,
        mine.kind,
        type(mine)(mine.kind, mine.title, mine.recognizes, broken),
    )
    done = ingest(run, Settings())
    assert [s.path for s in done.sources if s.error] == ["raw/b/x"]
    assert [s.path for s in done.sources if not s.error] == ["raw/a/nginx.conf"]


def test_an_empty_log_that_collect_read_is_silent(tmp_path):
    run = a_run(tmp_path, {"a/nginx.conf": CONF, "b/kernel.log": ""})
    done = ingest(run, Settings(), silent={"raw/b/kernel.log": "kernel_log"})
    (log,) = [s for s in done.sources if s.kind == "kernel_log"]
    assert "collect read it" in log.reading.notes[-1]
    assert not done.empty
