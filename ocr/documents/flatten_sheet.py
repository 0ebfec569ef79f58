"""Make a page of the sheet in a photograph: its perspective straightened, its light evened."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.photo_sheets import SheetCorners

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]

LIGHT_SIDE = 512
"""Pixels of the longer side of the picture in which the light is measured."""

LETTERS_SHARE = 1 / 24
"""Share of the page's longer side up to which something dark is print, and not a shadow on the paper."""

PICTURE_SHARE = 0.35
"""Lightness, as a share of the brightest paper's, below which a large area is a picture and no shadow."""

MAX_GAIN = 4.0
"""Factor by which a dark place is made lighter at most."""

PAPER = 245.0
"""Lightness of evened paper, of 255."""


def sheet_size(corners: SheetCorners, size: tuple[int, int]) -> tuple[float, float]:
    """The width and height of the sheet in pixels of the photograph, as large as its longest sides are there.

    The ratio is that of the real sheet, told from how its sides converge (Zhang and He, "Whiteboard scanning and image
    enhancement", 2007), on the assumption that the photograph was not cropped; where they hardly do, it is that of the
    sides' lengths.
    """
    quad = _pixels(corners, size)
    top, right, bottom, left = np.linalg.norm(np.roll(quad, -1, 0) - quad, axis=1)
    width, height = max(top, bottom), max(left, right)
    seen = float((top + bottom) / (left + right))
    ratio = _ratio(quad, size)
    if ratio is None or not 0.6 < ratio / seen < 1.7:
        ratio = seen
    return (float(width), float(width / ratio)) if width / ratio > height else (float(height * ratio), float(height))


def straightened(photo: Pixels, corners: SheetCorners, size: tuple[int, int]) -> Pixels:
    """The sheet as an image of `size` (width, height) pixels; `photo` is upright, gray or RGB."""
    height, width = photo.shape[:2]
    quad = _pixels(corners, (width, height))
    longest = float(np.linalg.norm(np.roll(quad, -1, 0) - quad, axis=1).max())
    scale = min(1.0, 1.5 * max(size) / longest)  # else letters that are made much smaller would alias
    if scale < 0.75:
        photo = _pixels_of(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        quad = _pixels(corners, (photo.shape[1], photo.shape[0]))
    onto = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    half = np.float32(0.5)  # corners are those of pixels, OpenCV counts from their centres
    transform = cv2.getPerspectiveTransform((quad - half).astype(np.float32), onto - half)
    return _pixels_of(
        cv2.warpPerspective(photo, transform, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    )


def evened(page: Pixels) -> Pixels:
    """The page under even light: shadows on its paper are made lighter, colours and pictures stay."""
    light = _light(page)
    gain: Any = np.clip(PAPER / np.maximum(light, 1.0), 1.0, MAX_GAIN).astype(np.float32)
    gain = cv2.resize(gain, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_LINEAR)
    bright = page * (gain if page.ndim == 2 else gain[..., None])
    return _pixels_of(np.clip(np.rint(bright), 0, 255).astype(np.uint8))


def _light(page: Pixels) -> NDArray[np.float32]:
    """The lightness of the paper at each place, as if nothing were printed on it, in a small picture of the page.

    A place that is much darker than the brightest paper is a picture or a black area: it counts as lit like the paper
    around it.
    """
    gray = page if page.ndim == 2 else cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, LIGHT_SIDE / max(gray.shape))
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    letters = int(max(small.shape) * LETTERS_SHARE) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (letters, letters))
    paper: Any = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel).astype(np.float32)
    lit = (paper > PICTURE_SHARE * np.percentile(paper, 95)).astype(np.float32)
    spread = 3.0 * letters
    filled = cv2.GaussianBlur(paper * lit, (0, 0), spread) / np.maximum(cv2.GaussianBlur(lit, (0, 0), spread), 1e-3)
    paper = np.where(lit > 0, paper, np.maximum(filled, paper))
    smooth: NDArray[np.float32] = cv2.GaussianBlur(paper, (0, 0), letters / 4)
    return smooth


def _ratio(quad: Matrix, size: tuple[int, int]) -> float | None:
    """Width over height of the sheet, from the vanishing points of its sides; None where that is ill-conditioned."""
    centre = np.array(size) / 2
    m1, m2, m4, m3 = (np.append(point, 1.0) for point in quad - centre)  # as the paper counts: rows, not around
    k2 = _triple(m1, m4, m3) / _triple(m2, m4, m3)
    k3 = _triple(m1, m4, m2) / _triple(m3, m4, m2)
    n2, n3 = k2 * m2 - m1, k3 * m3 - m1
    if min(abs(n2[2]), abs(n3[2])) < 0.02:
        return None
    focal2 = -(n2[0] * n3[0] + n2[1] * n3[1]) / (n2[2] * n3[2])
    if not 0.3 < focal2 / max(size) ** 2 < 30:
        return None
    across, down = (np.array([n[0], n[1], n[2] * np.sqrt(focal2)]) for n in (n2, n3))
    return float(np.linalg.norm(across) / np.linalg.norm(down))


def _triple(a: Matrix, b: Matrix, c: Matrix) -> float:
    return float(np.dot(np.cross(a, b), c))


def _pixels(corners: SheetCorners, size: tuple[int, int]) -> Matrix:
    pixels: Matrix = np.array(corners, np.float64) * np.array(size) / 1000
    return pixels


def _pixels_of(image: Any) -> Pixels:
    """What OpenCV gives, as the type it is."""
    pixels: Pixels = image
    return pixels
