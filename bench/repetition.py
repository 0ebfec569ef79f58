"""How soon made loops are seen, whether honest pages that repeat themselves are left alone, and what watching costs.

    python -m bench.repetition

The loops and pages are those of tests/pipeline/repeating.py. Distances run from where a loop begins to repeat itself;
tokens are about those of a byte-level BPE (four letters, three figures). "At first" is how the first answer to a page
is watched, "with equal rows allowed" any further one. The cost is the best of five runs over text that is fed a token
at a time, as vLLM streams it.
"""

from __future__ import annotations

import random
import time

from rich.console import Console
from rich.table import Table

from ocr.pipeline.repetition import Repetition
from tests.conftest import SAMPLES
from tests.pipeline.repeating import (
    EMPTY_LOOPS,
    FORMS,
    HONEST,
    LOOPS,
    PROSE,
    ROW_LOOPS,
    alarmed,
    caught,
    cells,
    table,
    tokens,
)

RUNS = 5


def loops() -> Table:
    """How soon each is seen."""
    shown = Table("loop", "of", "at first", "with equal rows allowed", title="Loops: tokens until they are seen")
    for kind, made in (("words", LOOPS), ("blanks", EMPTY_LOOPS), ("rows", ROW_LOOPS)):
        for name, pattern in made.items():
            found = [caught(pattern, allow_equal_rows=allow_equal_rows) for allow_equal_rows in (False, True)]
            shown.add_row(name, kind, *("never" if one is None else str(one[1]) for one in found))
    return shown


def honest() -> Table:
    """Which pages are taken for loops."""
    shown = Table("honest page", "tokens", "at first", "with equal rows allowed", title="Pages taken for loops")
    samples = {path.stem: path.read_text() for path in sorted(SAMPLES.glob("truth/*.txt"))}
    for name, text in {**samples, **HONEST, **FORMS}.items():
        taken = (
            "yes" if alarmed(text, allow_equal_rows=allow_equal_rows) else "no" for allow_equal_rows in (False, True)
        )
        shown.add_row(name, str(len(tokens(text))), *taken)
    return shown


def cost() -> Table:
    """Microseconds a token."""
    shown = Table("text", "tokens", "µs a token")
    letters = random.Random(1).choices("etaoin shrdlu", k=60_000)
    texts = {
        "prose": "".join(f"{number} {PROSE}" for number in range(400)),
        "table": table(*(cells(number, "Mill bank", "0.00", "", "0.00") for number in range(1000))),
        "noise": "".join(letters),
        "almost a loop": ("<td></td>" * 60 + "<td>x</td>") * 110,
    }
    for name, text in texts.items():
        pieces = tokens(text)
        best = min(_seconds(pieces) for _ in range(RUNS))
        shown.add_row(name, str(len(pieces)), f"{best / len(pieces) * 1e6:.2f}")
    return shown


def _seconds(pieces: list[str]) -> float:
    watch = Repetition()
    began = time.perf_counter()
    for piece in pieces:
        watch.feed(piece)
    return time.perf_counter() - began


def main() -> None:
    """Print the three tables."""
    console = Console()
    for shown in (loops(), honest(), cost()):
        console.print(shown)


if __name__ == "__main__":
    main()
