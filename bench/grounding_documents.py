"""Pages whose text is known, for bench/grounding.py, made with typst; and faults in their texts."""

import io
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pikepdf
import typst
from PIL import Image, ImageFilter

from tests.conftest import SAMPLES

RUSSIAN = re.findall(
    r"\w+",
    """Комитет обсудил письмо о тропинке через газон и решил поставить мачту рядом с эстрадой на сорок дней. Никто не
    возражал, хотя сторож заметил, что трава растёт медленно, а люди ходят быстро. Мы измеряли износ каждое утро и
    записывали число прохожих в тетрадь. Через пятьдесят дней газон восстановился почти полностью.""",
)


@dataclass
class Made:
    """A page: its Markdown in blocks, and typst's source."""

    name: str
    blocks: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    languages: str = "eng"

    @property
    def markdown(self) -> str:
        """The whole text."""
        return "\n\n".join(self.blocks)

    def add(self, markdown: str, source: str) -> None:
        """Add a block to both."""
        self.blocks.append(markdown)
        self.source.append(source)

    def pdf(self) -> bytes:
        """The page as typst sets it."""
        return typst.compile("\n\n".join(self.source).encode())


def quoted(text: str) -> str:
    """A text as typst's content."""
    return "#" + json.dumps(text, ensure_ascii=False)


class Writer:
    """Writes sentences that read like the samples, in which each word follows one that it follows there."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.follow: dict[str, list[str]] = {}
        for path in sorted((SAMPLES / "truth").glob("*.txt")):
            if path.stem.startswith("receipt"):
                continue
            words = [
                word for word in path.read_text(encoding="utf-8").split() if re.fullmatch(r"[A-Za-z']{1,14}[,.]?", word)
            ]
            for one, other in pairwise(words):
                self.follow.setdefault(one.strip(",."), []).append(other.strip(",."))

    def sentence(self, words: int = 14) -> str:
        """So many words."""
        word = self.random.choice(sorted(self.follow))
        said = [word.capitalize()]
        for _ in range(words - 1):
            word = self.random.choice(self.follow.get(word) or sorted(self.follow))
            said.append(word)
            if self.random.random() < 0.06:
                said.append(self.number())
        return " ".join(said) + "."

    def number(self) -> str:
        """A number, whole or not."""
        return self.random.choice(
            [
                f"{self.random.randint(10, 9999)}",
                f"{self.random.uniform(1, 99):.2f}",
                f"{self.random.randint(1900, 2026)}",
            ]
        )

    def paragraph(self, sentences: int = 4) -> str:
        """So many sentences."""
        return " ".join(self.sentence(self.random.randint(9, 18)) for _ in range(sentences))


def table(writer: Writer, made: Made, rows: int) -> None:
    """A table of four columns."""
    cells = [["Lawn", "Passes", "Wear (%)", "Days"]] + [
        [writer.random.choice(sorted(writer.follow)), *(writer.number() for _ in range(3))] for _ in range(rows)
    ]
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
    inner = ", ".join(f"[{quoted(cell)}]" for row in cells for cell in row)
    made.add(f"<table>{lines}</table>", f"#table(columns: 4, {inner})")


def formula(made: Made, number: int) -> None:
    """A displayed formula."""
    made.add(
        rf"$$\frac{{d w}}{{d t}} = \alpha n - \beta w^{{{number}}}$$", f"$ (d w)/(d t) = alpha n - beta w^{number} $"
    )


def prose(writer: Writer, made: Made, count: int, sentences: int = 4) -> None:
    """So many paragraphs."""
    for _ in range(count):
        text = writer.paragraph(sentences)
        made.add(text, quoted(text))


def heading(made: Made, text: str) -> None:
    """A heading."""
    made.add(f"## {text}", f"== {quoted(text)}")


PAGE = """#set page(paper: "a4", margin: 22mm{header})
#set text(font: "{font}", size: {size}pt)
#set par(justify: true, spacing: 1.1em)"""


def start(name: str, *, font: str = "Libertinus Serif", size: float = 10, header: str = "") -> Made:
    """An empty page."""
    return Made(name, [], [PAGE.format(font=font, size=size, header=header)])


def report(seed: int) -> Made:
    """One column, a table, a list."""
    writer, made = Writer(seed), start("report", font="DejaVu Sans", size=9)
    made.add("# A Report on Lawns", "= A Report on Lawns")
    prose(writer, made, 3)
    table(writer, made, 9)
    heading(made, "What was found")
    prose(writer, made, 3)
    items = [writer.sentence(9) for _ in range(4)]
    made.add("\n".join(f"- {item}" for item in items), "\n".join(f"- {quoted(item)}" for item in items))
    prose(writer, made, 1)
    return made


def columns(seed: int) -> Made:
    """Two columns, a formula, footnotes, a header and a page number that the text has not."""
    writer = Writer(seed)
    made = start("columns", header=', columns: 2, header: [Journal of Slow Measurement 12 (1961)], numbering: "1"')
    heading(made, "Introduction")
    prose(writer, made, 4)
    formula(made, 2)
    notes = [writer.sentence(8) for _ in range(2)]
    text = writer.paragraph(3)
    made.add(f"{text}[^1]", f"{quoted(text)}#footnote[{quoted(notes[0])}]")
    heading(made, "Methods and Results")
    prose(writer, made, 4)
    text = writer.paragraph(3)
    made.add(f"{text}[^2]", f"{quoted(text)}#footnote[{quoted(notes[1])}]")
    made.blocks += [f"[^{number}]: {note}" for number, note in enumerate(notes, 1)]
    return made


