"""Garbage collection while many objects last."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from ocr.web import garbage_collection
from ocr.web.garbage_collection import GarbageCollection
from tests.web.waiting import until


class Lasting:
    """May refer to itself."""

    itself: Lasting | None = None


@pytest.fixture
def quiet() -> list[bool]:
    """Whether nobody reads, as its only item."""
    return [False]


@pytest.fixture
def collection(quiet: list[bool], monkeypatch: pytest.MonkeyPatch) -> Iterator[GarbageCollection]:
    """In force, and looking all the time."""
    monkeypatch.setattr(garbage_collection, "POLL_INTERVAL_S", 0.01)
    monkeypatch.setattr(garbage_collection, "QUIET_INTERVAL_S", 0.0)
    collection = GarbageCollection(lambda: quiet[0])
    collection.start()
    yield collection
    collection.close()


def collect() -> None:
    """Make a full collection; Python makes none while another thread is at one of its own."""
    before = gc.get_stats()[2]["collections"]
    while gc.get_stats()[2]["collections"] == before:
        gc.collect()


def is_gone_through(wanted: object) -> bool:
    """Whether the next full collection goes through this object."""
    return any(one is wanted for one in gc.get_objects())


@pytest.mark.usefixtures("collection")
def test_what_lasts_is_gone_through_once() -> None:
    """What a full collection has found in use costs the next one nothing."""
    page = Lasting()
    assert is_gone_through(page)
    collect()
    assert not is_gone_through(page)
    assert not is_gone_through(GarbageCollection)


@pytest.mark.usefixtures("collection")
def test_new_garbage_is_collected_while_somebody_reads() -> None:
    """Objects that refer to themselves and did not last."""
    page = Lasting()
    page.itself = page
    gone = weakref.ref(page)
    del page
    collect()
    assert gone() is None


@pytest.mark.anyio
@pytest.mark.usefixtures("collection")
async def test_old_garbage_goes_when_nobody_reads(quiet: list[bool]) -> None:
    """What lasted, refers to itself and is needed no more stays while somebody reads, and no longer."""
    page = Lasting()
    page.itself = page
    gone = weakref.ref(page)
    collect()
    del page
    collect()
    assert gone() is not None
    quiet[0] = True
    await until(lambda: gone() is None)


@pytest.mark.anyio
async def test_old_garbage_goes_after_a_collection_that_was_in_the_way(
    quiet: list[bool], collection: GarbageCollection
) -> None:
    """Python makes no collection during another one, in whichever thread; it is made up for."""
    page = Lasting()
    page.itself = page
    gone = weakref.ref(page)
    collect()
    del page

    def in_the_way(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            collection.collect_everything()

    gc.callbacks.append(in_the_way)
    try:
        gc.collect(0)
    finally:
        gc.callbacks.remove(in_the_way)
    assert gone() is not None
    quiet[0] = True
    await until(lambda: gone() is None)


def test_it_ends_as_it_began() -> None:
    """Closed, it leaves Python's own garbage collection as it was."""
    before = gc.get_threshold(), list(gc.callbacks)
    collection = GarbageCollection(lambda: False)
    collection.start()
    assert gc.get_freeze_count()
    collection.close()
    assert (gc.get_threshold(), list(gc.callbacks), gc.get_freeze_count()) == (*before, 0)
