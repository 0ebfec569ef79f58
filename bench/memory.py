"""Measure whether memory grows with the number of pages: the peak of all our processes for PDFs of 30 and 300 pages.

The pages are read by the real CPU engine, of type large enough to be quick. Memory is the proportional set size (PSS)
of the whole process tree, sampled every 50 ms: what pages the processes share is counted once.

    python -m bench.memory [PAGES …]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

SAMPLE_SECONDS = 0.05


def make_pdf(path: Path, pages: int) -> None:
    """An A4 PDF of raster pages, each with its number and two lines of text."""

    def page(number: int) -> Image.Image:
        image = Image.new("L", (1240, 1754), 255)
        draw = ImageDraw.Draw(image)
        for line, words in enumerate((f"Page {number} of {pages}", "reads quickly, for its", "letters are few")):
            draw.text((120, 200 + 150 * line), words, font=ImageFont.load_default(80), fill=0)
        return image

    page(1).save(path, save_all=True, append_images=(page(number) for number in range(2, pages + 1)))


def pss(process: psutil.Process) -> int:
    """Bytes of the process and everything below it."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            total += member.memory_full_info().pss
        except psutil.Error:
            continue
    return total


class Peak(threading.Thread):
    """Samples the memory of a process and all below it."""

    def __init__(self, pid: int) -> None:
        """Begin at once."""
        super().__init__(daemon=True)
        self._process, self._peak, self._ended = psutil.Process(pid), 0, threading.Event()
        self.start()

    def run(self) -> None:
        """Until the process has ended; twice a second, since each look costs the machine some milliseconds."""
        with suppress(psutil.NoSuchProcess):  # it ends between two looks, or in the midst of one
            while not self._ended.wait(10 * SAMPLE_SECONDS):
                self._peak = max(self._peak, pss(self._process))

    def end(self) -> int:
        """Bytes at the most."""
        self._ended.set()
        self.join()
        return self._peak


def run(path: Path, out: Path) -> tuple[int, float]:
    """Peak bytes and seconds of one run of the command line."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "ocr", str(path), "--quiet", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        process, peak = psutil.Process(child.pid), 0
        while child.poll() is None:
            peak = max(peak, pss(process))
            time.sleep(SAMPLE_SECONDS)
    assert child.returncode == 0, f"exit code {child.returncode}"
    return peak, time.perf_counter() - began


def main(counts: list[int]) -> None:
    """Print the table."""
    table = Table("pages", "seconds", "peak, MB", "ratio to the first")
    first = 0
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            path = Path(folder) / f"{count}.pdf"
            make_pdf(path, count)
            peak, seconds = run(path, Path(folder) / "out")
            first = first or peak
            table.add_row(str(count), f"{seconds:.0f}", f"{peak / 1e6:.0f}", f"{peak / first:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [30, 300])
