"""Photographs of known pages, made from the pages' images: a table, perspective, shadow, blur, noise.

Everything is drawn by a seeded generator, so that a photograph can be made again from its seed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

MAKE, MODEL, TAKEN = 0x010F, 0x0110, 0x0132
"""EXIF tags."""

SURFACES = ("dark wood", "light wood", "cloth", "stone", "white desk")


@dataclass(frozen=True)
class MadePhoto:
    """A photograph whose sheet is known."""

    jpeg: bytes
    """With the EXIF data of a camera."""
    corners: NDArray[np.float64]
    """(4, 2): the sheet's corners in thousandths of the picture's width and height, clockwise from its top left one."""


def made_photo(
    page: Image.Image, seed: int, surface: str | None = None, size: tuple[int, int] = (2400, 3200)
) -> MadePhoto:
    """A photograph of a page on a table, in a room with one lamp."""
    random = np.random.default_rng(seed)
    width, height = size
    canvas = _surface(surface or SURFACES[seed % len(SURFACES)], size, random)
    corners = _corners(page.size, size, random)
    sheet = np.asarray(page.convert("RGB")).astype(np.float32) * np.array([0.93, 0.92, 0.88], np.float32)
    source = np.array([[0, 0], [page.width, 0], [page.width, page.height], [0, page.height]], np.float32)
    onto = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    smaller = _shrunk_for(sheet, corners)
    scale = np.diag([sheet.shape[1] / smaller.shape[1], sheet.shape[0] / smaller.shape[0], 1.0])
    laid = cv2.warpPerspective(smaller, onto @ scale, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.ones(smaller.shape[:2], np.float32), onto @ scale, size, flags=cv2.INTER_LINEAR)
    cast = cv2.GaussianBlur(np.roll(mask, (14, 10), (0, 1)), (0, 0), 12)  # the shadow of the sheet on the table
    picture = canvas * (1 - 0.35 * cast * (1 - mask))[..., None] * (1 - mask[..., None]) + laid * mask[..., None]
    picture *= _light(size, random)[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.5, 1.1))
    picture += random.normal(0, random.uniform(2, 5), (height, width, 1)).astype(np.float32)
    return MadePhoto(_jpeg(picture, random), corners / np.array(size) * 1000)


def _shrunk_for(sheet: NDArray[np.float32], corners: NDArray[np.float64]) -> NDArray[np.float32]:
    """The sheet no larger than it is in the picture, so that the letters' edges do not alias."""
    longest = max(np.linalg.norm(corners - np.roll(corners, 1, 0), axis=1))
    scale = min(1.0, float(longest) / max(sheet.shape[:2]))
    shrunk: Any = cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return shrunk


def _corners(page: tuple[int, int], size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float64]:
    """The sheet's corners in pixels, as a camera sees them that is held at an angle above it."""
    aspect = page[0] / page[1]
    sheet = np.array([[-aspect, -1], [aspect, -1], [aspect, 1], [-aspect, 1]]) / 2
    turn, tilt, side = random.uniform(-0.17, 0.17), random.uniform(0.1, 0.55), random.uniform(-0.35, 0.35)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    about_y = np.array([[np.cos(side), 0, np.sin(side)], [0, 1, 0], [-np.sin(side), 0, np.cos(side)]])
    placed = np.column_stack([sheet, np.zeros(4)]) @ about_z.T @ about_x.T @ about_y.T
    seen = placed[:, :2] / (placed[:, 2:] + random.uniform(1.6, 2.4))
    seen -= (seen.min(0) + seen.max(0)) / 2
    room = np.array(size) * random.uniform(0.78, 0.93)
    seen *= (room / (seen.max(0) - seen.min(0))).min()
    return seen + np.array(size) / 2 + random.uniform(-0.02, 0.02, 2) * np.array(size)


def _surface(kind: str, size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """What the sheet lies on."""
    width, height = size
    colour = {
        "dark wood": (92, 62, 42), "light wood": (190, 158, 118), "cloth": (72, 88, 130), "stone": (128, 126, 122),
        "white desk": (214, 214, 212),
    }[kind]  # fmt: skip
    if "wood" in kind:
        fine = random.normal(0, 1, (height, width // 200 + 1)).astype(np.float32)
        grain = cv2.resize(cv2.GaussianBlur(fine, (0, 0), sigmaX=0.8, sigmaY=2.5), size, interpolation=cv2.INTER_CUBIC)
        boards = np.repeat(random.normal(0, 1, 5), -(-height // 5))[:height, None].astype(np.float32)
        texture = 14 * grain + 6 * boards
    elif kind == "cloth":
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        texture = 10 * np.sin(rows / 3.1) * np.sin(columns / 3.3) + 22 * (np.sin(columns / 120) > 0.6)
    elif kind == "stone":
        spots = cv2.resize(random.normal(0, 1, (height // 12, width // 12)).astype(np.float32), size)
        texture = 26 * spots
    else:
        texture = np.zeros((height, width), np.float32)
    even: NDArray[np.float32] = np.clip(np.array(colour, np.float32) + texture[..., None], 0, 255)
    return even


def _light(size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """The share of light in each pixel: darker away from the lamp, and where a hand or a phone casts its shadow."""
    width, height = size
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (columns / width - 0.5) + np.sin(angle) * (rows / height - 0.5)
    light = 0.8 + random.uniform(0.15, 0.45) * along
    shadow = np.zeros((height // 8, width // 8), np.uint8)
    centre = (int(random.uniform(0.1, 0.9) * width / 8), int(random.uniform(0.4, 1.0) * height / 8))
    axes = (int(width / 8 * random.uniform(0.2, 0.5)), int(height / 8 * random.uniform(0.15, 0.4)))
    cv2.ellipse(shadow, centre, axes, random.uniform(0, 180), 0, 360, 255, -1)
    soft = cv2.GaussianBlur(shadow.astype(np.float32) / 255, (0, 0), width / 8 * random.uniform(0.01, 0.06))
    light *= 1 - random.uniform(0.2, 0.5) * cv2.resize(soft, size)
    return np.clip(light, 0.15, 1.1)


def _jpeg(picture: NDArray[np.float32], random: np.random.Generator) -> bytes:
    exif = Image.Exif()
    exif[MAKE], exif[MODEL], exif[TAKEN] = "Pagelight", "Bench", "2026:01:02 03:04:05"
    buffer = io.BytesIO()
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    image.save(buffer, "JPEG", quality=int(random.integers(70, 92)), exif=exif)
    return buffer.getvalue()
