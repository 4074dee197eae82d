"""Rules of the user's own: every file of a folder, in force for one analysis.

A folder is a package of a private name, so that its files may share `_name.py` among them and
clash with nobody's modules. Tests beside them and names with a leading underscore are no rules.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from numbers import Real
from pathlib import Path
from types import ModuleType

from diagnose.case import Case
from diagnose.errors import DiagnoseError, UsageError
from diagnose.metrics import RESOURCES
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Finding, Outcome, Place
from diagnose.plugins import RULES, Rule, load

PREFIX = "_diagnose_rules_"
FIELDS: dict[str, type] = {
    "says": str,
    "place": Place,
    "evidence": tuple,
    "against": tuple,
    "missing": tuple,
    "experiment": Experiment,
    "fix": str,
    "onset_s": Real,
    "strength": Real,
    "seconds": Real,
    "failures": Real,
}


@contextlib.contextmanager
def in_force(folders: Iterable[Path]) -> Iterator[None]:
    """Load the rules of some folders beside ours; afterwards they are forgotten.

    Raises:
        UsageError: a folder holds no rule, a file cannot be loaded, or a name is taken.
    """
    load("rules")
    ours = dict(RULES)
    packages: list[str] = []
    try:
        for folder in {folder.resolve(): folder for folder in folders}.values():
            packages.append(_package_of(folder))
            _forget(packages[-1])
            for file in rule_files(folder):
                load_rule(file)
        yield
    finally:
        RULES.clear()
        RULES.update(ours)
        for package in packages:
            _forget(package)


def rule_files(folder: Path) -> list[Path]:
    """The files of a folder that are rules.

    Raises:
        UsageError: there is none, or one has a name that no module can have.
    """
    if not folder.is_dir():
        hint = "give the folder of your rules; `diagnose rules new NAME` begins one"
        raise UsageError(f"{folder} is no folder", hint=hint)
    files = [f for f in sorted(folder.glob("*.py")) if f.is_file() and _is_rule(f.name)]
    if not files:
        hint = "`diagnose rules new NAME --dir DIR` writes a first one"
        raise UsageError(f"{folder} holds no rule, which is a file NAME.py", hint=hint)
    for file in files:
        if not file.stem.isidentifier():
            hint = "use letters, digits and underscores"
            raise UsageError(f"{file}: no module can be called {file.stem!r}", hint=hint)
    return files


def _is_rule(name: str) -> bool:
    return not name.startswith(("_", ".", "test_")) and name != "conftest.py"


def load_rule(file: Path) -> Rule:
    """Import one file as a rule.

    Raises:
        UsageError: it cannot be loaded, holds no rule, or its name is taken.
    """
    package = _package_of(file.parent)
    if package not in sys.modules:
        made = ModuleType(package)
        made.__path__ = [str(file.parent.resolve())]
        sys.modules[package] = made
    importlib.invalidate_caches()
    sys.modules.pop(f"{package}.{file.stem}", None)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        module = importlib.import_module(f"{package}.{file.stem}")
    except DiagnoseError:
        raise
    except (Exception, SystemExit) as error:
        what = f"{_place(error, file)} cannot be loaded: {_told(error)}"
        raise UsageError(what, hint="mend it, or take it out of the folder") from None
    finally:
        sys.dont_write_bytecode = kept
    rule = vars(module).get(file.stem)
    if not isinstance(rule, Rule):
        hint = f"decorate a function {file.stem} with @rule(…), or call the file _{file.name}"
        raise UsageError(f"{file} holds no rule", hint=hint)
    return rule


def _package_of(folder: Path) -> str:
    return f"{PREFIX}{hashlib.sha1(bytes(folder.resolve())).hexdigest()[:12]}"


def _forget(package: str) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] == package]:
        del sys.modules[name]


def _place(error: BaseException, file: Path) -> str:
    """The file and the line of an error, as near to the user's own lines as it can be told."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno},"
    frames = traceback.extract_tb(error.__traceback__)
    folder = str(file.parent.resolve())
    own = [frame for frame in frames if str(Path(frame.filename).parent) == folder]
    return f"{own[-1].filename}, line {own[-1].lineno}," if own else f"{file}"


def _told(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    text = re.sub(rf"{PREFIX}\w+\.?", "", text)  # a package of that name is nobody's but ours
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def ask(rule: Rule, case: Case) -> tuple[Outcome, str]:
    """What a rule answers; where one that is not ours breaks, that it cannot tell, and why.

    One of ours that breaks is a bug, and keeps its traceback.
    """
    if not rule.origin:
        return rule(case), ""
    try:
        outcome = rule(case)
        why = _strange(outcome, case)
    except (Exception, SystemExit) as error:
        why = f"{_place(error, Path(rule.check.__code__.co_filename))} {_told(error)}"
    if not why:
        return outcome, ""
    missing = (f"what {rule.name} says, for it broke",)
    return CannotTell(case.component.name, rule.resource, missing, f"mend {rule.origin}"), why


def _strange(outcome: object, case: Case) -> str:
    """What is wrong with an answer; "" if nothing is."""
    if not isinstance(outcome, Finding | Cleared | CannotTell):
        return f"it answered {type(outcome).__name__}, not Finding, Cleared or CannotTell"
    if outcome.component != case.component.name:
        return f"asked about {case.component.name}, it answered about {outcome.component!r}"
    if outcome.resource not in RESOURCES:
        return f"there is no resource {outcome.resource!r}"
    if isinstance(outcome, Finding):
        for name, kind in FIELDS.items():
            if not isinstance(value := getattr(outcome, name), kind):
                return f"{name} of its finding is {type(value).__name__}, not {kind.__name__}"
        if not all(isinstance(e, Evidence) for e in (*outcome.evidence, *outcome.against)):
            return "its evidence is not made of Evidence"
    return ""
