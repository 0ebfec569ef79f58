"""Words placed, and planted faults found, by the check of pages against the words that stand on them.

    python -m bench.grounding [--pages N]

Needs the extra `samples` (typst). The documents are the samples with their true text and pages made by
bench/grounding_documents.py, as PDFs with a text layer and as scans of these, read by Tesseract.
"""

import argparse
import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench.grounding_documents import KINDS, Fault, Made, Writer, as_pdf, page_count, planted, scan
from ocr.config.profiles import TESSERACT
from ocr.documents.renderer import Renderer
from ocr.engines.tesseract.tesseract_reader import TesseractReader
from ocr.grounding.folding import folded
from ocr.grounding.ground import GroundedPage
from ocr.grounding.page_check import check_page
from ocr.page_words import Finding, LayerQuality, PageCheck, PageWord, WordSource
from ocr.types import TextBlock
from tests.conftest import SAMPLES

FINDS = {
    "missing": "missing",
    "unsupported": "unsupported",
    "digits": "differs",
    "letters": "differs",
    "moved": "moved",
    "caption": "moved",  # exchanged with a paragraph, which may be meant: no part of the aim
}


@dataclass
class Page:
    """One to check: its true text in blocks, and the words that stand on it."""

    name: str
    blocks: list[str]
    words: tuple[PageWord, ...]
    source: WordSource
    seed: int


@dataclass
class Figures:
    """Of one row."""

    pages: int = 0
    text_words: int = 0
    placed: int = 0
    page_words: int = 0
    found: int = 0
    alarms: list[Finding] = field(default_factory=list)
    planted: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    cpu_s: list[float] = field(default_factory=list)
    compared_words: int = 0


def checked(markdown: str, page: Page, figures: Figures) -> PageCheck:
    """The check of a text, which is timed."""
    began = time.process_time()
    grounded = GroundedPage(markdown, (TextBlock(markdown),), (), page.words)
    check = check_page(grounded, page.source)
    grounded.placed_words()
    figures.cpu_s.append(time.process_time() - began)
    figures.compared_words += len(page.words)
    return check


def is_found(fault: Fault, place: Finding) -> bool:
    """Whether a place is that of a fault."""
    if FINDS[fault.kind] != place.kind:
        return False
    if fault.kind == "missing":
        lost, said = Counter(map(folded, fault.text.split())), Counter(map(folded, place.page_text.split()))
        return (lost & said).total() >= 0.5 * min(lost.total(), said.total())
    return min(fault.end, place.end) > max(fault.start, place.start)


def measure(page: Page, figures: Figures, verbose: bool) -> None:
    """Check the true text, then four texts with faults."""
    markdown = "\n\n".join(page.blocks)
    check = checked(markdown, page, figures)
    figures.pages += 1
    figures.text_words += check.text_words
    figures.placed += check.supported
    figures.page_words += check.page_words
    figures.found += check.found
    figures.alarms += check.places
    if verbose:
        for place in check.places:
            print("ALARM", page.name, page.seed, place.kind, repr(place.text[:60]), repr(place.page_text[:60]))
    for turn in range(4):
        faulty, faults = planted(page.blocks, 100 * page.seed + turn, Writer(page.seed + 7))
        places = checked(faulty, page, figures).places
        figures.planted.update(fault.kind for fault in faults)
        for fault in faults:
            hit = any(is_found(fault, place) for place in places)
            figures.seen[fault.kind] += hit
            if verbose and not hit:
                print("UNSEEN", page.name, page.seed, fault, repr(faulty[fault.start : fault.end][:60]))
        for place in places:
            figures.places[place.kind] += 1
            hit = any(is_found(fault, place) for fault in faults)
            figures.right[place.kind] += hit
            if verbose and not hit:
                print("WRONG", page.name, page.seed, place.kind, repr(place.text[:60]), repr(place.page_text[:60]))


