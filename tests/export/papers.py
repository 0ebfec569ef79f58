"""What has been read of a document, for the tests."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from ocr.export import Results
from ocr.types import Document, Finish, PageResult

DOCUMENT = Document(Path("/tmp/a b.pdf"), "a <b>.pdf", "application/pdf", 5, "0" * 64)
TEXT = """# A *title*

Let $x^2 < 3$ cost $5.

$$
\\frac{a}{b}
$$

<table><thead><tr><th colspan="2">Park</th></tr></thead>
<tbody><tr><td rowspan="2">East</td><td>$m_1$</td></tr><tr><td>7</td></tr></tbody></table>

![a lamp](figures/page-1-1.png)
"""


def png() -> bytes:
    """A red dot."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


def page(number: int, markdown: str, finish: Finish = Finish.STOP, error: str | None = None) -> PageResult:
    return PageResult(number, 1089, 1540, markdown, markdown, (), finish, error, 1, 5, 0.25)


def results(folder: Path) -> Results:
    """Five pages: a whole one with everything in it, a cut, an empty, a failed and a hostile one; and a figure."""
    lamp = folder / "lamp.png"
    lamp.write_bytes(png())
    pages = [
        page(1, TEXT),
        page(2, "Half a page", Finish.LENGTH),
        page(3, ""),
        page(4, "", Finish.FAILED, "The server broke off. Read it again."),
        page(
            5,
            "<script>alert(1)</script> ![x](/etc/passwd) <img src=http://e.invalid/a.png> "
            "![stolen](figures/page-1-1.png)",
        ),
    ]
    return Results(DOCUMENT, "http://h/v1", "m<odel>", pages, {"figures/page-1-1.png": lamp})
