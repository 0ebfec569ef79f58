"""Lines and blocks as Tesseract would give them, made by hand."""

import io

from PIL import Image, ImageDraw, ImageFont

from ocr.engines.tesseract.recognition import Block, Kind, Line, Page, Rect, Word


def line(text: str, left: int, top: int, *, size: int = 10, confidence: float = 95.0, gap: int = 0) -> Line:
    """A line of type whose letters are `size` wide and `2 * size` high; two spaces in `text` are `gap` pixels wide."""
    words: list[Word] = []
    at = left
    for phrase in text.split("  "):
        for word in phrase.split():
            words.append(Word(word, (at, top, at + size * len(word), top + 2 * size), confidence))
            at += size * len(word) + size // 2
        at += gap
    return Line(tuple(words), (left, top, words[-1].box[2], top + 2 * size), float(size))


def block(*paragraphs: tuple[Line, ...], kind: Kind = Kind.TEXT) -> Block:
    lines = [line for paragraph in paragraphs for line in paragraph]
    lefts, tops, rights, bottoms = zip(*(line.box for line in lines), strict=True)
    return Block(kind, (min(lefts), min(tops), max(rights), max(bottoms)), paragraphs)


def picture(box: Rect) -> Block:
    return Block(Kind.PICTURE, box)


def page(*blocks: Block) -> Page:
    return Page(1000, 1400, blocks)


def prose(left: int = 100, top: int = 300, lines: int = 6) -> Block:
    """Enough running text that its size is the page's."""
    words = "running text that is long enough to be the body of this page"
    return block(tuple(line(words, left, top + 30 * n) for n in range(lines)))


def written(*lines: str, size: int = 60, width: int = 900) -> Image.Image:
    """A white page with these lines of type."""
    height = size + size // 3
    image = Image.new("L", (width, max(200, 2 * size + height * len(lines))), 255)
    font = ImageFont.load_default(size)
    for number, words in enumerate(lines):
        ImageDraw.Draw(image).text((size, size + height * number), words, font=font, fill=0)
    return image


def encoded(image: Image.Image) -> bytes:
    """The image as PNG."""
    stored = io.BytesIO()
    image.save(stored, "PNG")
    return stored.getvalue()
