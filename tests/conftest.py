"""What many tests share."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `from cases import a_case`


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """On a user's machine a missing part is a skip that names it; in CI it is a failure."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def golden(tmp_path_factory):
    """The recorded runs by name: golden["api_cpu"].diagnosis."""
    from golden import Goldens

    base = tmp_path_factory.getbasetemp()
    return Goldens(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
