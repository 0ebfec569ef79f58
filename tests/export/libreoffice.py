"""LibreOffice, which reads HTML as it does where it is pasted; tests with it are skipped where it is not installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest

SOFFICE = shutil.which("soffice")
TIMEOUT_S = 200
FILTERS = {"odt": "HTML (StarWriter)", "csv": "calc_HTML_WebQuery"}

needs_libreoffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")


def converted(html: str, folder: Path, form: Literal["odt", "csv"]) -> Path:
    """The file that Writer (odt) or Calc (csv) makes of HTML."""
    source = folder / "pasted.html"
    source.write_text(f'<html><head><meta charset="utf-8"></head><body>{html}</body></html>', encoding="utf-8")
    command = [SOFFICE or "", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    command += [f"--infilter={FILTERS[form]}", "--convert-to", form, "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_S)
    return folder / f"pasted.{form}"
