"""hocr.py: XHTML that OCRmyPDF's reader of hOCR takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from ocrmypdf.hocrtransform import HocrParser, OcrElement

from ocr.export.hocr import CAPABILITIES, document_hocr
from tests.export.placed_papers import placed_results

XHTML = "{http://www.w3.org/1999/xhtml}"


def read_by_ocrmypdf(text: str, path: Path) -> OcrElement:
    path.write_text(text)
    return HocrParser(path).parse()


def test_hocr_is_read_by_ocrmypdf(tmp_path: Path) -> None:
    """The words in the model's order, within the page, with the classes of their lines and their direction."""
    page = read_by_ocrmypdf("".join(document_hocr(placed_results())), tmp_path / "a.hocr")
    assert page.bbox and (page.bbox.width, page.bbox.height, page.page_number) == (1089, 1540, 0)
    text = " ".join(word.text for word in page.words)
    assert text.startswith("Running head A Title & <more> The first paragraph of x^2 text that goes on for several")
    assert text.endswith("שלום עולם טוב 7")
    kinds = [line.ocr_class for line in page.lines]
    assert (kinds[0], kinds[-1], kinds.count("ocr_caption")) == ("ocr_header", "ocr_footer", 1)
    assert [one.direction for one in page.paragraphs].count("rtl") == 1
    assert all(word.bbox and 0 <= word.bbox.left < word.bbox.right <= 1089 for word in page.words)
    assert {word.confidence for word in page.words} == {None}


def test_hocr_structure() -> None:
    """Every page read is there, by its number; classes are those that the capabilities name; labels are kept."""
    root = ET.fromstring("".join(document_hocr(placed_results())))
    pages = root.findall(f".//{XHTML}div[@class='ocr_page']")
    assert [page.get("title", "").rpartition(" ")[2] for page in pages] == ["0", "2", "3"]
    assert {one.get("class") for one in root.iter() if one.get("class")} <= set(CAPABILITIES.split())
    labels = [one.get("title", "").partition("x_label ")[2] for one in pages[0].findall(f"{XHTML}div")]
    assert labels[0] == '"header"' and '"table"' in labels
    metas = {meta.get("name"): meta.get("content") for meta in root.iter(f"{XHTML}meta")}
    assert metas["ocr-number-of-pages"] == "3" and str(metas["ocr-system"]).endswith("m<o>del")


def test_hocr_hostile_names() -> None:
    """Whatever a document, a model or a label is called, it stays text."""
    results = placed_results()
    document = replace(results.document, name='"><x>\x01;\ud800')
    label = replace(results.pages.__iter__().__next__().regions[0], label='"x; bbox 0 0 1 1')  # type: ignore[attr-defined]
    page = replace(next(iter(results.pages)), regions=(label,), blocks=())
    root = ET.fromstring("".join(document_hocr(replace(results, document=document, model='"\x00', pages=[page]))))
    assert len(root.findall(f".//{XHTML}div[@class='ocr_page']")) == 1
