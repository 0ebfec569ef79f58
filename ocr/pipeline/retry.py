"""Retries of a page: rising temperatures, then a smaller image; and the delay after a temporary error.

Whether it is retried: after an answer `Attempt.retry_reason` decides, after an error `OcrError.retryable`. How often,
and at which temperatures and sizes: `Retries` and the profiles in `config/profiles.py`. The loop is in `page_task.py`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from ocr.config.profiles import MIN_RETRY_PIXELS, RETRY_SCALE, ReadOptions, Retries, whole_patches
from ocr.errors import OcrError
from ocr.i18n import Translatable, gettext
from ocr.types import PageImage


@dataclass(frozen=True, slots=True)
class RetryStep:
    """The settings of one retry after an unusable answer."""

    temperature: float
    longest_side: int | None = None
    """Pixels of the longer side of a new, smaller image; None for the image that there is."""

    @property
    def description(self) -> Translatable:
        """What differs from the request before: `at temperature 0.3`, `at 1148 px`."""
        if self.longest_side:
            return gettext("at {side} px", side=self.longest_side)
        return gettext("at temperature {number:g}", number=self.temperature)


def retry_steps(options: ReadOptions, image: PageImage) -> Iterator[RetryStep]:
    """The retries in turn: each temperature above the one in use; then that one, on an image of 3/4 the size.

    Empty for a deterministic engine. An image that is small already, or that the server enlarges again, is not made
    smaller.
    """
    if not options.temperatures:
        return
    steps = [RetryStep(step) for step in options.temperatures if step > options.temperature]
    smaller = max(image.width, image.height) * RETRY_SCALE
    if smaller >= MIN_RETRY_PIXELS and options.smaller_differs:
        steps.append(RetryStep(options.temperature, whole_patches(smaller, options.patch_pixels)))
    yield from steps[: options.most_retries]


def wait_seconds(error: OcrError, retries: Retries, attempts: int) -> float:
    """Seconds before the next attempt after so many: what the server asked for, else exponential with jitter."""
    asked = getattr(error, "retry_after", None)
    if asked is not None:
        return min(float(asked), retries.longest_wait)
    return min(retries.first_wait * 2.0 ** (attempts - 1), retries.longest_wait) + random.uniform(0, retries.first_wait)
