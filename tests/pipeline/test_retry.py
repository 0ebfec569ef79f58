"""How a page is asked for again, and in which turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.config.profiles import TESSERACT, Model, Retries, read_options
from ocr.errors import Overloaded, StreamCut
from ocr.pipeline.retry import retry_steps, wait_seconds
from ocr.types import PageImage

OPTIONS = read_options(Model("lightonai/LightOnOCR-2-1B"))
PAGE = PageImage(1089, 1540, b"", "image/png")


def test_retry_warmer_then_smaller() -> None:
    """Only what is warmer than the model is; the smaller image is asked for at the model's own temperature."""
    found = list(retry_steps(OPTIONS, PAGE))
    assert [(step.temperature, step.longest_side) for step in found] == [
        (0.3, None), (0.5, None), (0.8, None), (0.2, 1148),
    ]  # fmt: skip
    assert [step.description for step in found] == [
        "at temperature 0.3", "at temperature 0.5", "at temperature 0.8", "at 1148 px",
    ]  # fmt: skip


@pytest.mark.parametrize(("height", "smaller"), [(800, [588]), (799, []), (4000, [2996])])
def test_retry_small_page_is_not_made_smaller(height: int, smaller: list[int]) -> None:
    """Below 600 pixels small print is lost."""
    image = replace(PAGE, width=500, height=height)
    assert [step.longest_side for step in retry_steps(OPTIONS, image) if step.longest_side] == smaller


def test_retry_hot_user_has_the_smaller_image_left() -> None:
    assert [step.longest_side for step in retry_steps(replace(OPTIONS, temperature=1.5), PAGE)] == [1148]


def test_retry_none_for_the_cpu_engine() -> None:
    """It always answers alike."""
    assert list(retry_steps(replace(OPTIONS, temperatures=TESSERACT.temperatures), PAGE)) == []


@pytest.mark.parametrize(("attempts", "least"), [(1, 0.5), (2, 1.0), (3, 2.0), (9, 30.0)])
def test_retry_wait_doubles(attempts: int, least: float) -> None:
    """With jitter, so that many pages do not come back in the same instant."""
    waits = [wait_seconds(StreamCut("Cut."), Retries(), attempts) for _ in range(50)]
    assert least <= min(waits) < max(waits) <= least + 0.5


@pytest.mark.parametrize(("asked", "waited"), [(0.0, 0.0), (7.0, 7.0), (600.0, 30.0)])
def test_retry_wait_that_the_server_asks_for(asked: float, waited: float) -> None:
    assert wait_seconds(Overloaded("Busy.", "Wait.", asked), Retries(), 1) == waited


def test_retry_on_a_server_that_reads_one_page_at_a_time() -> None:
    """A llama-server on a processor takes minutes for a page: one more try, and none by an image it would enlarge."""
    steps = list(retry_steps(read_options(Model("LightOnOCR-2-1B", owned_by="llamacpp", slots=1)), PAGE))
    assert [(step.temperature, step.longest_side) for step in steps] == [(0.3, None)]
    steps = list(retry_steps(read_options(Model("LightOnOCR-2-1B", owned_by="llamacpp", slots=4)), PAGE))
    assert [step.temperature for step in steps] == [0.3, 0.5, 0.8]
    steps = list(retry_steps(read_options(Model("LightOnOCR-3-0.8B", owned_by="llamacpp", slots=4)), PAGE))
    assert steps[-1].longest_side == 1152
