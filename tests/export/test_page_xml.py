"""page_xml.py: a file for each page, as the schema of PAGE 2019 asks for it."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree as ET

from ocr.export.page_xml import NAMESPACE, write_page_xml
from tests.export.placed_papers import placed_results

NAMES = {"": NAMESPACE}


def written() -> dict[str, ET.Element]:
    buffer = io.BytesIO()
    write_page_xml(buffer, placed_results())
    with zipfile.ZipFile(buffer) as archive:
        return {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}


def kind(element: ET.Element) -> str:
    return element.tag.partition("}")[2]


def test_page_xml_a_file_for_each_page() -> None:
    assert list(written()) == ["page-0001.xml", "page-0003.xml", "page-0004.xml"]


def test_page_xml_reading_order() -> None:
    """Following it gives the model's text; a page without regions has none, as the schema wants."""
    pages = written()
    page = pages["page-0001.xml"]
    order = page.findall("Page/ReadingOrder/OrderedGroup/RegionRefIndexed", NAMES)
    assert [one.get("index") for one in order] == [str(at) for at in range(10)]
    regions = {one.get("id"): one for one in page.iter() if one.get("id")}
    texts = [regions[one.get("regionRef")].findtext(".//TextLine/TextEquiv/Unicode", namespaces=NAMES) for one in order]
    assert texts[:2] == ["Running head", "A Title & <more>"]
    assert (texts[5], texts[8]) == ("East 7", "שלום עולם טוב")
    assert pages["page-0003.xml"].find("Page/ReadingOrder", NAMES) is None


def test_page_xml_regions() -> None:
    """Labels become the regions and the types of the format, and are kept in the usual notation as well."""
    sheet = written()["page-0001.xml"].find("Page", NAMES)
    assert sheet is not None
    regions = [(kind(one), one.get("type"), one.get("custom")) for one in sheet if one.get("id")]
    assert regions[:4] == [
        ("TextRegion", "header", "structure {type:header;}"),
        ("TextRegion", "heading", "structure {type:title;}"),
        ("TextRegion", "paragraph", "structure {type:text;}"),
        ("ImageRegion", None, "structure {type:image;}"),
    ]
    assert [one[0] for one in regions[5:7]] == ["TableRegion", "MathsRegion"]
    assert [one.tag for one in sheet.iterfind("TableRegion/TextRegion", NAMES)]


def test_page_xml_structure() -> None:
    """Children in the schema's order, unique identifiers, and points within the page."""
    for root in written().values():
        identifiers = [one.get("id") for one in root.iter() if one.get("id")]
        assert len(identifiers) == len(set(identifiers))
        assert [kind(child) for child in root] == ["Metadata", "Page"]
        for one in root.iter():
            if kind(one) in ("TextRegion", "TextLine", "Word"):
                assert kind(one[0]) == "Coords" and kind(one[-1]) == "TextEquiv"
            if kind(one) == "Coords":
                assert re.fullmatch(r"(\d+,\d+ ){3}\d+,\d+", one.get("points", ""))
