"""What many tests share."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `from cases import a_case`


@pytest.fixture(scope="session")
def golden(tmp_path_factory):
    """The recorded runs by name: golden["api_cpu"].diagnosis."""
    from golden import Goldens

    base = tmp_path_factory.getbasetemp()
    return Goldens(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
