"""Documents for tests, made on the spot: PDFs with pikepdf, pictures with Pillow."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Encryption, Name
from PIL import Image, ImageDraw

from ocr.types import PageImage

A4 = (595, 842)
"""Points."""


def text_page(number: int, lines: int = 40) -> bytes:
    """A content stream: black lines of Helvetica (`/F`)."""
    drawn = " ".join(f"(Page {number}, line {line}, and words to fill the line with) ' " for line in range(lines))
    return f"BT /F 11 Tf 18 TL 60 800 Td {drawn} ET".encode()


def pdf(path: Path, *contents: bytes, size: tuple[float, float] = A4, encryption: Encryption | None = None) -> Path:
    """A PDF with one page for each content stream; `/F` is a font, `/Half` a half-transparent state."""
    document = pikepdf.new()
    for content in contents:
        document.add_blank_page(page_size=size)
        page = document.pages[-1]
        page.Contents = document.make_stream(content)
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        state = Dictionary(Type=Name.ExtGState, ca=0.5)
        page.Resources = Dictionary(Font=Dictionary(F=font), ExtGState=Dictionary(Half=state))
    document.save(path, encryption=encryption)
    return path


def scan_pdf(path: Path, jpeg: bytes, pixels: tuple[int, int], size: tuple[float, float] = A4) -> Path:
    """A PDF of one page that is a JPEG from edge to edge."""
    document = pikepdf.new()
    _add_scan(document, jpeg, pixels, size)
    document.save(path)
    return path


def scan_with(path: Path, before: bytes = b"", after: bytes = b"") -> Path:
    """A scan with text that is drawn before it, or after it."""
    scan_pdf(path, jpeg(photo(300, 400)), (300, 400))
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        page = document.pages[0]
        page.Resources.Font = Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        drawn = b"q " + page.Contents.read_bytes() + b" Q"
        page.Contents = document.make_stream(before + b" " + drawn + b" " + after)
        document.save()
    return path


def mapped_to(path: Path, content: bytes, mapping: bytes) -> Path:
    """A page whose font says of its characters which ones of Unicode they are."""
    pdf(path, content)
    cmap = (
        b"/CIDInit /ProcSet findresource begin 1 begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        + mapping
        + b" endcmap end"
    )
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.pages[0].Resources.Font.F.ToUnicode = document.make_stream(cmap)
        document.save()
    return path


def scans_pdf(path: Path, pages: int) -> Path:
    """A PDF of scans, no two of them alike to PDFium, a quarter of a megabyte each."""
    document = pikepdf.new()
    sheet = jpeg(photo(600, 800))
    for _ in range(pages):
        _add_scan(document, sheet, (600, 800), A4)
    document.save(path)
    return path


def _add_scan(document: pikepdf.Pdf, jpeg: bytes, pixels: tuple[int, int], size: tuple[float, float]) -> None:
    document.add_blank_page(page_size=size)
    image = document.make_stream(jpeg)
    image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.DCTDecode
    image.Width, image.Height = pixels
    image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
    page = document.pages[-1]
    page.Resources = Dictionary(XObject=Dictionary(I=image))
    page.Contents = document.make_stream(f"{size[0]} 0 0 {size[1]} 0 0 cm /I Do".encode())


def slow_pdf(path: Path, fills: int = 100_000, pages: int = 1) -> Path:
    """Pages that are honestly slow: each a pile of half-transparent sheets, a millisecond or more for each sheet."""
    return pdf(path, *[b"/Half gs 0.9 g " + b"0 0 595 842 re f " * fills] * pages)


def crowded_pdf(path: Path, turn: int) -> Path:
    """A cropped page of half-transparent, blended, masked, tiled and shaded things, with a highlight and a field."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(300, 300))
    page = document.pages[0]
    page.CropBox, page.Rotate = Array([10.5, 20, 211, 290]), turn
    blue_to_red = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([0, 0, 1]), C1=Array([1, 0, 0]), N=1)
    shading = Dictionary(
        ShadingType=3, ColorSpace=Name.DeviceRGB, Coords=Array([80, 80, 0, 80, 80, 60]), Function=blue_to_red
    )
    box = {"BBox": Array([0, 0, 300, 300]), "Resources": Dictionary(Shading=Dictionary(S=shading))}
    form = document.make_stream(b"1 0.9 0 rg 40 40 90 90 re f /S sh", Type=Name.XObject, Subtype=Name.Form, **box)
    form.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceRGB, I=True)
    tile = document.make_stream(
        b"0 0.5 0 rg 0 0 5 5 re f", Type=Name.Pattern, PatternType=1, PaintType=1, TilingType=1,
        BBox=Array([0, 0, 9, 9]), XStep=9, YStep=9, Resources=Dictionary(),
    )  # fmt: skip
    picture = {"Type": Name.XObject, "Subtype": Name.Image, "Width": 7, "Height": 5, "BitsPerComponent": 8}
    image = document.make_stream(bytes(range(105)), ColorSpace=Name.DeviceRGB, **picture)
    image.SMask = document.make_stream(bytes(range(0, 245, 7)), ColorSpace=Name.DeviceGray, **picture)
    blended = Dictionary(BM=Name.Multiply, ca=0.7, CA=0.5)
    masked = Dictionary(BM=Name.Luminosity, SMask=Dictionary(S=Name.Luminosity, G=form))
    page.Resources = Dictionary(
        XObject=Dictionary(X=form, I=image), Pattern=Dictionary(P=tile), Shading=Dictionary(S=shading),
        ExtGState=Dictionary(B=blended, M=masked), Font=Dictionary(F=Dictionary(
            Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)),
    )  # fmt: skip
    page.Contents = document.make_stream(
        b"0.8 0.9 1 rg -99 -99 999 999 re f /S sh q /B gs 0.9 0 0 0.9 9 9 cm /X Do Q "
        b"q /M gs 1 0 0 rg 0 0 200 99 re f Q /Pattern cs /P scn 20 20 150 30 re f "
        b"q /B gs 90 30 -20 60 60 70 cm /I Do Q 0 1 0 RG 9 w 0 0 m 300 300 l S "
        b"q BT 7 Tr /F 90 Tf 20 60 Td (CLIP) Tj ET /S sh Q BT 1 0 1 rg /F 30 Tf 5 200 Td (words) Tj ET"
    )
    about: dict[str, Any] = {"Type": Name.Annot, "F": 4, "C": Array([1, 1, 0])}
    mark = Dictionary(
        Subtype=Name.Highlight, Rect=Array([5, 5, 250, 99]), QuadPoints=Array([5, 99, 250, 99, 5, 5, 250, 5]), **about
    )
    field = document.make_indirect(
        Dictionary(
            Subtype=Name.Widget,
            FT=Name.Tx,
            T="name",
            V="x",
            Rect=Array([150.5, 10, 230, 50]),
            MK=Dictionary(BG=Array([0, 1, 1])),
            **about,
        )
    )
    page.Annots = Array([document.make_indirect(mark), field])
    document.Root.AcroForm = Dictionary(Fields=Array([field]), NeedAppearances=True)
    document.save(path)
    return path


