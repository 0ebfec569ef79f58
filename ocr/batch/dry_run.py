"""What a run would read, take and cost: documents by kind, pages counted or estimated, hours and price."""

import asyncio
import math
import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ocr.batch.batch_settings import BatchSettings, DryRun
from ocr.batch.container import container_suffix
from ocr.batch.source_document import SourceDocument, parse_uri
from ocr.batch.sources import fetched, find_documents
from ocr.cli.terminal import Terminal
from ocr.documents.folder_listing import described
from ocr.documents.renderer import Renderer
from ocr.documents.worker_tasks import DocumentLimits
from ocr.errors import DocumentError, ProgramFault, UsageError, confined

PUBLISHED_RATE = 5.71
"""Pages a second of one H100, by the publisher of LightOnOCR-2-1B; nothing that was measured here."""
MAX_COUNTED = 300
"""Documents that are opened to count their pages; of more a sample."""
COUNTED_AT_ONCE = 8
CONFIDENCE = 1.96
"""Standard errors on either side that hold 95 % of samples."""


@dataclass(frozen=True, slots=True)
class PageCount:
    """How many pages some documents have."""

    pages: float
    margin: float
    """On either side, of an estimate, with a confidence of 95 %; 0 where all were counted."""
    counted: int
    """Documents that were opened for it."""
    unopened: int
    """Of these, those that cannot be opened; each becomes a row without pages."""


def dry_run(settings: BatchSettings, asked: DryRun, terminal: Terminal) -> int:
    """Print what a run would read, take and cost; nothing is written, and no server is asked. Return the exit code."""
    skipped: Counter[str] = Counter()
    documents = list(find_documents(settings.source, settings.column, (settings.target,), skipped))
    reading = settings.reading
    max_bytes = reading.max_file_mb * 1_000_000
    limits = DocumentLimits(max_bytes, reading.max_pages, reading.render_timeout)
    with Renderer(reading.render_workers, limits) as renderer:
        count = asyncio.run(count_pages(documents, renderer, settings.pages, max_bytes))
    for name, words in report(documents, count, asked):
        terminal.tell(name, words)
    if skipped:
        terminal.tell("left out", described(skipped))
    return 0


def sample(documents: Sequence[SourceDocument], size: int) -> list[SourceDocument]:
    """So many documents, evenly from the smallest to the largest; the same ones each time."""
    ordered = sorted(documents, key=lambda document: (document.bytes, document.id))
    if len(ordered) <= size:
        return ordered
    step = len(ordered) / size
    return [ordered[int((number + 0.5) * step)] for number in range(size)]


async def count_pages(
    documents: Sequence[SourceDocument], renderer: Renderer, pages: str = "", max_bytes: int | None = None
) -> PageCount:
    """Count the pages that the range `pages` selects, of all documents or of a sample of them.

    Raises:
        StorageError: they cannot be read where they are stored.
    """
    chosen = sample(documents, MAX_COUNTED)
    counts = await _counts(chosen, renderer, pages, max_bytes)
    known = [count or 0 for count in counts]
    unopened = counts.count(None)
    if len(chosen) == len(documents):
        return PageCount(sum(known), 0, len(chosen), unopened)
    error = statistics.stdev(known) / math.sqrt(len(known)) * math.sqrt(1 - len(known) / len(documents))
    mean, all_of_them = statistics.fmean(known), len(documents)
    return PageCount(mean * all_of_them, CONFIDENCE * error * all_of_them, len(chosen), unopened)


async def _counts(
    documents: Sequence[SourceDocument], renderer: Renderer, pages: str, max_bytes: int | None
) -> list[int | None]:
    """The number of pages of each; None of one that cannot be opened."""
    slots = asyncio.Semaphore(COUNTED_AT_ONCE)
    with tempfile.TemporaryDirectory(prefix="pagelight-", ignore_cleanup_errors=True) as scratch:

        async def count(document: SourceDocument) -> int | None:
            async with slots:
                try:
                    with confined(), ExitStack() as stack:
                        fetching = fetched(document, Path(scratch), max_bytes)
                        path = await asyncio.to_thread(stack.enter_context, fetching)
                        return len(renderer.select(await renderer.open(path, name=document.id), pages))
                except (DocumentError, UsageError, ProgramFault):
                    return None

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(count(document)) for document in documents]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [task.result() for task in tasks]


def kinds(documents: Sequence[SourceDocument]) -> Counter[str]:
    """How many documents there are of each kind: by their suffix, or as rows of a dataset."""
    return Counter(map(_kind, documents))


def _kind(document: SourceDocument) -> str:
    address, place = parse_uri(document.uri)
    if place and "zip" not in place:
        return f"in {container_suffix(address)}"
    return PurePosixPath(place.get("zip", address)).suffix.lower() or "without a suffix"


def report(documents: Sequence[SourceDocument], count: PageCount, asked: DryRun) -> list[tuple[str, str]]:
    """What is known, as names with what is said of them."""
    size = sum(document.bytes for document in documents)
    most_first = sorted(kinds(documents).items(), key=lambda kind: (-kind[1], kind[0]))
    by_kind = ", ".join(f"{number:,} {kind}" for kind, number in most_first)
    rate = asked.rate or PUBLISHED_RATE
    hours = count.pages / rate / 3600
    source = "as --rate gives it" if asked.rate else "its publisher's figure for LightOnOCR-2-1B on an H100; see --rate"
    lines = [
        ("documents", f"{len(documents):,} ({by_kind}), {size / 1e9:,.3f} GB"),
        ("pages", _pages(count, len(documents))),
        ("rate", f"{rate:g} pages/s a server ({source}), servers: {asked.servers}"),
        ("time", f"{_hours(hours / asked.servers)}, without the start of the servers"),
    ]
    if asked.price is not None:
        lines.append(("price", f"{hours * asked.price:,.2f} at {asked.price:g} a server and hour"))
    return lines


def _pages(count: PageCount, documents: int) -> str:
    if count.counted == documents:
        words = f"{count.pages:,.0f}, all counted"
    else:
        words = (
            f"about {count.pages:,.0f} ± {count.margin:,.0f} (95 %), estimated from {count.counted:,} documents, "
            "taken evenly from the smallest to the largest"
        )
    return f"{words}; {count.unopened:,} of these cannot be opened" if count.unopened else words


def _hours(hours: float) -> str:
    return f"{hours:,.1f} h" if hours >= 1 else f"{hours * 60:,.1f} min"
