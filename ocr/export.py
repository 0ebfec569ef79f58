"""Results as files: Markdown for reading, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from ocr.page import Document, PageResult, Region

SCHEMA = Path(__file__).with_name("result.schema.json")
"""The JSON Schema of result.json."""


def document_markdown(pages: Sequence[PageResult]) -> str:
    """The pages' Markdown, each after a comment that names it, and after what is wrong with it if something is."""
    parts = []
    for page in pages:
        notice = f" {page.finish}" if page.finish != "stop" else ""
        parts.append(f"<!-- page {page.number}{notice} -->\n\n{page.markdown}".rstrip())
    return "\n\n".join(parts) + "\n"


def result_json(document: Document, server_url: str, model: str, pages: Sequence[PageResult]) -> str:
    """The one schema of our results, described by result.schema.json."""
    result = {
        "document": {"name": document.name, "sha256": document.sha256, "pages": document.pages},
        "server": {"url": server_url, "model": model},
        "pages": [_page(page) for page in pages],
    }
    return json.dumps(result, ensure_ascii=False, indent=1) + "\n"


def write_results(
    folder: Path, document: Document, server_url: str, model: str, pages: Sequence[PageResult]
) -> tuple[Path, Path]:
    """Write `document.md` and `result.json` into `folder`, each whole or not at all; return their paths.

    Raises:
        OSError: if the folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return (
        _write(folder / "document.md", document_markdown(pages).encode()),
        _write(folder / "result.json", result_json(document, server_url, model, pages).encode()),
    )


def write_figure(folder: Path, name: str, data: bytes) -> Path:
    """Write a figure where the document's Markdown refers to it, whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return _write(path, data)


class Folders:
    """Gives each document of a run a folder named by its stem; equal stems get a number."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder that will hold the folders."""
        self._root = root
        self._taken: set[str] = set()

    def claim(self, name: str) -> Path:
        """A folder that no other document of this run has."""
        stem = PurePath(name).stem or "document"
        candidate, number = stem, 1
        while candidate.casefold() in self._taken:  # some file systems do not tell A from a
            number += 1
            candidate = f"{stem}-{number}"
        self._taken.add(candidate.casefold())
        return self._root / candidate


def _page(page: PageResult) -> dict[str, Any]:
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "markdown": page.markdown,
        "raw": page.raw,
        "regions": [_region(region) for region in page.regions],
        "finish": page.finish.value,
        "error": page.error,
        "attempts": page.attempts,
        "tokens": page.tokens,
        "seconds": page.seconds,
    }


def _region(region: Region) -> dict[str, Any]:
    return {"label": region.label, "box": region.box.as_list(), "text": region.text}


def _write(path: Path, data: bytes) -> Path:
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(data)
    return partial.replace(path)
