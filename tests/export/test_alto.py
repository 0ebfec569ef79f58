"""alto.py: what the schema of ALTO 4.3 asks for, and the words in their order."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from alto_tools import alto_tools

from ocr.export.alto import NAMESPACE, document_alto
from tests.export.placed_papers import placed_results

NAMES = {"": NAMESPACE}


def written() -> ET.Element:
    return ET.fromstring("".join(document_alto(placed_results())))


def test_alto_words_in_order() -> None:
    """Each line is its strings with spaces between them; those of a script without spaces have none."""
    lines = [
        "".join(" " if part.tag.endswith("}SP") else part.get("CONTENT", "") for part in line)
        for line in written().iterfind(".//TextLine", NAMES)
    ]
    assert lines[:2] == ["Running head", "A Title & <more>"]
    assert "日本語の文章です。" in lines and "שלום עולם טוב" in lines
    assert lines[-2:] == ["One line.", "Another."]


def test_alto_structure() -> None:
    """Sections in the schema's order, unique identifiers, references that lead somewhere, places within the page."""
    root = written()
    assert [child.tag.partition("}")[2] for child in root] == ["Description", "Tags", "Layout"]
    assert [child.tag.partition("}")[2] for child in root.find("Description/Processing", NAMES) or ()] == [
        "processingCategory", "processingDateTime", "processingStepSettings", "processingSoftware",
    ]  # fmt: skip
    identifiers = [one.get("ID") for one in root.iter() if one.get("ID")]
    assert len(identifiers) == len(set(identifiers))
    referred = {one.get(name) for one in root.iter() for name in ("TAGREFS", "PROCESSINGREFS") if one.get(name)}
    assert referred <= set(identifiers)
    pages = root.findall("Layout/Page", NAMES)
    assert [page.get("PHYSICAL_IMG_NR") for page in pages] == ["1", "3", "4"]
    for one in pages[0].iter():
        if one.get("HPOS"):
            left, top, width, height = (int(one.get(name, "")) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
            assert width > 0 and height > 0 and left + width <= 1089 and top + height <= 1540


def test_alto_labels() -> None:
    """Blocks refer to the model's labels; a picture is an illustration."""
    root = written()
    labels = {tag.get("ID"): tag.get("LABEL") for tag in root.iterfind("Tags/LayoutTag", NAMES)}
    blocks = root.find("Layout/Page/PrintSpace", NAMES)
    assert blocks is not None
    assert [labels[block.get("TAGREFS")] for block in blocks][:4] == ["header", "title", "text", "image"]
    assert [block.tag.partition("}")[2] for block in blocks][2:4] == ["TextBlock", "Illustration"]


def test_alto_read_by_another_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """alto-tools of the Berlin State Library finds the lines, the pictures and the confidence."""
    path = tmp_path / "a.xml"
    path.write_text("".join(document_alto(placed_results())), encoding="utf-8")
    with path.open(encoding="utf-8") as file:
        parsed = alto_tools.alto_parse(file)
    alto_tools.alto_text(*parsed[1:])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line]
    assert lines[:2] == ["Running head", "A Title & <more>"]
    assert lines[-2:] == ["One line.", "Another."]
    alto_tools.alto_illustrations(*parsed)
    assert capsys.readouterr().out.count("Illustration:") == 1
