"""Where Tesseract's language data lies."""

import subprocess
import sys
from pathlib import Path

import pytest

from ocr.engines.tesseract import tessdata
from ocr.engines.tesseract.tessdata import find_tessdata, installed
from ocr.errors import EngineFailed
from tests.conftest import ROOT


def test_tessdata_named_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes before the system's own."""
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    (tmp_path / "eng.traineddata").touch()
    assert find_tessdata("eng") == tmp_path.resolve()
    assert installed(tmp_path) == {"eng"}


def test_tessdata_incomplete_named_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that lacks a language is passed over."""
    expected = find_tessdata("eng")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert find_tessdata("eng") == expected


def test_tessdata_built_into_tesserocr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none of the known places has the data, tesserocr is asked for its own."""
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    monkeypatch.setattr(tessdata, "USUAL_PLACES", ())
    monkeypatch.setattr("tesserocr.get_languages", lambda: (str(tmp_path), []))
    (tmp_path / "eng.traineddata").touch()
    assert find_tessdata("eng") == tmp_path.resolve()


def test_tessdata_is_found_without_loading_tesseract() -> None:
    """It is looked for in the app's process, whose start is not to wait for that."""
    code = "import sys; from ocr.engines.tesseract.tessdata import find_tessdata; find_tessdata('eng'); "
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print('tesserocr' in sys.modules)"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == "False\n", done.stderr


def test_tessdata_found_where_the_system_puts_it() -> None:
    assert "eng" in installed(find_tessdata("eng"))


def test_tessdata_missing_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing, what there is, and what to install."""
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    monkeypatch.setattr(tessdata, "USUAL_PLACES", ())
    (tmp_path / "eng.traineddata").touch()
    with pytest.raises(EngineFailed) as failed:
        find_tessdata("eng+chi_sim")
    assert "no data for chi_sim" in str(failed.value)
    assert "Installed: eng" in str(failed.value)
    assert "tesseract-ocr-chi-sim" in str(failed.value)


def test_tessdata_no_language() -> None:
    with pytest.raises(EngineFailed, match="No language"):
        find_tessdata("+")
