"""Find the sheet of paper in a photo; Tesseract misses parts of a page on a dark background."""

import numpy as np

from ocr.engines.tesseract.ruling_lines import Gray

STEP = 8
"""Every so many pixels are looked at."""
DARK = 0.72
"""A frame of the photo darker than this share of its brightest part is no paper."""


def find_sheet(page: Gray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in pixels of the bright sheet inside a dark frame; else of the whole image."""
    height, width = page.shape
    whole = (0, 0, width, height)
    pixels = page[::STEP, ::STEP].astype(np.float32)
    frame = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = float(np.percentile(pixels, 95))
    if float(np.percentile(frame, 80)) > DARK * paper:
        return whole
    bright = pixels > (float(np.median(frame)) + paper) / 2
    columns, rows = np.flatnonzero(bright.mean(0) > 0.4), np.flatnonzero(bright.mean(1) > 0.4)
    if len(columns) * len(rows) < 0.1 * pixels.size:
        return whole
    return (
        int(columns[0]) * STEP,
        int(rows[0]) * STEP,
        min(width, (int(columns[-1]) + 1) * STEP),
        min(height, (int(rows[-1]) + 1) * STEP),
    )
