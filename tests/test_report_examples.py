"""The examples in the reports' docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import diagnose.reports

MODULES = sorted(m.name for m in pkgutil.iter_modules(diagnose.reports.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    found = doctest.testmod(importlib.import_module(f"diagnose.reports.{name}"))
    assert found.failed == 0
