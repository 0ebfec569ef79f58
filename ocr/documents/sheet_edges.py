"""Find the sheet of paper in a photograph: the quadrilateral whose four sides are edges of the picture.

Straight lines are found in the picture without its letters (Canny's edges, Hough's lines). Of all quadrilaterals that
two lines across and two lines down make, the best is the one along whose sides the light changes in the same sense.
"""

from itertools import combinations
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.photo_sheets import Point, SheetCorners

Floats = NDArray[np.float32]

DETECTION_SIDE = 640
"""Pixels of the longer side of the picture in which the sheet is looked for."""

LETTERS_PX = 11
"""Letters and lines up to this thickness are taken out of the picture first, so that none is an edge."""

MAX_LINES = 16
"""Lines of each direction that are tried, the longest first."""

SAMPLES = 64
"""Points of each side at which the light is compared."""

REACH_PX = 3
"""Distance from a side, inwards and outwards, at which the light is compared."""

SEARCH_PX = 8
"""Distance from a side up to which the exact place of the edge is looked for."""

MIN_STEP = 6.0
"""Difference of light, of 255, between the inside and the outside at an edge."""

MIN_SUPPORT, MIN_MEAN_SUPPORT = 0.7, 0.85
"""Share of a side's points, and of those of all four on average, that must be at an edge; else there is no sheet."""

CANDIDATES = 6
"""Quadrilaterals whose sides are moved to their exact places before the best is chosen."""

MIN_AREA = 0.15
"""Share of the picture that the sheet covers; less is a card or a part of something else."""

MAX_ASPECT = 6.0
"""Length of a side over that of the one beside it; a longer strip is no sheet."""

MIN_ANGLE_COS = 0.64
"""Largest cosine at a corner, of 50°: a sheet seen at a greater slant is not legible."""

FLAT_SHARE, FLAT_SLOPE = 0.9, 0.01
"""A sheet that covers so much of the picture, and whose sides deviate no more from its sides, was not photographed but
scanned; straightening would only take a margin away."""


def find_sheet(picture: NDArray[np.uint8]) -> SheetCorners | None:
    """The corners of the sheet in an upright picture, gray (height, width) or RGB (height, width, 3).

    None where no sheet is found for certain, where it is cut off by the picture's border, or where the picture shows
    nothing but the sheet, as a scan does.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, DETECTION_SIDE / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    channels = _channels(small)
    across, down = _lines(channels)
    if len(across) < 2 or len(down) < 2:
        return None
    quads = _quadrilaterals(across, down, small.shape[1], small.shape[0])
    if not len(quads):
        return None
    best = _best(quads, channels)
    return None if best is None else _corners(best, small.shape[1], small.shape[0])


def _channels(small: NDArray[Any]) -> Floats:
    """(channels, height, width): lightness, and for pictures in colour two that hold the colour, without letters."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (LETTERS_PX, LETTERS_PX))
    planes = [small] if small.ndim == 2 else list(cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2LAB)))
    plain = [cv2.morphologyEx(planes[0], cv2.MORPH_CLOSE, kernel), *planes[1:]]
    return np.stack([cv2.GaussianBlur(cv2.medianBlur(plane, 5), (0, 0), 1.0) for plane in plain]).astype(np.float32)


def _lines(channels: Floats) -> tuple[Floats, Floats]:
    """Lines (rho, theta) that run across and down, the longest first, none of them twice."""
    edges = np.zeros(channels.shape[1:], np.uint8)
    for plane, low in zip(channels, (10, 6, 6), strict=False):
        edges |= cv2.Canny(plane.astype(np.uint8), low, 2.5 * low, L2gradient=True)
    threshold = int(0.15 * min(edges.shape))
    found = cv2.HoughLines(edges, 1, np.pi / 360, threshold)
    lines = np.empty((0, 2), np.float32) if found is None else found[:, 0, :2]
    kept: tuple[list[Any], list[Any]] = ([], [])
    for rho, theta in lines:
        group = kept[0] if np.pi / 4 <= theta <= 3 * np.pi / 4 else kept[1]
        if len(group) < MAX_LINES and not any(_alike(rho, theta, *other) for other in group):
            group.append((rho, theta))
    across, down = (np.array(group, np.float32).reshape(-1, 2) for group in kept)
    return across, down


def _alike(rho: float, theta: float, other_rho: float, other_theta: float) -> bool:
    if abs(theta - other_theta) > np.pi / 2:
        rho, theta = -rho, theta - np.copysign(np.pi, theta - other_theta)
    return bool(abs(rho - other_rho) < 5 and abs(theta - other_theta) < np.radians(1.8))


