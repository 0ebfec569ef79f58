"""Whole answers are kept for the same image, model and parameters, and for nothing else."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ocr import errors
from ocr.config.profiles import Model, ReadOptions, read_options
from ocr.events import Delta, Finished
from ocr.inference import cache as module
from ocr.inference.cache import CachedReader, PageCache, cache_key
from ocr.inference.reader import Reader
from ocr.types import Finish, PageImage
from tests.pipeline.runs import OPTIONS, Answer, ScriptedReader

pytestmark = pytest.mark.anyio

SERVER = "http://gpu:8000/v1"
IMAGE = PageImage(7, 10, b"image", "image/png")


async def two_words(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
    yield Delta("two ")
    yield Delta("words")
    yield Finished(Finish.STOP, None)


async def read(cache: PageCache, reader: Reader, image: PageImage = IMAGE, fresh: bool = False) -> list[object]:
    return [item async for item in CachedReader(reader, cache, SERVER, fresh=fresh).read(image, OPTIONS)]


async def test_cache_second_reading_comes_from_the_file(tmp_path: Path) -> None:
    """In another run too: same text, same tokens, no request."""
    first, second = ScriptedReader(two_words), ScriptedReader(two_words)
    with closing(PageCache(tmp_path / "deep" / "pages.sqlite")) as cache:
        assert len(await read(cache, first)) == 3
    with closing(PageCache(tmp_path / "deep" / "pages.sqlite")) as cache:
        assert await read(cache, second) == [Delta("two words"), Finished(Finish.STOP, 2, cached=True)]
    assert (first.attempts, second.attempts) == ({7: 1}, {})
    assert (tmp_path / "deep" / "pages.sqlite").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "other",
    [
        replace(OPTIONS, model="n"), replace(OPTIONS, temperature=0.3), replace(OPTIONS, top_p=0.5),
        replace(OPTIONS, prompt="grounding"), replace(OPTIONS, thinking=False), replace(OPTIONS, most_tokens=9),
        replace(OPTIONS, root="/models/tuned"), replace(OPTIONS, revision="v2"),
    ],
)  # fmt: skip
async def test_cache_key_holds_what_is_sent(other: ReadOptions) -> None:
    assert cache_key(IMAGE, other, SERVER) != cache_key(IMAGE, OPTIONS, SERVER)


async def test_cache_two_checkpoints_under_one_name(tmp_path: Path) -> None:
    """Another server, or another model or revision served under the same name, is asked."""
    reader = ScriptedReader(two_words)
    other = "http://other:8000/v1"
    with closing(PageCache(tmp_path / "c")) as cache:
        for server, root, revision in (
            (SERVER, "a", None),
            (SERVER, "b", None),
            (SERVER, "a", "v2"),
            (other, "a", None),
        ):
            options = read_options(Model("m", root, revision=revision))
            async for item in CachedReader(reader, cache, server).read(IMAGE, options):
                assert not getattr(item, "cached", False)
    assert reader.attempts == {7: 4}


async def test_cache_key_leaves_out_what_is_ours() -> None:
    """How the text is shown afterwards, and how often a page is asked for, changes no answer."""
    ours = replace(OPTIONS, headers=True, temperatures=(0.9,))
    assert cache_key(IMAGE, ours, SERVER) == cache_key(IMAGE, OPTIONS, SERVER)


async def test_cache_other_page_is_asked(tmp_path: Path) -> None:
    reader = ScriptedReader(two_words)
    with closing(PageCache(tmp_path / "c")) as cache:
        await read(cache, reader)
        await read(cache, reader, replace(IMAGE, data=b"other"))
        assert reader.attempts == {7: 2}


async def test_cache_fresh_answer_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """Who wants a page read again gets no answer from before; the next who asks gets the new one."""

    async def numbered(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta(f"answer {attempt}")
        yield Finished(Finish.STOP, 2)

    reader = ScriptedReader(numbered)
    with closing(PageCache(tmp_path / "c")) as cache:
        first = await read(cache, reader)
        again = await read(cache, reader, fresh=True)
        kept = await read(cache, reader)
    assert [items[0] for items in (first, again, kept)] == [Delta("answer 1"), Delta("answer 2"), Delta("answer 2")]


async def cut(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
    yield Delta("half")
    yield Finished(Finish.LENGTH, 1)


async def empty(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
    yield Finished(Finish.STOP, 1)


async def broken(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
    yield Delta("half")
    raise errors.StreamCut("cut")


@pytest.mark.parametrize("answer", [cut, empty, broken])
async def test_cache_keeps_whole_answers_only(tmp_path: Path, answer: Answer) -> None:
    reader = ScriptedReader(answer)
    with closing(PageCache(tmp_path / "c")) as cache:
        for _ in range(2):
            try:
                await read(cache, reader)
            except errors.StreamCut:
                continue
    assert reader.attempts == {7: 2}


async def test_cache_is_bounded(tmp_path: Path) -> None:
    """What was used longest ago goes first."""
    with closing(PageCache(tmp_path / "c", max_bytes=3 * 1032)) as cache:
        for number in range(4):
            cache.put(bytes([number]) * 32, "x" * 1000, 1)
        assert cache.get(bytes(32))
    with closing(PageCache(tmp_path / "c", max_bytes=3 * 1032)) as cache:
        assert [bool(cache.get(bytes([number]) * 32)) for number in range(4)] == [True, False, True, True]


async def test_cache_that_cannot_be_used_is_none(tmp_path: Path) -> None:
    """A file that is no database, or a place where none can be: pages are read all the same."""
    (tmp_path / "garbage").write_bytes(b"no database" * 100)
    (tmp_path / "file").touch()
    for path in (tmp_path / "garbage", tmp_path / "file" / "c"):
        reader = ScriptedReader(two_words)
        with closing(PageCache(path)) as cache:
            for _ in range(2):
                assert len(await read(cache, reader)) == 3
        assert reader.attempts == {7: 2}


async def test_cache_shared_by_two_runs(tmp_path: Path) -> None:
    """While another run writes, a page is read and not kept; afterwards it is."""
    reader = ScriptedReader(two_words)
    with closing(PageCache(tmp_path / "c")) as cache:
        other = sqlite3.connect(tmp_path / "c", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert len(await read(cache, reader)) == 3
        other.execute("COMMIT")
        other.close()
        await read(cache, reader)
        assert len(await read(cache, reader)) == 2
    assert reader.attempts == {7: 2}


async def test_cache_waits_for_its_file_outside_the_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is locked holds one answer back; what frees it can run in the same event loop."""
    monkeypatch.setattr(module, "LOCK_TIMEOUT_S", 10.0)
    with closing(PageCache(tmp_path / "c")) as cache:
        cache.put(b"key", "text", 1)
        other = sqlite3.connect(tmp_path / "c", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        async def frees(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
            yield Delta("text")
            asyncio.get_running_loop().call_soon(other.execute, "COMMIT")
            yield Finished(Finish.STOP, 1)

        reader = ScriptedReader(frees)
        await read(cache, reader)
        assert await read(cache, reader) == [Delta("text"), Finished(Finish.STOP, 1, cached=True)]
        other.close()


@pytest.mark.parametrize("flipped", [0x01, 0x80])
async def test_cache_answer_that_has_changed_on_the_disk(tmp_path: Path, flipped: int) -> None:
    """One flipped bit, also one that leaves no UTF-8: the page is asked for anew, and stored again."""
    path, reader = tmp_path / "c", ScriptedReader(two_words)
    with closing(PageCache(path)) as cache:
        await read(cache, reader)
    data = bytearray(path.read_bytes())
    assert data.count(b"two words") == 1
    data[data.index(b"two words") + 4] ^= flipped
    path.write_bytes(data)
    with closing(PageCache(path)) as cache:
        assert await read(cache, reader) == [Delta("two "), Delta("words"), Finished(Finish.STOP, None)]
        assert await read(cache, reader) == [Delta("two words"), Finished(Finish.STOP, 2, cached=True)]
    assert reader.attempts == {7: 2}


async def test_cache_of_another_version_is_emptied(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "c") as old:
        old.execute("CREATE TABLE answers (key BLOB PRIMARY KEY, text TEXT)")
    old.close()
    reader = ScriptedReader(two_words)
    with closing(PageCache(tmp_path / "c")) as cache:
        await read(cache, reader)
    with closing(PageCache(tmp_path / "c")) as cache:
        assert len(await read(cache, reader)) == 2
    assert reader.attempts == {7: 1}


async def test_cache_keeps_no_answer_of_another_model(tmp_path: Path) -> None:
    """It is none of the model that was asked for."""

    async def other(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("words")
        yield Finished(Finish.STOP, 1, answered_by="somebody/else")

    reader = ScriptedReader(other)
    with closing(PageCache(tmp_path / "c")) as cache:
        for _ in range(2):
            await read(cache, reader)
    assert reader.attempts == {7: 2}
