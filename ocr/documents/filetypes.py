"""Detect a file's type from its first bytes; its name is not used."""

from ocr.errors import NotADocument
from ocr.i18n import Translatable, gettext, join

HEAD_BYTES = 1024
"""Bytes that are enough; a PDF's header may stand anywhere in the first 1,024 (PDF 1.7, H.3.4.1)."""

FORMATS = gettext("Pagelight reads PDF, PNG, JPEG, WebP, TIFF, BMP, GIF, HEIC, AVIF and JPEG 2000.")

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
)

AVIF_BRANDS = frozenset({b"avif", b"avis"})
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

REFUSED: tuple[tuple[bytes, Translatable, Translatable], ...] = (
    (b"PK\x03\x04", gettext("a ZIP archive or an Office document"), gettext("Unpack it, or save it as PDF.")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", gettext("an old Office document"), gettext("Save it as PDF.")),
    (b"{\\rtf", gettext("an RTF document"), gettext("Save it as PDF.")),
    (b"%!PS", gettext("PostScript"), gettext("Convert it to PDF (`ps2pdf`).")),
    (b"\x1f\x8b", gettext("a gzip archive"), gettext("Unpack it.")),
)


def media_type_of(head: bytes, name: str) -> str:
    """The media type of a file that starts with `head`; `name` is for the message only.

    Raises:
        NotADocument: neither a PDF nor an image we know; the message says what it looks like instead.
    """
    for signature, media_type in SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if brands := _brands(head):
        if brands & AVIF_BRANDS:
            return "image/avif"
        if brands & HEIF_BRANDS:
            return "image/heic"
    if head[:2] == b"BM" and head[6:10] == bytes(4):  # two reserved words; "BM" alone may begin a text
        return "image/bmp"
    if b"%PDF-" in head[:HEAD_BYTES]:
        return "application/pdf"
    raise _refusal(head, name)


def _brands(head: bytes) -> set[bytes]:
    """What an ISO base media file says that it is (ISO/IEC 14496-12, 4.3): its major brand and the compatible ones.

    The major brand may be one that many formats share, as `mif1` is.
    """
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12]} | {head[at : at + 4] for at in range(16, end - 3, 4)}


def _refusal(head: bytes, name: str) -> NotADocument:
    for signature, looks_like, next_step in REFUSED:
        if head.startswith(signature):
            message = gettext("{name} is {what}, not a document that Pagelight can read.", name=name, what=looks_like)
            return NotADocument(message, join(" ", [next_step, FORMATS]))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return NotADocument(
            gettext("{name} is a web page, not a document.", name=name),
            "The download may have failed or required a login; download it again.",
        )
    if _is_text(head):
        nothing = gettext("It needs no text recognition.")
        return NotADocument(gettext("{name} is plain text.", name=name), join(" ", [nothing, FORMATS]))
    return NotADocument(gettext("{name} is neither a PDF nor an image in a supported format.", name=name), FORMATS)


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # otherwise just a character cut in two by the end of `head`
            return False
        text = head[: error.start].decode("utf-8")
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)
