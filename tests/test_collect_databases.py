"""A real MariaDB and PostgreSQL are asked by the user's own client and account, nothing else."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from own_shell import OwnShell
from reading import kind_of, read, sample
from test_live_databases import (
    CONF,
    MariaDB,
    PostgreSQL,
    folder_of,
    newest_postgres,
    output,
    run_as,
    running,
    wait_until,
)

from diagnose.collect.databases import client, makes_sense, preface
from diagnose.collect.loops import Recording, loops
from diagnose.collect.plan import Part, Plan, plan
from diagnose.fetches import When
from diagnose.hosts.local import LocalSession
from diagnose.hosts.session import Target
from diagnose.places import Place

PASSWORD = "hunter2hunter2"


def at_home(home: Path) -> OwnShell:
    """A session whose home directory that is."""
    return OwnShell(env={"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C"})


def asked(place: Place, name: str) -> Plan:
    """The fetches for one client."""
    whole = plan((Part("db", "db", place),), preface)
    return Plan(tuple(a for a in whole.asked if client(a.fetch) == name))


def once(session, place, name, folder: Path, *times: When, runs: int = 1) -> dict:
    """Read what is not streamed, so many times; the raw files, and what each fetch answered."""
    answers = {}
    for loop in loops(asked(place, name), *times):
        assert not loop.streams
        recording = Recording.of(loop, lambda _: folder, 1 << 20)
        for _ in range(runs):
            assert recording.run(session).ok
        recording.close()
        answers |= {answer.fetch.file: answer for answer in recording.answers}
    return answers


def streamed(place, name, folder: Path, seconds: float, work) -> Path:
    """Sample by the stream while `work` is done."""
    (loop,) = (one for one in loops(asked(place, name), When.SAMPLED) if one.streams)
    recording = Recording.of(loop, lambda _: folder, 1 << 20)
    session = LocalSession(Target("local"))
    assert makes_sense(session, loop.asked[0].prefaced)
    timer = threading.Timer(seconds, recording.stop)
    timer.start()
    thread = threading.Thread(target=work)
    thread.start()
    recording.run(session, interval_s=0.5, seconds=seconds + 5)
    thread.join()
    (done,) = recording.close()
    return done.paths[0]


# MariaDB


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariaDB]:
    program, installer = (
        shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
        for name in ("mariadbd", "mariadb-install-db")
    )
    if program is None or installer is None:
        pytest.skip("mariadb-server is not installed")
    with folder_of("mysql") as root:
        how, one = run_as("mysql", root), MariaDB(root)
        ways = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        output([installer, "--no-defaults", f"--datadir={root}/data", *ways], **how)
        command = [*one.command(program), "--performance-schema=ON"]
        with running(command, signal.SIGTERM, **how):
            wait_until("MariaDB answers", lambda: one.ask("SELECT 1"))
            one.ask(
                "CREATE DATABASE shop; USE shop; CREATE TABLE items (id INT, note VARCHAR(9));"
                f"CREATE USER watch@localhost IDENTIFIED BY '{PASSWORD}';"
                "GRANT PROCESS, REPLICATION CLIENT ON *.* TO watch@localhost;"
                "GRANT SELECT ON performance_schema.* TO watch@localhost;"
            )
            account = f"[client]\nuser=watch\npassword={PASSWORD}\nsocket={one.socket}\n"
            (root / ".my.cnf").write_text(account)
            yield one


def test_mariadb_tells_its_settings_and_statements_to_the_user_s_own_file(mariadb, tmp_path):
    answers = once(at_home(mariadb.root), Place("local"), "mysql", tmp_path, When.ONCE, When.AROUND)
    assert {answer.state for answer in answers.values()} == {"y"}, answers
    for path in tmp_path.glob("*.gz"):
        assert PASSWORD.encode() not in gzip.decompress(path.read_bytes())
    settings, bad = read(tmp_path / "mysql_variables.txt.gz", "mysql_variables")
    assert bad.count == 0 and {"db.max_connections"} <= {x.name for x in settings.limits}
    assert kind_of(tmp_path / "innodb_status.txt.gz") == "innodb_status"


def test_mariadb_counts_statements_by_shape(mariadb, tmp_path):
    place = Place("local", database="mysql", defaults_file=f"{mariadb.root}/.my.cnf")
    for loop in loops(asked(place, "mysql"), When.AROUND):
        recording = Recording.of(loop, lambda _: tmp_path, 1 << 20)
        recording.run(OwnShell())
        for _ in range(3):
            mariadb.ask(f"SELECT id FROM items WHERE note = '{PASSWORD}'", "shop")
        recording.run(OwnShell())
        recording.close()
    path = tmp_path / "mysql_statements.txt.gz"
    assert PASSWORD.encode() not in gzip.decompress(path.read_bytes())
    reading, bad = read(path, kind_of(path))
    calls = [s for s in reading.samples if s.metric == "sql.calls_per_s" and "note" in s.part]
    assert bad.count == 0 and [np.diff(one.values).tolist() for one in calls] == [[3.0]]


def test_mariadb_s_status_is_sampled_by_one_session(mariadb, tmp_path):
    place = Place("local", database="mysql", defaults_file=f"{mariadb.root}/.my.cnf")
    before = int(mariadb.ask("SHOW STATUS LIKE 'Connections'", "-N").split()[1])
    path = streamed(place, "mysql", tmp_path, 3.0, lambda: mariadb.ask("SELECT SLEEP(1)"))
    after = int(mariadb.ask("SHOW STATUS LIKE 'Connections'", "-N").split()[1])
    reading, bad = read(path, "mysql_status")
    running_now = sample(reading, "db.running").values
    assert bad.count == 0 and running_now.size >= 4 and running_now.max() >= 2
    assert after - before <= 6  # the stream, two tries for the replica's statement, and ours


def test_a_client_without_an_account_says_so_and_no_more(mariadb, tmp_path):
    (tmp_path / "my.cnf").write_text(f"[client]\nuser=nobody\nsocket={mariadb.socket}\n")
    place = Place("local", database="mysql", defaults_file=str(tmp_path / "my.cnf"))
    answers = once(OwnShell(), place, "mysql", tmp_path / "raw", When.ONCE)
    (answer,) = answers.values()
    assert (
        answer.state == "n" and "ERROR 1045" in answer.why and "CREATE USER" in answer.fetch.enable
    )


# PostgreSQL


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    programs = newest_postgres()
    if programs is None:
        pytest.skip("postgresql is not installed")
    with folder_of("postgres") as root:
        one, data = PostgreSQL(root, programs), root / "data"
        (root / "pw").write_text(PASSWORD)
        ways = ["-U", "postgres", "--auth-local=scram-sha-256", f"--pwfile={root}/pw"]
        output([programs / "initdb", "-D", data, "--locale=C", "--no-sync", *ways], **one.how)
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(CONF.format(root=root) + "shared_preload_libraries = pg_stat_statements\n")
        (root / ".pgpass").write_text(f"*:*:*:postgres:{PASSWORD}\n")
        for name, text in (
            ("watch.pgpass", f"{root}:5432:*:watch:{PASSWORD}\n"),
            (
                "services",
                f"[shop]\nhost={root}\nuser=watch\npassword={PASSWORD}\ndbname=postgres\n",
            ),
        ):
            (root / name).write_text(text)
        for name in (".pgpass", "watch.pgpass"):
            os.chmod(root / name, 0o600)
            shutil.chown(root / name, "postgres") if os.geteuid() == 0 else None
        with running([programs / "postgres", "-D", data], signal.SIGINT, **one.how):
            wait_until("PostgreSQL answers", lambda: one.ask("SELECT 1"))
            one.ask(
                f"CREATE TABLE items (id int, note text); CREATE ROLE watch LOGIN PASSWORD "
                f"'{PASSWORD}'; GRANT pg_monitor TO watch; CREATE EXTENSION pg_stat_statements;"
            )
            for name in ("watch.pgpass", "services"):
                shutil.chown(root / name, os.geteuid(), os.getegid())
            yield one


@pytest.mark.parametrize("file", ["watch.pgpass", "services"])
def test_postgres_tells_its_settings_to_the_user_s_own_file(postgres, tmp_path, file):
    place = Place("local", database="postgresql", defaults_file=f"{postgres.root}/{file}")
    answers = once(OwnShell(), place, "psql", tmp_path, When.ONCE, When.AROUND, runs=2)
    assert {answer.state for answer in answers.values()} == {"y"}, answers
    for path in tmp_path.glob("*.gz"):
        assert PASSWORD.encode() not in gzip.decompress(path.read_bytes())
    reading, bad = read(tmp_path / "postgres_settings.txt.gz", "postgres_settings")
    assert bad.count == 0 and "db.max_connections" in {x.name for x in reading.limits}


def test_postgres_counts_statements_by_shape(postgres, tmp_path):
    place = Place("local", database="postgresql", defaults_file=f"{postgres.root}/services")
    (loop,) = loops(asked(place, "psql"), When.AROUND)
    recording = Recording.of(loop, lambda _: tmp_path, 1 << 20)
    recording.run(OwnShell())
    for _ in range(3):
        postgres.ask(f"SELECT id FROM items WHERE note = '{PASSWORD}'")
    recording.run(OwnShell())
    recording.close()
    path = tmp_path / "postgres_statements.txt.gz"
    reading, bad = read(path, kind_of(path))
    calls = [s for s in reading.samples if s.metric == "sql.calls_per_s" and "note" in s.part]
    assert bad.count == 0 and [np.diff(one.values).tolist() for one in calls] == [[3.0]]
    assert PASSWORD.encode() not in gzip.decompress(path.read_bytes())


def test_postgres_s_views_are_sampled_by_one_session(postgres, tmp_path):
    place = Place("local", database="postgresql", defaults_file=f"{postgres.root}/services")
    path = streamed(place, "psql", tmp_path, 3.0, lambda: postgres.ask("SELECT pg_sleep(1.5)"))
    assert kind_of(path) == "postgres_stat"
    reading, bad = read(path, "postgres_stat")
    at_work = sample(reading, "db.running").values
    assert bad.count == 0 and at_work.size >= 4 and at_work.max() == 1 and at_work.min() == 0
    commits = sample(reading, "db.commits_per_s").values
    assert np.all(np.diff(commits) >= 0)


def test_what_is_declared_for_another_product_is_not_asked(tmp_path):
    answers = once(OwnShell(), Place("local", database="postgresql"), "mysql", tmp_path, When.ONCE)
    assert {answer.state for answer in answers.values()} == {"w"}
    stream = next(a for a in asked(Place("local", database="postgresql"), "mysql").asked
                  if a.fetch.streams)  # fmt: skip
    assert not makes_sense(OwnShell(), stream.prefaced)


def test_no_session_of_a_client_outlives_the_recording(mariadb, tmp_path):
    place = Place("local", database="mysql", defaults_file=f"{mariadb.root}/.my.cnf")
    streamed(place, "mysql", tmp_path, 1.5, lambda: None)
    end_s = time.monotonic() + 10
    mine = f"--defaults-file={mariadb.root}"
    while mine in subprocess.check_output(["ps", "-eo", "args"], text=True):
        assert time.monotonic() < end_s, "a client is still there"
        time.sleep(0.1)