CJK_FONTS = {
    "中文书档": ("STSong-Light", "UniGB-UCS2-H", "GB1"),
    "日本語の": ("HeiseiMin-W3", "UniJIS-UCS2-H", "Japan1"),
    "한국어문": ("HYSMyeongJo-Medium", "UniKS-UCS2-H", "Korea1"),
    "繁體中文": ("MSung-Light", "UniCNS-UCS2-H", "CNS1"),
}
"""Four characters → a font that Adobe's programs bring along, how it takes them, and its collection."""

LETTERS = {
    "polish": ("aogonek", "eogonek", "sacute", "zdotaccent"),
    "greek": ("alpha", "beta", "gamma", "Omega"),
    "cyrillic": ("afii10065", "afii10066", "afii10067", "afii10017"),
    "latin": ("A", "b", "eacute", "percent"),
    "thai": ("uni0E01", "uni0E02", "uni0E04", "uni0E07"),
}
"""Four letters of a script, by the names that fonts have for them; the fonts of packages.txt have no Thai."""


def cjk_pdf(path: Path, text: str, before: bytes = b"") -> Path:
    """Four characters, 40 points each, in a font that is not embedded; `before` stands in front of them."""
    name, encoding, ordering = CJK_FONTS[text]
    document = pikepdf.new()
    descriptor = _descriptor(document, name, 6)
    info = Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String(ordering), Supplement=1)
    described = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType0, BaseFont=Name("/" + name), CIDSystemInfo=info, DW=1000,
        FontDescriptor=descriptor,
    )  # fmt: skip
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/" + name), Encoding=Name("/" + encoding),
        DescendantFonts=Array([document.make_indirect(described)]),
    )  # fmt: skip
    return _line_of(path, document, font, text.encode("utf-16-be"), before)


