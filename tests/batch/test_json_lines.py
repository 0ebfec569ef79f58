"""json_lines.py: documents as base64 in a column."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from ocr.batch.sources import fetched, find_documents
from ocr.errors import DocumentError
from tests.batch.made_sources import contents, pdf


def test_json_lines(tmp_path: Path) -> None:
    """Base64 in a column, by a line's offset; lines that hold none have a reason when they are read."""
    encoded = base64.b64encode(pdf("a")).decode()
    lines = [
        {"id": 1, "pdf": encoded}, {"id": 2, "pdf": {"bytes": encoded}},
        {"pdf": f"data:application/pdf;base64,{encoded}"}, {"pdf": None}, {"id": 5},
    ]  # fmt: skip
    source = tmp_path / "data.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    read = contents(source, tmp_path)
    assert read == {f"data.jsonl/{number:08}": pdf("a") if number < 3 else b"" for number in range(5)}
    with source.open("a") as file:
        file.write('not json\n{"pdf": "ä"}\n')
    *_, broken, wrong = find_documents(str(source))
    for document in (broken, wrong):
        with pytest.raises(DocumentError), fetched(document, tmp_path):
            pass
