"""ALTO 4: pages as libraries and archives keep them (https://www.loc.gov/standards/alto/)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import ocr
from ocr.export.placed_page import PlacedBlock, PlacedLine, PlacedPage, xml_text
from ocr.export.placed_words import placed_page
from ocr.export.results import Results
from ocr.page_words import PreciseBox
from ocr.parsing.figures import PICTURE_LABELS, rule

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-3.xsd"
VERSION = "4.3"


def document_alto(results: Results) -> Iterator[str]:
    """The pages read, with their words in the model's order, which is that of the elements; page by page.

    Layout labels are tags to which blocks refer; `WC` is there where the word's place was measured.
    """
    labels = {"text": "LABEL1"}
    for page in results.pages:
        for region in page.regions:
            labels.setdefault(region.label, f"LABEL{len(labels) + 1}")
    yield f"""<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="{NAMESPACE} {SCHEMA}" SCHEMAVERSION="{VERSION}">
"""
    yield _text(_description(results))
    tags = ET.Element("Tags")
    for label, identifier in labels.items():
        ET.SubElement(tags, "LayoutTag", ID=identifier, LABEL=xml_text(label), TYPE="layout")
    yield _text(tags)
    yield "<Layout>\n"
    for page in results.pages:
        yield _text(_page(placed_page(page), labels))
    yield "</Layout>\n</alto>\n"


def _text(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode") + "\n"


def _description(results: Results) -> ET.Element:
    description = ET.Element("Description")
    ET.SubElement(description, "MeasurementUnit").text = "pixel"
    source = ET.SubElement(description, "sourceImageInformation")
    ET.SubElement(source, "fileName").text = xml_text(results.document.name)
    identifier = ET.SubElement(source, "fileIdentifier", fileIdentifierLocation="SHA-256")
    identifier.text = results.document.sha256
    step = ET.SubElement(description, "Processing", ID="READ")
    ET.SubElement(step, "processingCategory").text = "contentGeneration"
    ET.SubElement(step, "processingDateTime").text = datetime.now(UTC).isoformat(timespec="seconds")
    ET.SubElement(step, "processingStepSettings").text = xml_text(results.model)
    software = ET.SubElement(step, "processingSoftware")
    ET.SubElement(software, "softwareName").text = "Pagelight"
    ET.SubElement(software, "softwareVersion").text = ocr.__version__
    return description


def _page(page: PlacedPage, labels: dict[str, str]) -> ET.Element:
    size = {"WIDTH": str(page.width), "HEIGHT": str(page.height)}
    number = str(page.number)
    known = {"ID": f"PAGE{number}", "PHYSICAL_IMG_NR": number, "PROCESSINGREFS": "READ"}
    element = ET.Element("Page", known | size)
    space = ET.SubElement(element, "PrintSpace", {"HPOS": "0", "VPOS": "0"} | size)
    for at, block in enumerate(page.blocks, start=1):
        _block(space, page, block, f"PAGE{number}_BLOCK{at}").set("TAGREFS", labels[block.label])
    return element


def _block(space: ET.Element, page: PlacedPage, block: PlacedBlock, identifier: str) -> ET.Element:
    place = {"ID": identifier, **_place(page, block.box)}
    if rule(block.label) in PICTURE_LABELS and not block.lines:
        return ET.SubElement(space, "Illustration", place)
    element = ET.SubElement(space, "TextBlock", place)
    for at, line in enumerate(block.lines, start=1):
        _line(
            ET.SubElement(element, "TextLine", {"ID": f"{identifier}_LINE{at}", **_place(page, line.box)}), page, line
        )
    return element


def _line(element: ET.Element, page: PlacedPage, line: PlacedLine) -> None:
    for at, word in enumerate(line.words):
        if at and not word.joined:
            ET.SubElement(element, "SP")
        attributes = {"CONTENT": word.text, **_place(page, word.box)}
        if word.confidence is not None:
            attributes["WC"] = f"{word.confidence:.2f}"
        ET.SubElement(element, "String", attributes)


def _place(page: PlacedPage, box: PreciseBox) -> dict[str, str]:
    left, top, right, bottom = page.pixels(box)
    return {"HPOS": str(left), "VPOS": str(top), "WIDTH": str(right - left), "HEIGHT": str(bottom - top)}
