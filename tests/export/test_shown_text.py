"""shown_text.py: text that shows and text that does not, wherever a page has it."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from ocr.export.shown_text import shown_text
from tests.documents.papers import pdf


@pytest.mark.parametrize(
    ("content", "visible", "invisible"),
    [
        (b"0 0 9 9 re f", 0, 0),
        (b"BT /F 9 Tf (seen) Tj [(al) 20 (so)] TJ (line) ' 1 2 (quoted) \" ET", 18, 0),
        (b"BT /F 9 Tf 3 Tr (hidden) Tj 0 Tr (seen) Tj ET", 4, 6),
        (b"q BT 3 Tr (hidden) Tj ET Q BT (seen) Tj ET", 4, 6),
        (b"Q BT 3 Tr <00410042> Tj ET", 0, 4),
        (b"BT 3 Tr (hidden) Tj Tr (seen) Tj Do /x Do ET", 4, 6),
        (b"BT 3 Tr (hidden) Tj [ 0 g (left) Tj 0 Tr (seen) Tj ET", 4, 6),
        (b"BT 3 Tr (hidden) Tj " + b"9" * 400 + b" Tr (left) Tj 0 Tr (seen) Tj ET", 4, 6),
        (b"BT 3 Tr (hidden) Tj -9.5 Tr (left) Tj 8 Tr (left) Tj ET", 0, 6),
    ],
    ids=[
        "none",
        "every operator",
        "modes",
        "a mode that ends",
        "unbalanced",
        "without operands",
        "behind damage",
        "behind an endless number",
        "behind modes that are none",
    ],
)
def test_shown_text_counts(content: bytes, visible: int, invisible: int, tmp_path: Path) -> None:
    with pikepdf.open(pdf(tmp_path / "a.pdf", content)) as made:
        shown = shown_text(made.pages[0])
    assert (shown.visible, shown.invisible) == (visible, invisible)


def test_shown_text_in_forms(tmp_path: Path) -> None:
    """The mode reaches into a form, and one that draws itself ends."""
    with pikepdf.open(pdf(tmp_path / "a.pdf", b"BT 3 Tr ET /Form Do")) as made:
        form = made.make_stream(b"BT (in it) Tj ET /Form Do", Type=Name.XObject, Subtype=Name.Form)
        form.BBox = Array([0, 0, 9, 9])
        made.pages[0].Resources.XObject = Dictionary(Form=form)
        form.Resources = made.pages[0].Resources
        shown = shown_text(made.pages[0])
        shown.take_out_invisible(made)
        assert b"in it" not in form.read_bytes()
    assert (shown.visible, shown.invisible) == (0, 5)


def test_take_out_invisible(tmp_path: Path) -> None:
    """What else stands in the content stays as it is written, colours and the places of lines among them."""
    hidden = b"3 Tr (a) Tj [(b) 20 (c)] TJ (d) ' 1 2 (e) \""
    content = b"q BT 1 0 0 rg " + hidden + b" 0 Tr  (seen) Tj ET Q /Nope Do\nunknown 0 0 9 9 re f"
    with pikepdf.open(pdf(tmp_path / "a.pdf", content)) as made:
        shown_text(made.pages[0]).take_out_invisible(made)
        left = made.pages[0].Contents.read_bytes()
    assert b" ".join(left.split()) == (
        b"q BT 1 0 0 rg 3 Tr T* 1 Tw 2 Tc T* 0 Tr (seen) Tj ET Q /Nope Do unknown 0 0 9 9 re f"
    )
