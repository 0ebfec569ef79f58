"""Documents written from merged rows: `documents/<id>/document.md` and the other formats, as the command line does.

Where a run did not keep pictures, or one is not there any more, its name stands in brackets.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import pyarrow.parquet as pq

from ocr.batch.figure_files import is_figure_file
from ocr.batch.storage import Folder
from ocr.batch.storage_errors import reading, writing
from ocr.errors import NoSuchFile
from ocr.export import Format, PackedPages, Results, file_name
from ocr.export.formats import content
from ocr.filenames import printable, safe_name, same_on_disk
from ocr.page_words import Finding, FindingKind, PageCheck, WordSource
from ocr.parsing.cut_text import CutText
from ocr.parsing.figures import is_figure_name, markup_of_missing, without_missing
from ocr.photo_sheets import SheetCorners
from ocr.result_formats import FORMATS_BESIDE_FIGURES
from ocr.types import Box, Document, Finish, PageResult, Region, TextBlock, Try

Row = Mapping[str, Any]

BATCH_ROWS = 64
"""Rows in memory at once, besides the compressed ones of the document at hand."""


def page_result(row: Row) -> PageResult:
    """The result that a row was made of, without the places of its words."""
    return PageResult(
        number=row["page"],
        width=row["width"],
        height=row["height"],
        markdown=row["markdown"],
        raw=row["raw"],
        regions=tuple(Region(one["label"], Box(*one["box"]), one["text"]) for one in row["regions"]),
        finish=Finish(row["finish"]),
        error=row["error"],
        attempts=row["attempts"],
        tokens=row["tokens"],
        seconds=row["seconds"],
        blocks=tuple(
            TextBlock(row["markdown"][one["start"] : one["end"]], tuple(one["regions"])) for one in row["blocks"]
        ),
        tries=tuple(Try(**{**one, "finish": Finish(one["finish"])}) for one in row["tries"]),
        chosen_try=row["kept"],
        rotation=row["rotation"],
        corners=SheetCorners.of(row["corners"]) if row["corners"] else None,
        cached=row["cached"],
        server=row["server"],
        answered_by=row["answered_by"],
        missing_fonts=tuple(row["missing_fonts"]),
        check=row["check"] and _check(row["check"]),
    )


def _check(value: Mapping[str, Any]) -> PageCheck:
    findings = (
        Finding(**{**one, "kind": FindingKind(one["kind"]), "boxes": tuple(map(tuple, one["boxes"]))})
        for one in value["findings"]
    )
    source = value["source"] and WordSource(value["source"])
    return PageCheck(**{**value, "source": source, "findings": tuple(findings)})


def without_missing_figures(page: PageResult, there: Container[str]) -> PageResult:
    """The page with each figure that is not in `there` named in brackets, and the offsets in its text as they are then.

    `there` are names of figures in the Markdown.
    """
    cut = CutText(page.markdown, markup_of_missing(page.markdown, there))
    findings = (
        replace(
            one,
            text=without_missing(one.text, there),
            page_text=without_missing(one.page_text, there),
            start=cut.offset(one.start),
            end=cut.offset(one.end),
        )
        for one in (page.check.findings if page.check else ())
    )
    return replace(
        page,
        markdown=cut.text,
        blocks=tuple(replace(one, markdown=without_missing(one.markdown, there)) for one in page.blocks),
        check=page.check and replace(page.check, findings=tuple(findings)),
    )


def write_documents(
    folder: Folder, files: Sequence[str], formats: Collection[str], progress: Callable[[int], None] = lambda done: None
) -> None:
    """Write a folder for each document of merged files, below `documents/` as the document lies below the source."""
    taken: set[str] = set()
    rows = itertools.chain.from_iterable(_rows(folder, name) for name in files)
    for done, (id, pages) in enumerate(itertools.groupby(rows, lambda row: row["id"]), 1):
        place = f"documents/{_place(id, taken)}"
        with ExitStack() as copies:
            results = _results(pages, _FigureSource(folder, copies))
            for form in map(Format, formats):
                with folder.create(f"{place}/{file_name(form)}") as file:
                    file.writelines(content(results, form))
            for name, path in results.figures.items() if FORMATS_BESIDE_FIGURES.intersection(formats) else ():
                with reading(str(path)):
                    data = path.read_bytes()
                folder.write(f"{place}/{name}", data)
        progress(done)


class _FigureSource:
    """The figures of a document as files of this machine; those of a TARGET elsewhere are copied."""

    def __init__(self, folder: Folder, copies: ExitStack) -> None:
        """`copies` deletes what was copied."""
        self._folder, self._copies = folder, copies
        self.paths: dict[str, Path] = {}
        """Name in the Markdown → the file."""

    @cached_property
    def _scratch(self) -> Path:
        with writing(gettempdir()):
            made = TemporaryDirectory(prefix="pagelight-", ignore_cleanup_errors=True)
        return Path(self._copies.enter_context(made))

    def add(self, row: Row) -> None:
        """Those of a page that are there; none whose name could lead elsewhere."""
        for one in row["figures"]:
            if not (is_figure_name(one["name"]) and is_figure_file(one["file"])):
                continue
            if (path := self._path(one["file"])) is not None:
                self.paths[one["name"]] = path

    def _path(self, file: str) -> Path | None:
        if self._folder.path is not None:
            path = self._folder.path / file
            return path if path.is_file() else None
        path = self._scratch / PurePosixPath(file).name
        try:
            data = self._folder.read(file)
        except NoSuchFile:
            return None
        with writing(str(path)):
            path.write_bytes(data)
        return path


def _rows(folder: Folder, name: str) -> Iterator[Row]:
    with reading(folder.address(name)), folder.open(name) as file:
        for batch in pq.ParquetFile(file).iter_batches(BATCH_ROWS):
            yield from batch.to_pylist()


def _place(id: str, taken: set[str]) -> str:
    """The document's folder below `documents/`: its id, with what some system does not allow in a name replaced."""
    place = candidate = "/".join(map(safe_name, filter(None, id.split("/")))) or "document"
    number = 1
    while same_on_disk(candidate) in taken:
        number += 1
        candidate = f"{place}-{number}"
    taken.add(same_on_disk(candidate))
    return candidate


def _results(rows: Iterator[Row], figures: _FigureSource) -> Results:
    """All that was read of a document."""
    first = next(rows)
    pages = PackedPages()
    for row in itertools.chain([first], rows):
        page = page_result(row)
        figures.add(row)
        pages.add(without_missing_figures(page, figures.paths))
    name = printable(PurePosixPath(first["id"]).name)
    document = Document(Path(name), name, "", first["pages"], first["sha256"])
    return Results(document, first["server"], first["model"], pages, figures.paths)
