"""The size in pixels of a page's image."""


def fitted_size(size: tuple[float, float], longest_side: int, multiple: int = 1) -> tuple[int, int]:
    """The width and height of an image that shows all of `size`, enlarged by less than one `multiple`.

    Both are multiples of `multiple`, and at least that. The longer one is the largest that `longest_side` allows, where
    `size` is as large as that; the image is stretched to that size, by as little as possible.
    """
    limit = max(multiple, longest_side // multiple * multiple)
    scale = min(1.0, limit / max(size))
    width, height = (min(limit, max(multiple, round(side * scale / multiple) * multiple)) for side in size)
    return width, height
