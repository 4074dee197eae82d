"""A rule of the user's own, begun: a file with its page, and its test beside it."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from diagnose.errors import DiagnoseError, UsageError
from diagnose.plugins import RULES, load

RULE = '''"""Rule: @SAYS@."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

METRIC = "cpu.busy_ratio"  # what to look at: docs/formats.md says which files tell it
FULL_RATIO = 0.9  # a choice: say where your number comes from


@rule(
    resource="cpu",  # what runs short
    roles=("app",),  # whom it judges; leave it out for every component
    needs=(METRIC,),  # where one was not measured, the answer is "unknown"
    how_to_collect="sar -u ALL 1, or /proc/stat each second",
)
def @NAME@(case: Case) -> Outcome:
    """@TITLE@.

    What it says:
        The processors were nine tenths busy or more after the inflection.

    Why it matters:
        Further requests wait for their turn.

    How it decides:
        cpu.busy_ratio held at 90 % or more is a finding; below, the host is cleared.

    What fools it:
        A job beside the test.

    Source:
        Where the pattern, and its threshold, are described.
    """
    held = case.held(METRIC)
    if held < FULL_RATIO:
        says = f"the processors were {show(held, '1')} busy of 1"
        return Cleared(case.component.name, "cpu", says)
    return case.finding(
        "cpu",
        f"the processors were {show(held, '1')} busy of 1",
        Place.INSIDE,  # or FRONT, BEHIND, PATH: where requests wait, seen from here
        evidence=(case.rise(METRIC),),
        onset_s=case.onset_s(METRIC, above=FULL_RATIO),
        grows_with_load=case.grows_with_load(METRIC),
        experiment=Experiment(
            do="one change that separates it from its rivals",
            if_this_is_it="what is seen then, if this is the bottleneck",
            if_not="what is seen then, if it is another",
        ),
        fix="what mends it",
    )
'''

TEST = '''"""Full is found, room is cleared, and what was not measured is not known."""

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.testing import a_case, ramp, rule_beside

@NAME@ = rule_beside(__file__)


def test_a_level_that_is_reached_and_held_is_a_finding():
    outcome = @NAME@(a_case("app", {"cpu.busy_ratio": ramp(0.98, 0.03)}))
    assert isinstance(outcome, Finding)
    assert outcome.grows_with_load
    assert outcome.evidence[0].source


def test_room_that_is_left_is_cleared():
    outcome = @NAME@(a_case("app", {"cpu.busy_ratio": ramp(0.6, 0.03)}))
    assert isinstance(outcome, Cleared)


def test_without_readings_it_cannot_tell():
    assert isinstance(@NAME@(a_case("app")), CannotTell)
'''


def write(name: str, folder: Path) -> list[Path]:
    """Write NAME.py and test_NAME.py; nothing that is there is written over.

    Raises:
        UsageError: no rule can be called so, or it is there already.
        DiagnoseError: the folder cannot be written to.
    """
    _refuse_name(name)
    says = name.replace("_", " ")
    files = {
        folder / f"{name}.py": RULE.replace("@TITLE@", says.capitalize()).replace("@SAYS@", says),
        folder / f"test_{name}.py": TEST,
    }
    for path in files:
        if path.exists() or path.is_symlink():
            hint = "give another name or another --dir; nothing is written over"
            raise UsageError(f"{path} is there already", hint=hint)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            with path.open("x", encoding="utf-8") as opened:
                opened.write(text.replace("@NAME@", name))
    except OSError as error:
        what = f"cannot write to {folder} ({error.strerror})"
        raise DiagnoseError(what, hint="name another folder with --dir") from None
    return list(files)


def _refuse_name(name: str) -> None:
    fit = re.fullmatch(r"[a-z][a-z0-9_]*", name) and not keyword.iskeyword(name)
    if not fit or name.startswith("test_"):
        spelt = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_").removeprefix("test_")
        good = spelt[:1].isalpha() and not keyword.iskeyword(spelt)
        instead = spelt if good else "queue_of_payments_is_full"
        hint = f"a file and a function are to bear it: write {instead}, say"
        raise UsageError(f"no rule can be called {name!r}", hint=hint)
    load("rules")
    if name.replace("_", "-") in RULES:
        hint = "give yours another name"
        raise UsageError(f"there is a rule {name.replace('_', '-')!r} already", hint=hint)
