"""When LightOnOCR on this computer is offered, what it is said to cost, and what stands in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr import machine
from ocr.config.arguments import EngineName
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.engines import local_offer as module
from ocr.engines.llamacpp import fetch_weights
from ocr.engines.llamacpp.llama_command import DEFAULT_MODEL
from ocr.engines.local_offer import DOWNLOAD_BYTES, LocalOffer, local_offer, may_be_offered
from ocr.errors import NoLlamaServer, OutOfMemory, UnsupportedProcessor


@pytest.mark.parametrize(
    ("settings", "offered"),
    [
        ({}, True),
        ({"host": "localhost"}, True),
        ({"request": ReadRequest(model=DEFAULT_MODEL)}, True),
        ({"server_url": ("http://gpu-box:8000/v1",)}, False),
        ({"local": ""}, False),
        ({"local": "no"}, False),
        ({"engine": EngineName.TESSERACT}, False),
        ({"host": "0.0.0.0"}, False),
        ({"allowed_hosts": ("ocr.example",)}, False),
        ({"trusted_proxies": ("10.0.0.0/8",)}, False),
        ({"auth": ("u", "p")}, False),
        ({"request": ReadRequest(model="someone/other")}, False),
    ],
    ids=str,
)
def test_may_be_offered(settings: dict[str, object], offered: bool) -> None:
    """On the user's own page alone, and only where nothing has been chosen."""
    assert may_be_offered(Settings(**settings)) is offered  # type: ignore[arg-type]


@pytest.fixture
def llama(tmp_path: Path) -> Settings:
    """A llama-server that sees the GPUs named in a file beside it."""
    (tmp_path / "gpus").touch()
    script = tmp_path / "llama-server"
    script.write_text(f"#!/bin/sh\ncat {tmp_path / 'gpus'}\n")
    script.chmod(0o755)
    return Settings(llama_command=str(script))


@pytest.fixture(autouse=True)
def cached(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path]]:
    """The files that were downloaded before; none at first."""
    found: list[tuple[Path, Path]] = []
    monkeypatch.setattr(fetch_weights, "in_cache", lambda _: next(iter(found), None))
    return found


@pytest.mark.parametrize(("cores", "page_s", "fewer_pixels_s"), [(1, 256, 124), (2, 128, 62), (7, 62, 43)])
def test_cost(
    llama: Settings, cores: int, page_s: float, fewer_pixels_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As docs/measured.md has it: all cores look at the page, two write its text."""
    monkeypatch.setattr(module, "threads", lambda: cores)
    offer = local_offer(llama, tmp_path)
    assert (offer.obstacle, offer.cores, offer.download_bytes) == (None, cores, DOWNLOAD_BYTES)
    assert offer.page_s == pytest.approx(page_s, abs=1)
    assert offer.fewer_pixels_s == pytest.approx(fewer_pixels_s, abs=1)


def test_cost_once_downloaded(llama: Settings, cached: list[tuple[Path, Path]], tmp_path: Path) -> None:
    """Nothing is left to download."""
    cached.append((Path("m.gguf"), Path("mmproj.gguf")))
    assert local_offer(llama, tmp_path).download_bytes == 0


def test_cost_with_a_gpu(llama: Settings, tmp_path: Path) -> None:
    """The cores tell nothing of it."""
    (tmp_path / "gpus").write_text("Vulkan0: NVIDIA GeForce RTX 4070 (12282 MiB)\n")
    offer = local_offer(llama, tmp_path)
    assert (offer.obstacle, offer.page_s, offer.fewer_pixels_s) == (None, None, None)


@pytest.mark.parametrize(("kilobytes", "enough"), [(3_400_000, False), (3_800_000, True)])
def test_memory(llama: Settings, tmp_path: Path, kilobytes: int, enough: bool) -> None:
    """A computer sold with 4 GB has enough."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text(f"MemTotal: {kilobytes} kB\n")
    assert isinstance(local_offer(llama, tmp_path).obstacle, OutOfMemory) is not enough


def test_processor(llama: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without AVX2 the packaged llama-server cannot run; one of the user's own may."""
    monkeypatch.setattr(machine, "has_avx2", lambda _: False)
    assert isinstance(local_offer(Settings(), tmp_path).obstacle, UnsupportedProcessor)
    assert local_offer(llama, tmp_path).obstacle is None


def test_no_llama_server(tmp_path: Path) -> None:
    """It says how to get one."""
    offer = local_offer(Settings(llama_command=str(tmp_path / "nowhere")), tmp_path)
    assert isinstance(offer.obstacle, NoLlamaServer)
    assert offer.obstacle.next_step
    assert offer.source == LocalOffer().source