def letters_pdf(path: Path, base_font: str, script: str) -> Path:
    """Four letters, 40 points each, in a TrueType font that is not embedded."""
    document = pikepdf.new()
    differences = Array([65, *[Name("/" + letter) for letter in LETTERS[script]]])
    font = Dictionary(
        Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/" + base_font), FirstChar=65, LastChar=68,
        Widths=Array([1000] * 4), FontDescriptor=_descriptor(document, base_font, 32),
        Encoding=Dictionary(Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=differences),
    )  # fmt: skip
    return _line_of(path, document, font, b"ABCD", b"")


def _descriptor(document: pikepdf.Pdf, name: str, flags: int) -> pikepdf.Object:
    return document.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor, FontName=Name("/" + name), Flags=flags, FontBBox=Array([-100, -200, 1000, 900]),
            ItalicAngle=0, Ascent=880, Descent=-120, CapHeight=700, StemV=80,
        )
    )  # fmt: skip


def _line_of(path: Path, document: pikepdf.Pdf, font: Dictionary, text: bytes, before: bytes) -> Path:
    document.add_blank_page(page_size=(160, 60))
    page = document.pages[0]
    page.Resources = Dictionary(Font=Dictionary(F=font))
    page.Contents = document.make_stream(before + b" BT /F 40 Tf 0 15 Td <" + text.hex().encode() + b"> Tj ET")
    document.save(path)
    return path


def photo(width: int, height: int) -> Image.Image:
    """Noise in every pixel, like nothing drawn; the upper left quarter is dark."""
    image = Image.effect_noise((width, height), 60).convert("RGB")
    image.paste(Image.new("RGB", (width // 2, height // 2), (40, 20, 10)), (0, 0))
    return image


def drawing(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Black bars on white."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for top in range(20, height - 20, 40):
        draw.rectangle((20, top, width - 20, top + 12), fill="black")
    return image.convert(mode)


def jpeg(image: Image.Image) -> bytes:
    """Encoded as a scanner would."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def gray_tiff(values: Any, order: str = "<", *, white_is_zero: bool = False) -> bytes:
    """An uncompressed TIFF of one gray frame; `values` is a two-dimensional numpy array, `order` is `<` or `>`."""
    height, width = values.shape
    data = values.astype(values.dtype.newbyteorder(order)).tobytes()
    tags = {
        256: width, 257: height, 258: 8 * values.dtype.itemsize, 259: 1, 262: 0 if white_is_zero else 1,
        273: 8 + 2 + 10 * 12 + 4, 277: 1, 278: height, 279: len(data), 339: {"u": 1, "i": 2, "f": 3}[values.dtype.kind],
    }  # fmt: skip
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = struct.pack(f"{order}2sHIH", b"II" if order == "<" else b"MM", 42, 8, len(tags))
    return head + entries + bytes(4) + data


def black_png(width: int, height: int) -> bytes:
    """One bit a pixel, written without ever holding the picture: some kilobytes that decode to any size."""
    deflate = zlib.compressobj(1)
    row = bytes(1 + -(-width // 8))
    pixels = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def decoded(page: PageImage) -> Image.Image:
    """What a server sees; its size and type are those promised."""
    image = Image.open(io.BytesIO(page.data))
    image.load()
    assert image.size == (page.width, page.height)
    assert image.get_format_mimetype() == page.media_type
    return image
