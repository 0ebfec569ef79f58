"""Results as files."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from ocr.export import SCHEMA, Folders, document_markdown, result_json, write_results
from ocr.page import Box, Document, Finish, PageResult, Region

DOCUMENT = Document(Path("/tmp/a b.pdf"), "a b.pdf", "application/pdf", 3, "0" * 64)


def page(number: int, finish: Finish = Finish.STOP, error: str | None = None) -> PageResult:
    regions = (Region("text", Box(0, 0, 10, 10), "Straße"),)
    return PageResult(number, 1089, 1540, f"Page {number}", "raw", regions, finish, error, 1, 5, 0.25)


PAGES = [page(1), page(3, Finish.FAILED, "Cut. Read again.")]


def test_export_markdown() -> None:
    """Pages are told apart by comments, which also say what is wrong with one."""
    assert document_markdown(PAGES) == "<!-- page 1 -->\n\nPage 1\n\n<!-- page 3 failed -->\n\nPage 3\n"


def test_export_json_follows_the_schema() -> None:
    result = json.loads(result_json(DOCUMENT, "http://h/v1", "m", PAGES))
    jsonschema.validate(result, json.loads(SCHEMA.read_text()))
    assert result["document"] == {"name": "a b.pdf", "sha256": "0" * 64, "pages": 3}
    assert [entry["number"] for entry in result["pages"]] == [1, 3]
    assert result["pages"][0]["regions"] == [{"label": "text", "box": [0, 0, 10, 10], "text": "Straße"}]
    assert (result["pages"][1]["finish"], result["pages"][1]["error"]) == ("failed", "Cut. Read again.")


def test_export_schema_rejects_another_shape() -> None:
    """The schema holds: a result with a field more or a box of three corners is none."""
    for path, value in (("model", 1), ("box", [1, 2, 3])):
        result = json.loads(result_json(DOCUMENT, "http://h/v1", "m", PAGES))
        if path == "model":
            result["server"]["extra"] = value
        else:
            result["pages"][0]["regions"][0]["box"] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(result, json.loads(SCHEMA.read_text()))


def test_export_writes_whole_files(tmp_path: Path) -> None:
    markdown, result = write_results(tmp_path / "deep" / "er", DOCUMENT, "http://h/v1", "m", PAGES)
    assert markdown.read_text() == document_markdown(PAGES)
    assert json.loads(result.read_text())["server"]["model"] == "m"
    assert sorted(path.name for path in markdown.parent.iterdir()) == ["document.md", "result.json"]


def test_export_folders() -> None:
    """Equal stems do not share a folder, also where the file system folds case."""
    folders = Folders(Path("out"))
    claimed = [folders.claim(name).name for name in ("a.pdf", "a.png", "A.pdf", "a-2.pdf", "b.tar.gz", ".pdf")]
    assert claimed == ["a", "a-2", "A-3", "a-2-2", "b.tar", ".pdf"]
