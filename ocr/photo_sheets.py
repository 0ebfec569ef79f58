"""The sheet of paper in a photograph: when it is looked for, and where its corners are."""

from enum import StrEnum
from typing import NamedTuple, Self


class PhotoMode(StrEnum):
    """When the sheet of paper in a picture is made a page of: found, straightened, its light evened."""

    AUTO = "auto"
    """Where the file says that a camera took it."""
    ON = "on"
    """In any picture that is not a flat scan."""
    OFF = "off"


class Point(NamedTuple):
    """A place on a picture; 0–1000 on both axes, whatever the picture's size."""

    x: float
    y: float


class SheetCorners(NamedTuple):
    """The corners of a sheet of paper in a photograph, as the photograph is seen upright."""

    top_left: Point
    top_right: Point
    bottom_right: Point
    bottom_left: Point

    def as_list(self) -> list[list[float]]:
        """`[[x, y], …]`, clockwise from the top left, the order of result.json."""
        return [[point.x, point.y] for point in self]

    @classmethod
    def of(cls, values: object) -> Self:
        """Corners from `[[x, y], …]`.

        Raises:
            ValueError: they are no four points of the picture, or not clockwise around a convex sheet.
        """
        try:
            corners = cls(*(Point(float(x), float(y)) for x, y in values))  # type: ignore[attr-defined]
        except TypeError as error:
            raise ValueError(f"not four corners: {values!r}") from error
        inside = all(0 <= value <= 1000 for point in corners for value in point)
        following = (*corners, *corners[:2])
        if not (inside and all(_turn(*following[at : at + 3]) > 0 for at in range(4))):
            raise ValueError(f"not the corners of a sheet: {values!r}")
        return corners


def _turn(before: Point, at: Point, after: Point) -> float:
    """Twice the area of the triangle; positive where the way turns clockwise."""
    return (at.x - before.x) * (after.y - at.y) - (at.y - before.y) * (after.x - at.x)


class PageView(NamedTuple):
    """How a page was shown when something on it was found."""

    rotation: int = 0
    """Degrees clockwise."""
    corners: SheetCorners | None = None
    """Those of the sheet that was straightened."""


AS_TAKEN = PageView()
"""Of a page that was neither turned nor straightened."""
