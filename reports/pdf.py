"""report.pdf: for paper and for those who want one file. Set by typst from report.typ.

The text goes into data.json and is read by the template as strings: nothing that a log, a
name or a statement holds can be taken for typst's markup.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

from diagnose.case import Run
from diagnose.errors import DiagnoseError
from diagnose.model import Diagnosis
from diagnose.plugins import report

from .figures import Figures, figures
from .pdf_content import Json, content, wide_letters

FONTS = ["Libertinus Serif", "DejaVu Sans"]
NO_GLYPHS = "This text holds Chinese, Japanese or Korean letters, and this machine has no font \
with them: they are missing here. report.html has them."


@report(name="pdf", suffix=".pdf")
def pdf(diagnosis: Diagnosis, run: Run, path: Path) -> None:
    """Set and write the document.

    Raises:
        DiagnoseError: typst refused it.
    """
    drawn = figures(diagnosis, run)
    data = content(diagnosis, run, drawn)
    data["fonts"] = FONTS + eastern_fonts()
    if wide_letters(json.dumps(data, ensure_ascii=False)) and len(data["fonts"]) == len(FONTS):
        data["warnings"] = [NO_GLYPHS]
    with tempfile.TemporaryDirectory(prefix="diagnose-pdf-") as folder:
        _lay_out(Path(folder), data, drawn)
        path.write_bytes(_set(Path(folder)))


def _lay_out(folder: Path, data: Json, drawn: Figures) -> None:
    template = files(__package__).joinpath("report.typ").read_text(encoding="utf-8")
    (folder / "report.typ").write_text(template, encoding="utf-8")
    (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    for figure in drawn.all():
        (folder / f"{figure.name}.svg").write_text(figure.svg, encoding="utf-8")


def _set(folder: Path) -> bytes:
    import matplotlib
    import typst

    # matplotlib brings the font that the drawings were measured with
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    try:
        made = typst.compile(
            str(folder / "report.typ"), root=str(folder), font_paths=[str(fonts)], format="pdf"
        )
    except RuntimeError as error:  # of which TypstError is one
        raise DiagnoseError(
            f"typst could not set report.pdf ({error})", hint="use --format html,md,json"
        ) from None
    assert isinstance(made, bytes)
    return made


def eastern_fonts() -> list[str]:
    """Families with Japanese letters, as fontconfig knows them; none where it is missing."""
    if shutil.which("fc-list") is None:
        return []
    try:
        told = subprocess.run(
            ["fc-list", ":lang=ja", "family"], capture_output=True, text=True, timeout=10
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    return sorted({line.partition(",")[0].strip() for line in told.splitlines() if line.strip()})