def _quadrilaterals(across: Floats, down: Floats, width: int, height: int) -> Floats:
    """(n, 4, 2): the quadrilaterals that lie in the picture and may be a sheet, clockwise from the top left corner."""
    rows = np.array(list(combinations(range(len(across)), 2)))
    columns = np.array(list(combinations(range(len(down)), 2)))
    row, column = (grid.ravel() for grid in np.meshgrid(np.arange(len(rows)), np.arange(len(columns))))
    first, second = across[rows[row]].transpose(1, 0, 2)
    third, fourth = down[columns[column]].transpose(1, 0, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        quads = np.stack(
            [_crossing(a, b) for a, b in ((first, third), (first, fourth), (second, fourth), (second, third))], 1
        )
    quads = quads[np.isfinite(quads).all((1, 2))]
    inside = (quads > -2).all((1, 2)) & (quads[..., 0] < width + 1).all(1) & (quads[..., 1] < height + 1).all(1)
    quads = _clockwise(quads[inside])
    sides = np.roll(quads, -1, 1) - quads
    lengths = np.linalg.norm(sides, axis=2) + 1e-6
    units = sides / lengths[..., None]
    following = np.roll(units, -1, 1)
    turns = units[..., 0] * following[..., 1] - units[..., 1] * following[..., 0]
    cosines = np.abs((units * following).sum(2))
    aspect = (lengths / np.roll(lengths, 1, 1)).max(1)
    fits = (turns > 0).all(1) & (cosines < MIN_ANGLE_COS).all(1) & (aspect < MAX_ASPECT)
    fits &= _area(quads) > MIN_AREA * width * height
    chosen: Floats = quads[fits]
    return chosen


def _crossing(one: Floats, other: Floats) -> Floats:
    """Where two lines (rho, theta) cross, (n, 2)."""
    (rho, theta), (rho2, theta2) = one.T, other.T
    across = np.sin(theta2 - theta)
    x = (rho * np.sin(theta2) - rho2 * np.sin(theta)) / across
    y = (rho2 * np.cos(theta) - rho * np.cos(theta2)) / across
    return np.stack([x, y], 1)


def _clockwise(quads: Floats) -> Floats:
    """The same corners: the top left first, then clockwise."""
    around = quads - quads.mean(1, keepdims=True)
    order = np.argsort(np.arctan2(around[..., 1], around[..., 0]), axis=1)
    ordered: Floats = np.take_along_axis(quads, order[..., None], 1)
    return ordered


def _area(quads: Floats) -> Floats:
    following = np.roll(quads, -1, 1)
    area: Floats = np.abs((quads[..., 0] * following[..., 1] - following[..., 0] * quads[..., 1]).sum(1)) / 2
    return area


def _best(quads: Floats, channels: Floats) -> Floats | None:
    """The quadrilateral with the best supported sides, a larger one before a smaller one; None if none has enough."""
    for candidates, samples in ((20 * CANDIDATES, SAMPLES // 4), (CANDIDATES, SAMPLES)):
        quads = quads[np.argsort(_score(quads, channels, samples))[::-1][:candidates]]
    exact = np.stack([_refined(quad, channels) for quad in quads])
    score = _score(exact, channels)
    best: Floats = exact[score.argmax()]
    support = _support(best[None], channels)[0]
    return best if support.min() >= MIN_SUPPORT and support.mean() >= MIN_MEAN_SUPPORT else None


def _score(quads: Floats, channels: Floats, samples: int = SAMPLES) -> Floats:
    support = _support(quads, channels, samples)
    share = _area(quads) / (channels.shape[1] * channels.shape[2])
    score: Floats = support.mean(1) + support.min(1) + 0.3 * share
    return score


def _support(quads: Floats, channels: Floats, samples: int = SAMPLES) -> Floats:
    """(n, 4): the share of each side's points at which inside and outside differ, all in the same sense."""
    along = np.linspace(0.03, 0.97, samples, dtype=np.float32)[:, None]
    following = np.roll(quads, -1, 1)
    sides = following - quads
    normal = np.stack([-sides[..., 1], sides[..., 0]], 2) / (np.linalg.norm(sides, axis=2, keepdims=True) + 1e-6)
    points = quads[:, :, None] + sides[:, :, None] * along
    inner, outer = (_at(channels, points + distance * normal[:, :, None]) for distance in (REACH_PX, -REACH_PX))
    step = inner - outer
    share: Floats = np.maximum((step > MIN_STEP).mean(3), (step < -MIN_STEP).mean(3)).max(0)
    return share


def _refined(quad: Floats, channels: Floats) -> Floats:
    """The quadrilateral, each side moved to where the light changes most, by at most `SEARCH_PX`."""
    along = np.linspace(0.03, 0.97, SAMPLES, dtype=np.float32)[:, None]
    offsets = np.arange(-SEARCH_PX, SEARCH_PX + 1, dtype=np.float32)
    lines = []
    for start, end in zip(quad, np.roll(quad, -1, 0), strict=True):
        side = end - start
        normal = np.array([-side[1], side[0]]) / np.linalg.norm(side)
        points = start + side * along
        values = _at(channels, points[:, None] + normal * offsets[:, None])
        steps = np.abs(values[..., 2:] - values[..., :-2]).sum(0)
        moved = points + normal * offsets[1:-1][steps.argmax(1), None]
        clear = steps.max(1) >= MIN_STEP
        if clear.sum() < SAMPLES / 4:
            return quad
        dx, dy, x, y = cv2.fitLine(moved[clear].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        theta = np.arctan2(dx, -dy)
        lines.append((x * np.cos(theta) + y * np.sin(theta), theta))
    sides = np.array(lines, np.float32)
    refined: Floats = _clockwise(_crossing(np.roll(sides, 1, 0), sides)[None])[0]
    return refined


def _at(channels: Floats, points: Floats) -> Floats:
    """The channels' values at the points, (channels, …)."""
    _, height, width = channels.shape
    x = np.clip(np.rint(points[..., 0]).astype(int), 0, width - 1)
    y = np.clip(np.rint(points[..., 1]).astype(int), 0, height - 1)
    values: Floats = channels[:, y, x]
    return values


def _corners(quad: Floats, width: int, height: int) -> SheetCorners | None:
    share = float(_area(quad[None])[0]) / (width * height)
    sides = np.roll(quad, -1, 0) - quad
    slopes = np.abs(sides).min(1) / np.abs(sides).max(1)
    if share > FLAT_SHARE and slopes.max() < FLAT_SLOPE:
        return None
    corners = np.clip(quad / (width, height) * 1000, 0, 1000).tolist()
    return SheetCorners(*(Point(round(x, 1), round(y, 1)) for x, y in corners))
