"""A real browser: the report draws itself alone, and says nothing amiss."""

import re
import shutil
import subprocess

import pytest
from sample_diagnosis import founding, renamed

from diagnose.plugins import REPORTS, load

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("chromium is not installed", allow_module_level=True)
load("reports")


def browse(page, tmp_path, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            *options,
            page.as_uri(),
        ],
        capture_output=True,
        timeout=120,
        check=True,
    )


def test_the_page_draws_without_a_word_in_the_console(tmp_path):
    page = tmp_path / "report.html"
    REPORTS["html"].write(*founding(), page)
    seen = browse(page, tmp_path, "--dump-dom")
    dom, log = seen.stdout.decode(), seen.stderr.decode()
    assert "<svg" in dom and "Suspects" in dom
    assert not re.search(r"CONSOLE|Refused to|ERR_", log)


def test_a_hostile_name_stays_text(tmp_path):
    diagnosis, run = founding()
    hostile = renamed(diagnosis, run, "<script>document.title='owned'</script>")
    page = tmp_path / "report.html"
    REPORTS["html"].write(hostile, run, page)
    dom = browse(page, tmp_path, "--dump-dom").stdout.decode()
    assert "<title>owned" not in dom and "&lt;script&gt;" in dom


def test_a_picture_of_it_has_something_on_it(tmp_path):
    page, picture = tmp_path / "report.html", tmp_path / "page.png"
    REPORTS["html"].write(*founding(), page)
    browse(page, tmp_path, f"--screenshot={picture}", "--window-size=1000,1400")
    assert picture.stat().st_size > 20_000
