"""Rules of the user's own are asked beside ours, and a broken one costs nobody the verdict."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cases import a_case, a_run, ramp
from click.testing import CliRunner, Result
from golden import Goldens
from small_run import CULPRIT, cut_down, says_it_clearly

from diagnose import newrule
from diagnose.analyze import analyze
from diagnose.cli import main
from diagnose.errors import UsageError
from diagnose.judge import judge
from diagnose.model import Place
from diagnose.plugins import RULES, load
from diagnose.userrules import in_force

NAME = "queue_of_payments_is_full"
RULE = NAME.replace("_", "-")
load("rules")
OURS = dict(RULES)


def run(*asked: str) -> Result:
    return CliRunner().invoke(main, list(asked))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    newrule.write(NAME, tmp_path / "own rules")
    return tmp_path / "own rules"


@pytest.fixture
def tested(golden: Goldens, tmp_path: Path) -> Path:
    return cut_down(golden.path("lb1_worker_connections"), tmp_path / "run")


def edited(folder: Path, old: str, new: str) -> Path:
    file = folder / f"{NAME}.py"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def answering(folder: Path, lines: str) -> Path:
    """The rule looks at nginx's connections, and answers with `lines`."""
    edited(folder, 'roles=("app",)', 'roles=("lb",)')
    edited(folder, 'METRIC = "cpu.busy_ratio"', 'METRIC = "nginx.active_connections"')
    return edited(folder, "    held = case.held(METRIC)\n", f"    {lines}\n")


def verdict(path: Path, *folders: Path) -> dict[str, list[dict[str, str]]]:
    more = [part for folder in folders for part in ("--rules", str(folder))]
    done = run("analyze", str(path), "--format", "none", "--json", *more)
    assert done.exit_code == 0, done.output
    said: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return said


# -- they are asked -------------------------------------------------------------------------
def test_a_rule_of_a_folder_is_asked_and_forgotten_afterwards(folder: Path) -> None:
    system = a_run()
    a_case("load_generator", run=system, name="client", sends_to=("api",))
    busy = {"cpu.busy_ratio": ramp(0.98, 0.03)}
    a_case("app", busy, run=system, name="api", gained_s={Place.INSIDE: 0.4})
    with in_force([folder, folder]):
        assert set(RULES) - set(OURS) == {RULE}
        first = judge(system, suppressed=["processors_are_full"]).suspects[0]
        assert (first.component, first.rule) == ("api", RULE)
        assert RULE not in str(judge(system, suppressed=["processors-are-full", RULE]).suspects)
    assert RULES == OURS
    assert not [name for name in sys.modules if name.startswith("_diagnose_rules")]
    assert not (folder / "__pycache__").exists()


def test_analyze_asks_the_rules_of_several_folders(
    folder: Path, tested: Path, tmp_path: Path
) -> None:
    answering(folder, 'return Cleared(case.component.name, "connections", "said by the first")')
    newrule.write("cache_is_cold", tmp_path / "more")
    said = verdict(tested, folder, tmp_path / "more")
    assert RULES == OURS
    assert {row["component"] for row in said["unknown"] if row["resource"] == "cpu"} >= {"api"}
    assert "said by the first" not in str(said["cleared"]), "what is accused is never cleared"
    edited(folder, '"connections", "said', '"gc", "said')
    said = verdict(tested, folder)
    assert [r["component"] for r in said["cleared"] if r["says"] == "said by the first"] == ["lb1"]


def test_files_of_a_folder_share_what_begins_with_an_underscore(folder: Path) -> None:
    (folder / "_own.py").write_text("FULL = 0.9\n", encoding="utf-8")
    (folder / "conftest.py").write_text("raise RuntimeError\n", encoding="utf-8")
    edited(folder, "FULL_RATIO = 0.9  #", "from ._own import FULL as FULL_RATIO  #")
    with in_force([folder]):
        assert RULE in RULES


def test_lists_say_where_a_rule_comes_from(folder: Path) -> None:
    listed = run("rules", "--rules", str(folder)).output
    line = next(line for line in listed.splitlines() if RULE in line)
    assert str(folder / f"{NAME}.py") in line
    assert listed.count("(from ") == 1
    assert f"{len(OURS) + 1} rules" in listed
    page = run("explain", NAME, "--rules", str(folder)).output
    assert f"From: {folder / NAME}.py" in page and "How it decides:" in page
    assert run("explain", NAME).exit_code == 2


def test_the_environment_may_name_the_folders(folder: Path) -> None:
    done = CliRunner().invoke(main, ["rules"], env={"DIAGNOSE_RULES": str(folder)})
    assert RULE in done.output


