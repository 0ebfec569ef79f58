"""`ReadRequest`: which pages to read, with which model and options; used by flags, forms, API and library."""

from dataclasses import dataclass

from ocr.config.arguments import parse_photos, parse_positive, parse_share, parse_switch, setting
from ocr.photo_sheets import PhotoMode


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Which pages to read, and how to ask for them; None or an empty text leaves it to the model and the server.

    Each field but `rotation` is the flag `--field-name` and the variable `OCR_FIELD_NAME`.
    """

    model: str = setting("", "the model to ask for; else the server's first", "ID")
    pages: str = setting("", "page range, as 1,3-5,8-; else all", "RANGE", only="cli")
    password: str = setting("", "opens encrypted PDFs", "P", only="cli", repr=False)
    layout: bool | None = setting(None, "ask for layout blocks; on where the model family has them", "", parse_switch)
    longest_side: int | None = setting(None, "pixels of a page's longer side; else the family's", "PX", parse_positive)
    temperature: float | None = setting(None, "else the family's", "T", parse_share(2.0))
    top_p: float | None = setting(None, "else the family's", "P", parse_share(1.0))
    max_tokens: int | None = setting(
        None, "tokens of a page's answer; else all that the context holds", "N", parse_positive
    )
    headers: bool = setting(False, "keep headers, footers and page numbers in the text", "", parse_switch)
    auto_rotate: bool = setting(
        False, "turn pages upright that lie on their side; takes 0.25 s a page", "", parse_switch
    )
    photos: PhotoMode = setting(
        PhotoMode.AUTO,
        "straighten the sheet in photos and even its light: auto (in files from a camera), on (in all pictures), off",
        "WHEN",
        parse_photos,
    )
    verify: bool = setting(
        False,
        "compare each page's text with the words that stand on the page, from the PDF's own text or by Tesseract",
        "",
        parse_switch,
        only="cli",
    )
    trust_ocr_layer: bool = setting(
        False,
        "with --verify: compare scans with the text that an OCR program put behind them",
        "",
        parse_switch,
        only="cli",
    )
    rotation: int = 0
    """Degrees clockwise by which pages are turned: 0, 90, 180 or 270."""
