"""Where Tesseract's language data lies."""

from pathlib import Path

import pytest

from ocr.engines.tesseract.tessdata import find_tessdata, installed
from ocr.errors import EngineFailed


def test_tessdata_given_folder(tmp_path: Path) -> None:
    for name in ("eng", "fra"):
        (tmp_path / f"{name}.traineddata").touch()
    assert find_tessdata("eng+fra", tmp_path) == tmp_path
    assert installed(tmp_path) == {"eng", "fra"}


def test_tessdata_found_where_the_system_puts_it() -> None:
    assert "eng" in installed(find_tessdata("eng"))


def test_tessdata_missing_language(tmp_path: Path) -> None:
    """What is missing, what there is, and what to install."""
    (tmp_path / "eng.traineddata").touch()
    with pytest.raises(EngineFailed) as failed:
        find_tessdata("eng+chi_sim", tmp_path)
    assert "no data for chi_sim" in str(failed.value)
    assert "Installed: eng" in str(failed.value)
    assert "tesseract-ocr-chi-sim" in str(failed.value)


def test_tessdata_no_language() -> None:
    with pytest.raises(EngineFailed, match="No language"):
        find_tessdata("+")
