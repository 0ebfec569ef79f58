"""Results as files."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from ocr.export import SCHEMA, document_markdown, result_json
from ocr.export.results import notice
from ocr.page_words import Finding, FindingKind, PageCheck, PlacedWord, WordSource
from ocr.types import Box, Document, Finish, PageResult, Region, Try

DOCUMENT = Document(Path("/tmp/a b.pdf"), "a b.pdf", "application/pdf", 3, "0" * 64)


def page(number: int, finish: Finish = Finish.STOP, error: str | None = None) -> PageResult:
    regions = (Region("text", Box(0, 0, 10, 10), "Straße"),)
    return PageResult(number, 1089, 1540, f"Page {number}", "raw", regions, finish, error, 1, 5, 0.25)


PAGES = [page(1), page(3, Finish.FAILED, "Cut. Read again.")]


def test_results_markdown() -> None:
    """Pages are told apart by comments, which also say what is wrong with one."""
    assert "".join(document_markdown(PAGES)) == "<!-- page 1 -->\n\nPage 1\n\n<!-- page 3 failed -->\n\nPage 3\n"


def test_results_markdown_has_one_comment_a_page() -> None:
    """Text that reads like the comment between pages is text, and nothing in it steers a terminal."""
    pages = [replace(page(1), markdown="Text\n\n<!-- page 9 -->\n\x1b[2J\x0cmore"), page(3, Finish.FAILED, "\x1b[2J")]
    written = "".join(document_markdown(pages))
    assert re.findall("<!-- page (.*?) -->", written) == ["1", "3 failed"]
    assert "page 9" in written and "more" in written
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", written + notice(pages[1]))


def test_results_json_follows_the_schema() -> None:
    result = json.loads("".join(result_json(DOCUMENT, "http://h/v1", "m", PAGES)))
    jsonschema.validate(result, json.loads(SCHEMA.read_text()))
    assert result["document"] == {"name": "a b.pdf", "sha256": "0" * 64, "pages": 3}
    assert [entry["number"] for entry in result["pages"]] == [1, 3]
    assert result["pages"][0]["regions"] == [{"label": "text", "box": [0, 0, 10, 10], "text": "Straße"}]
    assert (result["pages"][1]["finish"], result["pages"][1]["error"]) == ("failed", "Cut. Read again.")


def test_results_json_of_verified_pages() -> None:
    """Words and findings with their places; a page that was not verified has neither."""
    box = (1.5, 2, 30.25, 4)
    check = PageCheck(
        WordSource.TESSERACT,
        3,
        2,
        2,
        1,
        1,
        (Finding(FindingKind.DIFFERS, "Page", "Pages", 0, 4, (box,), weak=True),),
        "why",
    )
    words = (PlacedWord("Page", 0, 4, (box,), 0, 0.9), PlacedWord("1", 5, 6))
    verified = replace(page(1), check=check, words=words)
    made = json.loads("".join(result_json(DOCUMENT, "u", "m", [verified, replace(page(2), check=PageCheck(None))])))
    jsonschema.validate(made, json.loads(SCHEMA.read_text()))
    first = made["pages"][0]
    assert (first["check"]["source"], first["check"]["found"], first["check"]["note"]) == ("tesseract", 2, "why")
    assert first["check"]["findings"] == [
        {
            "kind": "differs",
            "text": "Page",
            "page_text": "Pages",
            "start": 0,
            "end": 4,
            "boxes": [list(box)],
            "weak": True,
        }
    ]
    assert first["words"] == [
        {"text": "Page", "start": 0, "end": 4, "boxes": [list(box)], "region": 0, "confidence": 0.9},
        {"text": "1", "start": 5, "end": 6, "boxes": [], "region": None, "confidence": 0.0},
    ]
    assert "words" not in made["pages"][1], "their places are not known"
    plain = json.loads("".join(result_json(DOCUMENT, "u", "m", PAGES)))["pages"][0]
    assert not {"check", "words"} & plain.keys()


def test_results_json_tells_every_try() -> None:
    """How the page was asked for each time, what came of it, and which answer was kept."""
    tries = (Try(0.2, 1540, Finish.REPETITION, 90), Try(0.3, 1540, Finish.FAILED, 4, "Cut."))
    made = json.loads(
        "".join(result_json(DOCUMENT, "u", "m", [replace(page(1), attempts=2, chosen_try=1, tries=tries)]))
    )
    jsonschema.validate(made, json.loads(SCHEMA.read_text()))
    assert made["pages"][0]["kept"] == 1
    assert made["pages"][0]["tries"] == [
        {"temperature": 0.2, "longest_side": 1540, "finish": "repetition", "tokens": 90, "error": None},
        {"temperature": 0.3, "longest_side": 1540, "finish": "failed", "tokens": 4, "error": "Cut."},
    ]


def test_results_schema_rejects_another_shape() -> None:
    """The schema holds: a result with a field more or a box of three corners is none."""
    for path, value in (("model", 1), ("box", [1, 2, 3])):
        result = json.loads("".join(result_json(DOCUMENT, "http://h/v1", "m", PAGES)))
        if path == "model":
            result["server"]["extra"] = value
        else:
            result["pages"][0]["regions"][0]["box"] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(result, json.loads(SCHEMA.read_text()))


@pytest.mark.parametrize(
    ("finish", "markdown", "says"),
    [
        (Finish.STOP, "Text", ""),
        (Finish.STOP, " ", "Page 2 has no text."),
        (Finish.LENGTH, "Text", "cut at the token limit: the text is partial"),
        (Finish.REPETITION, "Text", "repeat"),
        (Finish.CANCELLED, "Text", "Page 2 was stopped"),
        (Finish.FAILED, "", "Page 2 could not be read. Cut."),
        (Finish.FAILED, "Text", "Page 2 could not be read to its end. Cut."),
    ],
)
def test_results_notice(finish: Finish, markdown: str, says: str) -> None:
    """A reader is told when a page is not what it should be."""
    words = notice(replace(page(2, finish, "Cut."), markdown=markdown))
    assert says in words and bool(says) == bool(words)


def test_results_json_is_laid_out_as_a_whole() -> None:
    """Written page by page, it is what one call of json.dumps would have written."""
    text = "".join(result_json(DOCUMENT, "http://h/v1", "m", [replace(page(1), markdown="a\n  b\u2028"), page(3)]))
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"


def test_results_never_tell_a_password() -> None:
    """What stands before the @ of a server's address is not for those who are given the results."""
    result = json.loads("".join(result_json(DOCUMENT, "https://me:secret@h:8000/v1", "m", PAGES)))
    assert result["server"]["url"] == "https://h:8000/v1"
