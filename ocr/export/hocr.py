"""hOCR 1.2: pages as XHTML whose elements say where on the page they stand (https://kba.github.io/hocr-spec/1.2/)."""

from collections.abc import Iterator
from html import escape

import ocr
from ocr.export.placed_page import PlacedBlock, PlacedLine, PlacedPage, reads_leftwards, xml_text
from ocr.export.placed_words import placed_page
from ocr.export.results import Results
from ocr.parsing.figures import CAPTION_LABELS, PICTURE_LABELS, rule

CAPABILITIES = "ocr_page ocr_carea ocr_photo ocr_par ocr_line ocr_header ocr_footer ocr_caption ocrx_word"

_LINES = dict.fromkeys(CAPTION_LABELS, "ocr_caption") | {
    "header": "ocr_header",
    "page_header": "ocr_header",
    "footer": "ocr_footer",
    "page_footer": "ocr_footer",
    "page_number": "ocr_footer",
}
"""Layout label → the class of its lines, where it is another than `ocr_line`."""


def document_hocr(results: Results) -> Iterator[str]:
    """The pages read, with their words in the model's order, page by page.

    A block keeps its layout label as `x_label`, and `x_wconf` is there where the word's place was measured.
    """
    model = xml_text(results.model)
    yield f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
<meta name="ocr-system" content="{escape(f"Pagelight {ocr.__version__} {model}".strip())}"/>
<meta name="ocr-capabilities" content="{CAPABILITIES}"/>
<meta name="ocr-number-of-pages" content="{len(results.pages)}"/>
<title>{escape(xml_text(results.document.name))}</title>
</head>
<body>
"""
    name = xml_text(results.document.name).replace('"', "'").replace(";", ",")
    for page in results.pages:
        yield from _page(placed_page(page), name)
    yield "</body>\n</html>\n"


def _page(page: PlacedPage, name: str) -> Iterator[str]:
    title = f'image "{name}"; bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}'
    yield f'<div class="ocr_page" id="page_{page.number}" title="{escape(title)}">\n'
    for at, block in enumerate(page.blocks, start=1):
        yield _block(page, block, f"{page.number}_{at}")
    yield "</div>\n"


def _block(page: PlacedPage, block: PlacedBlock, number: str) -> str:
    kind = "ocr_photo" if rule(block.label) in PICTURE_LABELS else "ocr_carea"
    title = f'{_bbox(page, block.box)}; x_label "{escape(xml_text(block.label))}"'.replace('"', "&quot;")
    lines = [_line(page, line, _LINES.get(rule(block.label), "ocr_line")) for line in block.lines]
    direction = ' dir="rtl"' if lines and reads_leftwards(block.lines[0].text) else ""
    box = _bbox(page, block.box)
    inside = f'<p class="ocr_par"{direction} title="{box}">\n{"".join(lines)}</p>\n' if lines else ""
    return f'<div class="{kind}" id="block_{number}" title="{title}">\n{inside}</div>\n'


def _line(page: PlacedPage, line: PlacedLine, kind: str) -> str:
    words = []
    for word in line.words:
        sure = "" if word.confidence is None else f"; x_wconf {round(100 * word.confidence)}"
        space = "" if word.joined else "\n"
        title = f"{_bbox(page, word.box)}{sure}"
        words.append(f'{space}<span class="ocrx_word" title="{title}">{escape(word.text)}</span>')
    return f'<span class="{kind}" title="{_bbox(page, line.box)}">{"".join(words)}</span>\n'


def _bbox(page: PlacedPage, box: tuple[float, float, float, float]) -> str:
    return "bbox " + " ".join(map(str, page.pixels(box)))