# -- what is wrong with them is said --------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("FULL_RATIO = 0.9", "FULL_RATIO = NINE", "line 11, cannot be loaded: NameError"),
        ("FULL_RATIO = 0.9", "FULL_RATIO = = 9", "line 11, cannot be loaded: SyntaxError"),
        ("FULL_RATIO = 0.9", "raise SystemExit", "line 11, cannot be loaded: SystemExit"),
        ("from diagnose.case", "from diagnose.nowhere", "line 5, cannot be loaded: Module"),
        ('resource="cpu"', 'resource="cpus"', "there is no resource 'cpus'"),
        ('roles=("app",)', 'roles=("appl",)', "there is no role 'appl'"),
        ("needs=(METRIC,)", 'needs=("users_there",)', "there is no need 'users_there'"),
        ("needs=(METRIC,)", 'needs=("cpu.busy_rato",)', "there is no need 'cpu.busy_rato'"),
        ("needs=(METRIC,)", "needs=METRIC", "needs is one text, not several"),
        ("FULL_RATIO = 0.9", "from ._no import X", "ModuleNotFoundError: No module named '_no'"),
        (f"def {NAME}", "def another", "name the check queue_of_payments_is_full, as its file"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_one_sentence(
    folder: Path, tested: Path, old: str, new: str, what: str
) -> None:
    file = edited(folder, old, new)
    done = run("analyze", str(tested), "--format", "none", "--rules", str(folder))
    says_it_clearly(done, 2, what)
    assert str(file) in done.stderr
    assert RULES == OURS


def test_no_rule_takes_the_name_of_ours(folder: Path) -> None:
    mine = folder / "link_is_full.py"
    text = (folder / f"{NAME}.py").read_text(encoding="utf-8")
    mine.write_text(text.replace(NAME, "link_is_full"), encoding="utf-8")
    done = run("rules", "--rules", str(folder))
    says_it_clearly(done, 2, f"{mine}: there is a rule 'link-is-full' already, in ")
    assert "link_is_full.py" in done.stderr.partition("already, in ")[2]


def test_two_folders_with_one_name_clash(folder: Path, tmp_path: Path) -> None:
    newrule.write(NAME, tmp_path / "b")
    done = run("rules", "--rules", str(folder), "--rules", str(tmp_path / "b"))
    says_it_clearly(done, 2, f"there is a rule '{RULE}' already, in {folder}")


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("nothing.txt", "", "holds no rule, which is a file NAME.py"),
        ("a-b.py", "", "no module can be called 'a-b'"),
        ("constants.py", "FULL = 1\n", "constants.py holds no rule"),
    ],
)
def test_a_folder_without_rules_is_said(tmp_path: Path, name: str, text: str, what: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    says_it_clearly(run("rules", "--rules", str(tmp_path)), 2, what)
    says_it_clearly(run("rules", "--rules", str(tmp_path / name)), 2, "is no folder")


def test_no_file_of_a_run_starts_a_program(folder: Path, tested: Path) -> None:
    toml = tested / "diagnose.toml"
    toml.write_text(f'{toml.read_text()}\n[rules]\ndir = ["{folder}"]\n', encoding="utf-8")
    done = run("analyze", str(tested), "--format", "none")
    says_it_clearly(done, 3, "rules has a key 'dir'")
    assert "give --rules DIR" in done.stderr


# -- one that breaks costs nobody the verdict -------------------------------------------------
@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("raise ValueError('odd')", ", line {}, ValueError: odd"),
        ("return None", "it answered NoneType"),
        ("return Cleared('mars', 'cpu', 'x')", "asked about lb1, it answered about 'mars'"),
        ("return Cleared(case.component.name, 'x', 'y')", "there is no resource 'x'"),
        (
            "return case.finding('gc', 'x', Place.INSIDE, evidence=(1,), experiment=2, fix='')",
            "experiment of its finding is int, not Experiment",
        ),
        ("return case.finding('gc', 'x', Place.INSIDE)", "TypeError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
    ],
)
def test_a_rule_that_breaks_is_a_note_and_its_resource_unknown(
    folder: Path, tested: Path, lines: str, why: str
) -> None:
    text = answering(folder, lines).read_text(encoding="utf-8").splitlines()
    why = why.format(text.index(f"    {lines}") + 1)
    said, _, _ = analyze(tested, rules=[folder])
    assert CULPRIT in said.sentence
    note = next(note for note in said.notes if f"the rule {RULE} broke" in note)
    assert "says nothing of lb1" in note and why in note
    rows = [u for u in said.unknown if f"what {RULE} says, for it broke" in u.missing]
    assert [(u.component, u.resource) for u in rows] == [("lb1", "cpu")]
    assert str(folder) in rows[0].how_to_collect


# -- a rule begun -----------------------------------------------------------------------------
def test_what_is_written_passes_its_own_test(tmp_path: Path) -> None:
    done = run("rules", "new", NAME, "--dir", str(tmp_path / "new"))
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "new")]
    passed = subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "3 passed" in passed.stdout, passed.stdout
    with in_force([tmp_path / "new"]):
        page = RULES[RULE].doc
    parts = ("What it says", "Why it matters", "How it decides", "What fools it", "Source")
    assert all(f"{part}:" in page for part in parts)


def test_nothing_is_written_over(folder: Path) -> None:
    file = folder / f"test_{NAME}.py"
    file.write_text("mine", encoding="utf-8")
    (folder / f"{NAME}.py").unlink()
    says_it_clearly(run("rules", "new", NAME, "--dir", str(folder)), 2, "is there already")
    assert file.read_text(encoding="utf-8") == "mine"
    assert not (folder / f"{NAME}.py").exists()


@pytest.mark.parametrize("name", ["a-b", "1st", "class", "Ab", "_x", "test_a", "a/b", "é", ""])
def test_a_name_that_no_module_can_have_is_refused(tmp_path: Path, name: str) -> None:
    done = run("rules", "new", name, "--dir", str(tmp_path / "new"))
    says_it_clearly(done, 2, f"no rule can be called {name!r}")
    assert not (tmp_path / "new").exists()


def test_a_name_of_ours_is_refused() -> None:
    with pytest.raises(UsageError, match="'link-is-full' already"):
        newrule.write("link_is_full", Path("nowhere"))


def test_a_folder_that_cannot_be_written_to_is_said() -> None:
    done = run("rules", "new", NAME, "--dir", "/dev/null/x")
    says_it_clearly(done, 3, "cannot write to /dev/null/x")
