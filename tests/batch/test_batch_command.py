"""The arguments of `pagelight batch`, and the commands that it has besides."""

from __future__ import annotations

import pytest

from ocr.batch.batch_command import LEFT_OUT, parse_batch, parser, reading_options
from ocr.batch.batch_settings import BatchEngine
from ocr.config.arguments import EngineName
from ocr.config.command_line import flag, options


def test_parse_batch() -> None:
    """The run's own options, those of reading, and the server's."""
    line = (
        "in --out s3://b/out --engine shard --shard 2/8 --tasks 64 --reader vllm --pages 1-3 "
        "--max-file-mb 7 --sbatch qos=low --sbatch exclusive -- --seed 1"
    )
    settings = parse_batch(line.split(), {})
    assert (settings.source, settings.target, settings.engine) == ("in", "s3://b/out", BatchEngine.SHARD)
    assert (settings.shard, settings.tasks) == ((2, 8), 64)
    assert settings.cluster.sbatch == (("qos", "low"), ("exclusive", ""))
    reading = settings.reading
    assert (reading.engine, reading.request.pages, reading.max_file_mb) == (EngineName.VLLM, "1-3", 7)
    assert reading.server_args == ("--seed", "1")
    assert not reading.cache


def test_parse_batch_verifies_and_writes_files() -> None:
    """What is done with pages that were read; by itself nothing is."""
    line = "in --out out --verify --require 0.98 --figures --formats md,HTML"
    settings = parse_batch(line.split(), {})
    assert (settings.reading.request.verify, settings.reading.require) == (True, 0.98)
    assert (settings.figures, settings.formats) == (True, ("md", "html"))
    plain = parse_batch(["in", "--out", "out"], {})
    assert not (plain.reading.finds_words or plain.figures or plain.formats)


def test_parse_batch_takes_defaults_from_the_environment() -> None:
    """As the ordinary command line does, with its defaults."""
    environ = {"OCR_SERVER_URL": "http://a", "OCR_TEMPERATURE": "0.5"}
    settings = parse_batch(["in", "--out", "out"], environ)
    assert settings.reading.server_url == ("http://a/v1",)
    assert settings.reading.request.temperature == 0.5
    assert settings.reading.max_pages == 5000
    assert parse_batch(["in", "--out", "out"], {"OCR_ENGINE": "tesseract"}).reading.engine is EngineName.TESSERACT


@pytest.mark.parametrize(
    "arguments",
    [
        ["in"],
        ["in", "--out", "out", "--engine", "shard"],
        ["in", "--out", "out", "--shard", "0/2"],
        ["in", "--out", "out", "--engine", "shard", "--shard", "2/2"],
        ["in", "--out", "out", "--engine", "cloud"],
        ["in", "--out", "out", "--workers", "0"],
        ["in", "--out", "out", "--server-url", "http://a", "--reader", "tesseract"],
        ["in", "--out", "out", "--server-url", "http://a", "--local", "m"],
        ["in", "--out", "out", "--formats", "md,pdf"],
        ["in", "--out", "out", "--engine", "slurm", "--formats", "md"],
        ["in", "--out", "out", "--engine", "shard", "--shard", "0/2", "--require", "0.9"],
    ],
)
def test_parse_batch_refuses(arguments: list[str]) -> None:
    """What makes no sense is a usage error."""
    with pytest.raises(SystemExit) as ended:
        parse_batch(arguments, {})
    assert ended.value.code == 2


def test_batch_has_the_reading_options_of_the_command_line() -> None:
    """None is missing by accident."""
    ours = {option for action in parser({})._actions for option in action.option_strings}
    assert {flag(option) for option in reading_options()} <= ours
    assert {option.name for option in options("cli")} - {option.name for option in reading_options()} == LEFT_OUT