async def pages(count: int, folder: Path) -> list[Page]:
    """The samples, and `count` pages of each kind that is made, with their words."""
    found: list[Page] = []
    with Renderer(workers=1) as renderer, TesseractReader("eng", 1) as tesseract:
        for name, numbers in (("article.pdf", (1, 2, 3)), ("letter.pdf", (1,)), ("receipt.jpg", (1,))):
            document = await renderer.open(SAMPLES / name)
            for number in numbers:
                layer = await renderer.text_layer(document, number)
                truth = (SAMPLES / "truth" / f"{Path(name).stem}-{number}.txt").read_text(encoding="utf-8")
                blocks = truth.strip().split("\n")
                if (name, number) == ("article.pdf", 2):
                    blocks.insert(0, "![image](image_1.png)")  # as models write it: the truth is without its figure
                if layer.quality is LayerQuality.GOOD:
                    found.append(Page(f"sample {Path(name).stem}", blocks, layer.words, WordSource.TEXT_LAYER, number))
                image = await renderer.render(document, number, TESSERACT.longest_side)
                words = await tesseract.words(image)
                found.append(Page(f"sample {Path(name).stem}", blocks, words, WordSource.TESSERACT, number))
        for kind in KINDS:
            for seed in range(1, count + 1):
                made: Made = kind(seed)
                pdf = made.pdf()
                assert page_count(pdf) == 1, (made.name, seed)
                path = folder / f"{made.name}-{seed}.pdf"
                path.write_bytes(pdf)
                document = await renderer.open(path)
                layer = await renderer.text_layer(document, 1)
                found.append(Page(made.name, made.blocks, layer.words, WordSource.TEXT_LAYER, seed))
                if made.languages:
                    path = folder / f"{made.name}-{seed}-scan.pdf"
                    path.write_bytes(as_pdf(scan(pdf, seed)))
                    document = await renderer.open(path)
                    words = await tesseract.words(await renderer.render(document, 1, TESSERACT.longest_side))
                    found.append(Page(made.name, made.blocks, words, WordSource.TESSERACT, seed))
    return found


def share(part: int, whole: int) -> str:
    """Such as `0.983 of 60`."""
    return f"{part / whole:.3f} of {whole}" if whole else "-"


def words_table(figures: dict[tuple[str, str], Figures]) -> Table:
    """Words placed, alarms where the text is right, and the time of the comparison."""
    table = Table(
        "words from", "document", "pages", "text placed", "page found", "alarms", "ms a page", "most", "ms/1,000 words"
    )
    for (source, name), one in figures.items():
        table.add_row(
            source, name, str(one.pages), f"{one.placed / one.text_words:.2%}", f"{one.found / one.page_words:.2%}",
            str(len(one.alarms)), f"{1000 * median(one.cpu_s):.1f}", f"{1000 * max(one.cpu_s):.1f}",
            f"{1000 * 1000 * sum(one.cpu_s) / one.compared_words:.1f}",
        )  # fmt: skip
    return table


def faults_table(figures: dict[tuple[str, str], Figures]) -> Table:
    """Recall of each kind of planted fault, precision of each kind of finding."""
    kinds = ("missing", "unsupported", "differs", "moved")
    table = Table(
        "words from", "document", *[f"recall {kind}" for kind in FINDS], *[f"precision {kind}" for kind in kinds]
    )
    for (source, name), one in figures.items():
        recall = [share(one.seen[kind], one.planted[kind]) for kind in FINDS]
        table.add_row(source, name, *recall, *[share(one.right[kind], one.places[kind]) for kind in kinds])
    return table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=6, help="made pages of each kind")
    parser.add_argument("--verbose", action="store_true", help="print each fault that is not found, each wrong place")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        found = asyncio.run(pages(arguments.pages, Path(folder)))
    figures: dict[tuple[str, str], Figures] = {}
    for page in sorted(found, key=lambda page: page.source):
        for row in ((page.source.value, page.name), (page.source.value, "all")):
            measure(page, figures.setdefault(row, Figures()), arguments.verbose and row[1] != "all")
    console = Console(width=200)
    console.print(words_table(figures))
    console.print(faults_table(figures))


if __name__ == "__main__":
    main()
