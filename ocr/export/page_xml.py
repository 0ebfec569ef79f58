"""PAGE XML 2019, a file for each page (https://github.com/PRImA-Research-Lab/PAGE-XML)."""

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO
from xml.etree import ElementTree as ET

import ocr
from ocr.export.placed_page import PlacedBlock, PlacedLine, PlacedPage, xml_text
from ocr.export.placed_words import placed_page
from ocr.export.results import Results
from ocr.page_words import PreciseBox
from ocr.parsing.figures import CAPTION_LABELS, rule

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"

_REGIONS = {
    "image": "ImageRegion",
    "figure": "ImageRegion",
    "header_image": "ImageRegion",
    "footer_image": "ImageRegion",
    "chart": "ChartRegion",
    "table": "TableRegion",
    "formula": "MathsRegion",
}
"""Layout label → the region of PAGE, where it is another than `TextRegion`."""

_TEXT_TYPES = dict.fromkeys(CAPTION_LABELS, "caption") | {
    "title": "heading",
    "section": "heading",
    "header": "header",
    "page_header": "header",
    "footer": "footer",
    "page_footer": "footer",
    "page_number": "page-number",
    "footnote": "footnote",
}
"""Layout label → the type of a text region, where it is another than `paragraph`."""


def write_page_xml(target: IO[bytes], results: Results) -> None:
    """Write a zip with a file for each page read, `page-0001.xml`, as the format wants it.

    Regions are in the model's order, and keep their layout label as `custom`.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for page in results.pages:
            archive.writestr(f"page-{page.number:04}.xml", "".join(_document(placed_page(page), results)))


def _document(page: PlacedPage, results: Results) -> Iterator[str]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    root = ET.Element("PcGts", xmlns=NAMESPACE)
    metadata = ET.SubElement(root, "Metadata")
    ET.SubElement(metadata, "Creator").text = f"Pagelight {ocr.__version__}"
    ET.SubElement(metadata, "Created").text = ET.SubElement(metadata, "LastChange").text = now
    item = {"type": "processingStep", "name": "recognition", "value": xml_text(results.model), "date": now}
    ET.SubElement(metadata, "MetadataItem", item)
    image = {"imageFilename": xml_text(results.document.name)}
    size = {"imageWidth": str(page.width), "imageHeight": str(page.height)}
    sheet = ET.SubElement(root, "Page", image | size)
    if page.blocks:
        order = ET.SubElement(ET.SubElement(sheet, "ReadingOrder"), "OrderedGroup", id="order")
        for at in range(len(page.blocks)):
            ET.SubElement(order, "RegionRefIndexed", index=str(at), regionRef=f"r{at + 1}")
    for at, block in enumerate(page.blocks, start=1):
        _region(sheet, page, block, f"r{at}")
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield ET.tostring(root, encoding="unicode")
    yield "\n"


def _region(parent: ET.Element, page: PlacedPage, block: PlacedBlock, identifier: str) -> None:
    label = rule(block.label)
    kind = _REGIONS.get(label, "TextRegion")
    if kind == "TextRegion":
        _text_region(parent, page, block, identifier, _TEXT_TYPES.get(label, "paragraph"))
        return
    region = ET.SubElement(parent, kind, id=identifier, custom=_custom(block.label))
    _coords(region, page, block.box)
    if block.lines:  # tables and formulas hold their words in a region of text
        _text_region(region, page, block, f"{identifier}t", "other")


def _text_region(parent: ET.Element, page: PlacedPage, block: PlacedBlock, identifier: str, kind: str) -> None:
    region = ET.SubElement(parent, "TextRegion", id=identifier, type=kind, custom=_custom(block.label))
    _coords(region, page, block.box)
    for at, line in enumerate(block.lines, start=1):
        _line(ET.SubElement(region, "TextLine", id=f"{identifier}l{at}"), page, line, f"{identifier}l{at}")
    _equivalent(region, "\n".join(line.text for line in block.lines))


def _custom(label: str) -> str:
    """In the notation of Transkribus and eScriptorium; what has a meaning in it is left out of the label."""
    return f"structure {{type:{xml_text(label).translate(str.maketrans('', '', '{}:;'))};}}"


def _line(element: ET.Element, page: PlacedPage, line: PlacedLine, identifier: str) -> None:
    _coords(element, page, line.box)
    for at, word in enumerate(line.words, start=1):
        one = ET.SubElement(element, "Word", id=f"{identifier}w{at}")
        _coords(one, page, word.box)
        _equivalent(one, word.text, word.confidence)
    _equivalent(element, line.text)


def _coords(element: ET.Element, page: PlacedPage, box: PreciseBox) -> None:
    left, top, right, bottom = page.pixels(box)
    ET.SubElement(element, "Coords", points=f"{left},{top} {right},{top} {right},{bottom} {left},{bottom}")


def _equivalent(element: ET.Element, text: str, confidence: float | None = None) -> None:
    sure = {} if confidence is None else {"conf": f"{confidence:.2f}"}
    ET.SubElement(ET.SubElement(element, "TextEquiv", sure), "Unicode").text = text
