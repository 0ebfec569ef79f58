"""How fast Markdown becomes sanitised HTML: `.venv/bin/python bench/render.py`. Formulas are set anew in each round."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from ocr.html import render
from ocr.html.math import mathml

PROSE = (
    "Every park has **two** plans, one of them on *paper*; the other grows, costs $5 and is never finished. " * 6
    + "\n\n"
)
ROW = "<tr><td>Library green</td><td>1,204</td><td>0.7</td></tr>\n"
KINDS: dict[str, Callable[[int], str]] = {
    "prose": lambda _: PROSE,
    "tables": lambda _: f"<table><thead><tr><th>Park</th><th>m²</th><th>Share</th></tr></thead>{ROW * 12}</table>\n\n",
    "formulas": lambda n: (
        f"Let $x_{{{n}}}$ be given.\n\n$$\n\\sum_{{i=1}}^{{{n}}} \\frac{{a_i}}{{b_i}} = x^{{{n}}}\n$$\n\n"
    ),
    "a page": lambda n: f"# Page {n}\n\n{PROSE * 3}With $a_{{{n}}}$:\n\n<table>{ROW * 6}</table>\n\n",
}


def main() -> None:
    """Print a row for each kind of text and size."""
    print(f"{'text':10}{'kB':>8}{'ms':>10}{'MB/s':>8}")
    for kind, unit in KINDS.items():
        for size in (2_000, 64_000, 1_000_000):
            text = "".join(unit(n) for n in range(size // len(unit(1)) + 1))[:size]
            times = []
            for _ in range(3):
                mathml.cache_clear()
                started = time.perf_counter()
                render(text)
                times.append(time.perf_counter() - started)
            print(f"{kind:10}{size / 1e3:8.0f}{min(times) * 1e3:10.1f}{size / 1e6 / min(times):8.2f}", flush=True)


if __name__ == "__main__":
    main()
