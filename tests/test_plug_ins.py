"""Packages installed beside us bring collectors, rules and reports; a broken one stops nothing."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from golden import Goldens
from small_run import CULPRIT, cut_down

from diagnose.newrule import RULE

COLLECTOR = '''"""A gauge of ours.

Source: https://acme.example/gauge
"""

import numpy as np

from diagnose.plugins import collector
from diagnose.readings import Reading, Samples


@collector(kind="acme_gauge", title="Acme's gauge", recognizes=lambda head: CLAIM)
def parse(raw, bad):
    """One gauge, a line a second."""
    rows = [(float(t), float(v), n) for n, line in raw.lines() for t, v in [line.split()]]
    at_s, values, lines = (np.array(column) for column in zip(*rows))
    return Reading(samples=[Samples("cpu.busy_ratio", at_s, values, lines=lines)])
'''
REPORT = '''"""One line."""

from diagnose.plugins import report


@report(name="acme", suffix=".acme")
def write(diagnosis, run, path):
    """The sentence alone."""
    path.write_text(BODY)
'''
CLAIM = "0.9 if head.lines and head.text.startswith('1') and len(head.lines[0].split()) == 2 else 0"
POINTS = """[diagnose.rules]
acme = acme.rules
[diagnose.collectors]
acme = acme.collectors.gauge
[diagnose.reports]
acme = acme.line
"""


def acme(claim: str = CLAIM, body: str = "diagnosis.sentence", rule: str = RULE) -> dict[str, str]:
    """A package with one of each."""
    name, says = "acme_queue_is_full", "acme queue is full"
    rule = rule.replace("@NAME@", name).replace("@SAYS@", says).replace("@TITLE@", says)
    return {
        "acme/__init__.py": "",
        "acme/rules/__init__.py": "",
        "acme/rules/_shared.py": "raise RuntimeError('nobody asked for me')",
        "acme/rules/acme_queue_is_full.py": rule,
        "acme/collectors/__init__.py": "",
        "acme/collectors/gauge.py": COLLECTOR.replace("CLAIM", claim),
        "acme/line.py": REPORT.replace("BODY", body),
    }


def installed(files: Mapping[str, str], folder: Path, points: str = POINTS) -> Path:
    """Build a wheel of the files and have pip install it to a folder."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("pip is missing")
    info = "acme_diagnose-1.2.dist-info"
    told = {
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: acme-diagnose\nVersion: 1.2\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": points,
    }
    members = {**files, **told}
    record = "".join(f"{name},,\n" for name in (*members, f"{info}/RECORD"))
    folder.mkdir(parents=True)
    wheel = folder / "acme_diagnose-1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, text in {**members, f"{info}/RECORD": record}.items():
            packed.writestr(name, text)
    site = folder / "site"
    offline = ("--no-index", "--no-deps", "--no-compile", "--disable-pip-version-check", "--quiet")
    pip = [sys.executable, "-m", "pip", "install", *offline, "--target", str(site), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return site


def diagnose(site: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    """The command as a user has it who installed the package as well."""
    path = os.pathsep.join(p for p in (str(site), os.environ.get("PYTHONPATH", "")) if p)
    command = [sys.executable, "-m", "diagnose.cli", *asked]
    env = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(acme(), tmp_path_factory.mktemp("plug_in") / "acme")


@pytest.fixture
def tested(golden: Goldens, tmp_path: Path) -> Path:
    return cut_down(golden.path("lb1_worker_connections"), tmp_path / "run")


def test_rules_of_a_package_are_listed_with_where_they_come_from(site: Path) -> None:
    done = diagnose(site, "rules")
    line = next(line for line in done.stdout.splitlines() if "acme-queue-is-full" in line)
    assert line.endswith("(from acme-diagnose 1.2, acme.rules)")
    assert done.stdout.count("(from ") == 1
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_package_reads_judges_and_writes_is_in_the_diagnosis(
    site: Path, tested: Path
) -> None:
    log = (tested / "raw/client/run_stats_history.csv").read_text(encoding="utf-8").splitlines()
    times = sorted({line.split(",")[0] for line in log[1:]})
    gauge = "".join(f"{at} 0.25\n" for at in times)
    (tested / "raw/api/gauge.txt").write_text(gauge, encoding="utf-8")
    done = diagnose(site, "analyze", str(tested), "--format", "acme,json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert CULPRIT in (tested / "report.acme").read_text(encoding="utf-8")
    said = json.loads((tested / "verdict.json").read_text(encoding="utf-8"))
    assert {"raw/api/gauge.txt": "acme_gauge"}.items() <= {
        row["path"]: row["kind"] for row in said["sources"]
    }.items()
    mine = [row for row in said["cleared"] if row["says"] == "the processors were 0.25 busy of 1"]
    assert [(row["component"], row["resource"]) for row in mine] == [("api", "cpu")]


@pytest.mark.parametrize(
    ("files", "what"),
    [
        (acme(rule="1 / 0"), "acme.rules cannot be loaded (ZeroDivisionError"),
        (acme(claim="1 / 0"), "failed to tell whether a file is its own (ZeroDivision"),
    ],
    ids=["raises", "claims"],
)
def test_a_broken_package_is_one_sentence_and_stops_no_analysis(
    tmp_path: Path, tested: Path, files: dict[str, str], what: str
) -> None:
    site = installed(files, tmp_path / "acme")
    done = diagnose(site, "analyze", str(tested), "--format", "none", "--quiet")
    assert done.returncode == 0
    assert CULPRIT in done.stdout
    told = [line for line in done.stderr.splitlines() if what in line]
    assert len(told) == 1 and "the plug-in acme of acme-diagnose 1.2" in told[0], done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("files", "points", "asked", "what"),
    [
        ({}, POINTS, "rules", "acme.rules cannot be loaded (ModuleNotFoundError: No module"),
        (acme(rule="raise SystemExit(3)"), POINTS, "rules", "cannot be loaded (SystemExit: 3"),
        (
            {"acme/gauge.py": COLLECTOR.replace("acme_gauge", "nginx_access")},
            "[diagnose.collectors]\nacme = acme.gauge\n",
            "formats",
            "there is a collector 'nginx_access' already, in ",
        ),
        (
            {"link_is_full.py": RULE.replace("@NAME@", "link_is_full")},
            "[diagnose.rules]\nacme = link_is_full\n",
            "rules",
            "there is a rule 'link-is-full' already, in ",
        ),
    ],
    ids=["absent", "exits", "collector", "rule"],
)
def test_what_was_left_out_is_told_in_lists(
    tmp_path: Path, files: dict[str, str], points: str, asked: str, what: str
) -> None:
    done = diagnose(installed(files, tmp_path / "acme", points), asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert "acme-queue-is-full" not in done.stdout
    last = done.stdout.splitlines()[-1]
    assert "the plug-in acme of acme-diagnose 1.2 was left out" in last and what in last


def test_a_report_that_breaks_is_a_sentence(tmp_path: Path, tested: Path) -> None:
    site = installed(acme(body="1 / 0"), tmp_path / "acme")
    done = diagnose(site, "analyze", str(tested), "--format", "acme")
    assert done.returncode == 3
    first, hint = done.stderr.splitlines()
    assert "the plug-in acme of acme-diagnose 1.2 cannot write (ZeroDivisionError" in first
    assert "leave its report out of --format" in hint


def test_help_loads_no_package(tmp_path: Path) -> None:
    site = installed(acme(rule="1 / 0"), tmp_path / "acme")
    path = os.pathsep.join(p for p in (str(site), os.environ.get("PYTHONPATH", "")) if p)
    asked = (
        "import sys; from click.testing import CliRunner; from diagnose.cli import main;"
        "CliRunner().invoke(main, ['--help']);"
        "print([m for m in sys.modules if m in ('acme', 'importlib.metadata', 'numpy')])"
    )
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, env=env)
    assert done.stdout.strip() == "[]", done.stderr
