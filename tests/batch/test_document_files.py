from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocr.batch.document_files import page_result, write_documents
from ocr.batch.manifest import ManifestEntry
from ocr.batch.merge import main, merge
from ocr.batch.rows import ReadBy, page_row
from ocr.config.arguments import ROW_FORMATS
from ocr.export import Format, Results, file_name
from ocr.export.formats import content
from ocr.photo_sheets import SheetCorners
from ocr.types import Box, Document, Finish, PageResult, Region, TextBlock, Try
from tests.batch.made_target import Target, made_row
from tests.batch.s3_server import S3Server

WHOLE = PageResult(
    number=2, width=1092, height=1540, markdown="# Title\n\nText", raw="# Title\n\nText<|box|>", error=None, attempts=2,
    regions=(Region("title", Box(1, 2, 300, 400), "Title"), Region("image", Box(0, 0, 1000, 1000))),
    blocks=(TextBlock("# Title", (0,)), TextBlock("Text")),
    finish=Finish.LENGTH, tokens=12, seconds=1.25, chosen_try=2, rotation=270, cached=True,
    tries=(Try(0.0, 1540, Finish.FAILED, 3, "broken off"), Try(0.25, 1288, Finish.LENGTH, 12)),
    server="http://127.0.0.1:8000", answered_by="another/model", missing_fonts=("Symbol", "Ärial"),
    corners=SheetCorners.of([[1, 2], [900, 3], [901.5, 950], [0, 1000]]),
)  # fmt: skip
FAILED = PageResult(
    number=1, width=0, height=0, markdown="", raw="", error="It is damaged.", attempts=0, regions=(),
    finish=Finish.FAILED, tokens=0, seconds=0.0,
)  # fmt: skip
READ_BY = ReadBy("lightonai/LightOnOCR-2-1B", None, None, "LightOnOCR-2")


def stored(target: Target, result: PageResult, id: str = "a/b.pdf", pages: int = 3) -> dict[str, Any]:
    """The row of a page as it comes back from a part."""
    entry = ManifestEntry(0, id, f"/in/{id}", 1)
    name = id.rpartition("/")[2]
    document = Document(Path(name), name, "application/pdf", pages, "ab" * 32)
    (row,) = target.table(target.part(0, [page_row(entry, document, result, READ_BY)])).to_pylist()
    return row


@pytest.mark.parametrize("result", [WHOLE, FAILED], ids=["whole", "failed"])
def test_a_row_gives_back_the_page(tmp_path: Path, result: PageResult) -> None:
    assert page_result(stored(Target(tmp_path), result)) == result


def test_what_the_model_placed_stands_there_in_the_files(tmp_path: Path) -> None:
    """Each block within its region, as in the files that the command line writes."""
    target = Target(tmp_path)
    target.manifest((0, "a/b.pdf", 1))
    stored(target, WHOLE, pages=2)
    merge(target.folder, ["hocr", "alto", "page"], partial=True)
    document = Document(Path("b.pdf"), "b.pdf", "", 2, "ab" * 32)
    results = Results(document, WHOLE.server, READ_BY.model, [WHOLE])
    for form in (Format.HOCR, Format.ALTO):
        written = target.folder.read(f"documents/a/b.pdf/{file_name(form)}").decode()
        assert written == b"".join(content(results, form)).decode()
    assert "bbox 1 3 328 616" in target.folder.read("documents/a/b.pdf/document.hocr").decode()


@pytest.mark.parametrize("place", ["local", "s3"])
def test_documents_are_written_where_they_lay(request: pytest.FixtureRequest, tmp_path: Path, place: str) -> None:
    s3: S3Server | None = request.getfixturevalue("s3") if place == "s3" else None
    target = Target(f"s3://{s3.bucket()}/out" if s3 else tmp_path)
    target.manifest((0, "a/b.pdf", 1), (0, "a/b.png", 1), (0, "b.pdf", 1))
    for number in (1, 2, 3):
        stored(target, replace(WHOLE, number=number, markdown=f"Page {number}"))
    stored(target, replace(WHOLE, number=1, markdown="Picture"), "a/b.png", 1)
    stored(target, replace(FAILED, number=1), "b.pdf", 1)
    merge(target.folder, ["md", "json", "html", "txt"])
    folders = ("a/b.pdf", "a/b.png", "b.pdf")
    files = ("document.html", "document.md", "document.txt", "result.json")
    assert target.folder.names("documents/") == [f"documents/{one}/{name}" for one in folders for name in files]
    markdown = target.folder.read("documents/a/b.pdf/document.md").decode()
    assert [markdown.index(f"Page {number}") for number in (1, 2, 3)] == sorted(
        markdown.index(f"Page {number}") for number in (1, 2, 3)
    )
    result = json.loads(target.folder.read("documents/a/b.pdf/result.json"))
    assert result["document"] == {"name": "b.pdf", "sha256": "ab" * 32, "pages": 3}
    assert result["server"] == {"url": "http://127.0.0.1:8000", "model": READ_BY.model}
    assert [page["number"] for page in result["pages"]] == [1, 2, 3]