def formulas(seed: int) -> Made:
    """Formulas between and within paragraphs."""
    writer, made = Writer(seed), start("formulas", size=11)
    for number in (2, 3, 4):
        prose(writer, made, 2, 3)
        formula(made, number)
        text = writer.sentence()
        made.add(
            f"{text} Here $K_m$ and H~2~S are at 10$^{{{number}}}$ per day.",
            f"{quoted(text)} Here $K_m$ and H#sub[2]S are at 10#super[{number}] per day.",
        )
    return made


def two_scripts(seed: int) -> Made:
    """Latin and Cyrillic; without a scan, since Tesseract here has no Russian."""
    writer, made = Writer(seed), start("two scripts", font="DejaVu Serif", size=9)
    made.languages = ""
    for _ in range(4):
        prose(writer, made, 1)
        text = " ".join(writer.random.sample(RUSSIAN, 40)) + "."
        made.add(text, quoted(text))
    table(writer, made, 5)
    return made


KINDS: tuple[Callable[[int], Made], ...] = (report, columns, formulas, two_scripts)


def scan(pdf: bytes, seed: int) -> Image.Image:
    """The first page at 200 DPI as a scanner has it: a little askew, soft, with noise."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0].render(scale=200 / 72).to_pil().convert("L")
    generator = np.random.default_rng(seed)
    page = page.rotate(generator.uniform(-0.4, 0.4), Image.Resampling.BICUBIC, fillcolor=255)
    page = page.filter(ImageFilter.GaussianBlur(0.6))
    noisy = np.asarray(page, dtype=np.float32) * 0.9 + 12 + generator.normal(0, 5, (page.height, page.width))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def as_pdf(image: Image.Image) -> bytes:
    """A page that is this picture."""
    buffer = io.BytesIO()
    image.save(buffer, "PDF", resolution=200, quality=85)
    return buffer.getvalue()


def page_count(pdf: bytes) -> int:
    """Pages of a PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


@dataclass(frozen=True)
class Fault:
    """One that was planted: what it is, and where."""

    kind: str
    start: int
    end: int
    """In the faulty Markdown."""
    text: str
    """What the page has there, where something is missing."""


def is_prose(block: str) -> bool:
    """Whether a block is a paragraph long enough to bear faults."""
    return len(block.split()) > 20 and not block.startswith(("<", "$", "[", "-", "|", "#"))


def planted(blocks: list[str], seed: int, writer: Writer) -> tuple[str, list[Fault]]:
    """The Markdown with a paragraph left out, two others exchanged, a sentence made up, digits and letters changed."""
    chance = random.Random(seed)
    parts: list[tuple[str, str, str]] = [("", block, "") for block in blocks]  # kind of fault, text, what the page has
    numbers = [at for at, block in enumerate(blocks) if is_prose(block)]
    chance.shuffle(numbers)
    if len(numbers) >= 6:
        out = numbers.pop()
        parts[out] = ("missing", "", blocks[out])
        neighbours = [at for at in numbers if at + 1 in numbers]
        if neighbours and seed % 2:
            at = chance.choice(neighbours)
            kind = "caption" if any(block.startswith("Figure ") for block in blocks[at : at + 2]) else "moved"
            parts[at], parts[at + 1] = (kind, blocks[at + 1], ""), (kind, blocks[at], "")
            numbers = [one for one in numbers if one not in (at, at + 1)]
    faults: list[Fault] = []
    markdown = ""
    invented = set(numbers[:1])
    changed = numbers[1:4]
    for at, (kind, text, lost) in enumerate(parts):
        begin = len(markdown) + (2 if markdown else 0)
        if kind == "missing":
            faults.append(Fault("missing", len(markdown), len(markdown), lost))
            continue
        inside: list[Fault] = []
        if at in invented:
            sentences = re.split(r"(?<=\.) ", text)
            where = chance.randint(1, max(1, len(sentences) - 1))
            made_up = writer.sentence(12)
            prefix = " ".join(sentences[:where]) + " "
            inside.append(Fault("unsupported", len(prefix), len(prefix) + len(made_up), ""))
            text = f"{prefix}{made_up} {' '.join(sentences[where:])}".rstrip()
        elif at in changed:
            text, inside = changed_words(text, chance)
        elif kind and at and parts[at - 1][0] == kind:  # the second of two that were exchanged
            inside = [Fault(kind, -2 - len(parts[at - 1][1]), len(text), "")]
        faults += [Fault(fault.kind, begin + fault.start, begin + fault.end, fault.text) for fault in inside]
        markdown += ("\n\n" if markdown else "") + text
    return markdown, faults


def changed_words(text: str, chance: random.Random) -> tuple[str, list[Fault]]:
    """One number with another digit, one word with another letter."""
    faults: list[Fault] = []
    numbers = [match for match in re.finditer(r"\d+(?:\.\d+)?", text) if len(match[0]) > 1]
    words = list(re.finditer(r"[a-z]{5,}|[а-я]{5,}", text))
    chosen = [("digits", chance.choice(numbers))] if numbers else []
    chosen.append(("letters", chance.choice(words)))
    for kind, match in chosen:
        places = [at for at in range(match.start(), match.end()) if text[at].isalnum()]
        at = chance.choice(places)
        letters = "abcdefghijklmnopqrstuvwxyz" if text[at].isascii() else "абвгдежзиклмнопрстуфхцчшэюя"
        alphabet = "0123456789" if kind == "digits" else letters
        other = chance.choice([letter for letter in alphabet if letter != text[at]])
        text = text[:at] + other + text[at + 1 :]
        faults.append(Fault(kind, match.start(), match.end(), ""))
    return text, sorted(faults, key=lambda fault: fault.start)
