"""Say which machine, and which resource on it, held a load test back."""

from pathlib import Path as _Path

__version__ = "0.1.0"

# In a checkout collectors/, rules/ and reports/ stand beside this folder; once
# installed they lie inside it (setup.cfg, package_dir). Either way they are
# imported as diagnose.collectors, diagnose.rules and diagnose.reports.
_checkout = _Path(__file__).resolve().parent.parent
if (_checkout / "setup.cfg").is_file():
    __path__.append(str(_checkout))
