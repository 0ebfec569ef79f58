"""What a task asks of a cluster: flags, and sbatch's options made of them."""

from __future__ import annotations

import argparse
from dataclasses import fields

import pytest

from ocr.batch.cluster_options import RESERVED, ClusterOptions, parse_sbatch
from ocr.config.arguments import parse_gpus


def test_options_for_sbatch() -> None:
    """Those that are asked for, and no others; a free one goes before ours, and may have no value."""
    assert ClusterOptions(memory="").for_sbatch() == {}
    assert ClusterOptions(account="me", gpus=1, gres="gpu:h100:1").for_sbatch() == {
        "account": "me",
        "mem": "8G",
        "gres": "gpu:h100:1",
        "gpus": "1",
    }
    free = (*parse_sbatch("--mem=0"), *parse_sbatch("exclusive"), *parse_sbatch("comment=a=b, c"))
    assert ClusterOptions(sbatch=free).for_sbatch() == {"mem": "0", "exclusive": "", "comment": "a=b, c"}


@pytest.mark.parametrize("text", ["", "=1", "a b", "mem=1\n#SBATCH --x", "Mem=1", *(f"{name}=1" for name in RESERVED)])
def test_options_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        parse_sbatch(text)


def test_options_gpus() -> None:
    assert (parse_gpus("0.5"), parse_gpus("8")) == (0.5, 8)
    for text in ("", "-1", "nan", "inf", "one"):
        with pytest.raises((argparse.ArgumentTypeError, ValueError)):
            parse_gpus(text)


def test_options_are_all_flags() -> None:
    """Each has its help and its parser."""
    assert all(option.metadata["help"] and option.metadata["parse"] for option in fields(ClusterOptions))
