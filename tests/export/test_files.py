"""Results in a folder."""

from __future__ import annotations

import json
from pathlib import Path

from ocr.export import Format, document_markdown, write_figure, write_results
from tests.export.papers import results


def test_files_are_whole(tmp_path: Path) -> None:
    """Each format asked for is a file, and nothing else is left in the folder."""
    made = results(tmp_path)
    written = write_results(tmp_path / "deep" / "er", made, [Format.MARKDOWN, Format.JSON, Format.TEXT])
    assert [path.name for path in written] == ["document.md", "result.json", "document.txt"]
    assert written[0].read_text() == "".join(document_markdown(made.pages))
    assert json.loads(written[1].read_text())["server"]["model"] == made.model
    assert sorted(written[0].parent.iterdir()) == sorted(written)


def test_files_of_one_page(tmp_path: Path) -> None:
    (path,) = write_results(tmp_path, results(tmp_path), [Format.JSON], "page-1")
    assert path.name == "page-1.json"


def test_files_figure(tmp_path: Path) -> None:
    path = write_figure(tmp_path, "figures/page-1-1.png", b"lamp")
    assert path == tmp_path / "figures" / "page-1-1.png"
    assert [one.name for one in path.parent.iterdir()] == [path.name]
