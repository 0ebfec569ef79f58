"""searchable.py: the searchable PDFs of the samples are what they should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.searchable import SAMPLES, measured


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_searchable_samples(path: Path) -> None:
    """Words in order and on ink, pages as they were, a sound file, a twentieth more bytes at most."""
    one = measured(path, verify=True)
    assert (one.changed_pages, one.faults) == (0, [])
    assert one.words > 60 * one.pages
    assert one.in_order == one.words
    assert one.on_ink >= 0.99 * one.boxes
    assert one.growth <= 0.05