def test_a_document_may_go_on_in_the_next_file(tmp_path: Path) -> None:
    target = Target(tmp_path)
    names = [target.part(0, [made_row("a.pdf", page, 2)]) for page in (1, 2)]
    write_documents(target.folder, names, ["md"])
    text = target.folder.read("documents/a.pdf/document.md").decode()
    assert "page 1." in text and "page 2." in text


def test_ids_that_no_folder_can_have_and_that_are_alike_on_some_disk(tmp_path: Path) -> None:
    target = Target(tmp_path)
    ids = ["../../etc/x.pdf", "/etc/x.pdf", "A.pdf", "a.pdf", "con", "http://host/a?b=1", "n" * 400, "a\x00b"]
    part = target.part(0, [made_row(id, 1) for id in ids])
    write_documents(target.folder, [part], ["md"])
    written = target.folder.names("documents/")
    assert len({name.casefold() for name in written}) == len(ids)
    texts = [target.folder.read(name).decode() for name in written]
    assert sum("Text of A.pdf" in text for text in texts) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"documents", "pages", "run.json"}


def test_documents_that_could_not_be_opened_have_no_folder(tmp_path: Path) -> None:
    target = Target(tmp_path)
    target.manifest((0, "a.pdf", 1), (0, "b.pdf", 1))
    target.part(0, [made_row("a.pdf", 0, 0), made_row("b.pdf", 1)])
    target.complete(0)
    merge(target.folder, ["md"])
    assert target.folder.names("documents/") == ["documents/b.pdf/document.md"]


def test_no_text_names_a_picture_that_is_not_there(tmp_path: Path) -> None:
    target = Target(tmp_path)
    part = target.part(0, [made_row("a.pdf", 1, markdown="![Figure 1. A cat](figures/page-1-1.png)")])
    write_documents(target.folder, [part], ["md"])
    assert "[Figure 1. A cat]" in (text := target.folder.read("documents/a.pdf/document.md").decode())
    assert "figures/" not in text


def test_findings_lead_to_their_words_where_pictures_are_missing(tmp_path: Path) -> None:
    """Whether they stand before, after or around a picture, or in what is written below it."""
    markdown = "One ![A cat](figures/page-1-1.png) two ![A dog](figures/page-1-2.png) three"
    texts = ["One", "A cat", "two", markdown[4:-6], "three", "", markdown]
    spans = [(markdown.index(text), markdown.index(text) + len(text)) for text in texts]
    spans[5] = (len(markdown), len(markdown))
    findings = [
        {"kind": "moved", "text": text, "page_text": text, "start": start, "end": end, "boxes": [], "weak": False}
        for text, (start, end) in zip(texts, spans, strict=True)
    ]
    check = {"source": "tesseract", "page_words": 9, "found": 9, "text_words": 9, "supported": 9, "set_aside": 0,
             "note": "", "findings": findings}  # fmt: skip
    target = Target(tmp_path)
    target.folder.write("figures/ab/d06.png", b"picture")
    kept = [{"name": "figures/page-1-2.png", "file": "figures/ab/d06.png"}]
    part = target.part(0, [made_row("a.pdf", 1, markdown=markdown, figures=kept, check=check)])
    write_documents(target.folder, [part], ["json"])
    (page,) = json.loads(target.folder.read("documents/a.pdf/result.json"))["pages"]
    found = page["check"]["findings"]
    assert [page["markdown"][one["start"] : one["end"]] for one in found] == [one["text"] for one in found]
    assert "words" not in page, "rows have no places of words"
    assert [one["text"] for one in found][:3] == ["One", "A cat", "two"]
    assert found[-1]["text"] == page["markdown"] == "One [A cat] two ![A dog](figures/page-1-2.png) three"


def test_every_format_can_be_made_of_rows_but_the_searchable_pdf(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = Target(tmp_path)
    target.manifest((0, "a/b.pdf", 1))
    stored(target, replace(WHOLE, number=1), pages=1)
    target.complete(0)
    assert main([target.folder.url, "--quiet", "--formats", ",".join(ROW_FORMATS)]) == 0
    written = target.folder.names("documents/a/b.pdf/")
    assert len(written) == len(ROW_FORMATS) == len(Format) - 1
    assert all(target.folder.read(name) for name in written)
    with pytest.raises(SystemExit):
        main([target.folder.url, "--formats", "md,pdf"])
    assert "pdf" in capsys.readouterr().err
