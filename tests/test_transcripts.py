"""Hand-written transcripts of every family, streamed in random pieces through the whole program to its files."""

from __future__ import annotations

import base64
import io
import json
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from PIL import Image

from ocr.export import SCHEMA
from tests.conftest import ROOT, SAMPLES
from tests.inference.scripted_server import Connection, Request, scripted_server

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Transcript:
    """What a model writes for one page, and what is to be read of it."""

    model: str
    raw: str
    markdown: str
    regions: list[tuple[str, list[int], str]] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)


PLAIN = Transcript(
    "lightonai/LightOnOCR-2-1B",
    "# How a Lawn Learns\n\nThe assistant said: system, user. It cost \\$5 or \\$10, and \\$x^2\\$ holds.\n\n"
    "![image](image_1.png)\n\n$$\nW = \\frac{a}{b}\n$$\n\n---\n\n100,200,300,400\n\n"
    "<table><tr><td>Mill bank</td><td>19",
    "# How a Lawn Learns\n\nThe assistant said: system, user. It cost \\$5 or \\$10, and $x^2$ holds.\n\n"
    "[image]\n\n$$\nW = \\frac{a}{b}\n$$\n\n---\n\n100,200,300,400\n\n"
    "<table><tr><td>Mill bank</td><td>19</td></tr></table>",
)
BBOX = Transcript(
    "someone/lightonocr-2-1b-bbox-AWQ",
    "Before!\n\n![image](image_1.png)550,280,920,440\n\nFigure 1. Wear of three paths\n\n"
    "![image](image_1.png) 920 ,\n440, 550,280\n\n![image](image_2.png)10,10,10,500\n\n![see](https://a.org/b.png) [x]",
    "Before!\n\n![Figure 1. Wear of three paths](figures/page-2-1.png)\n\nFigure 1. Wear of three paths\n\n"
    "![image](figures/page-2-2.png)\n\n[image]\n\n![see](https://a.org/b.png) [x]",
    [("image", [550, 280, 920, 440], ""), ("image", [550, 280, 920, 440], "")],
    ["figures/page-2-1.png", "figures/page-2-2.png"],
)
LAYOUT = Transcript(
    "LightOnOCR-3-4B",
    "![page_header](90,50,382,61) Proceedings\n![title](227,99,774,118)\nHow a Lawn\nLearns\n"
    "![section](90,286,241,297) ## 1 Introduction\n![text](90,307,486,450) Every park has two\n"
    "![figure](555,287,909,440) A plot\n![figure_title](516,465,911,501) Figure 1. Wear\n"
    "![text+](516,517,910,677) plans.\n![formula](1,500,400,520) W = 1\n![list](1,530,400,560) - one\n- two\n"
    "![sidebar](1,570,400,1003) Aside ![te\n![code](1,610,400,650) x = \\$y^2\\$\n![footer](0,990,1000,1000) end",
    "# How a Lawn Learns\n\n## 1 Introduction\n\nEvery park has two plans.\n\n"
    "![Figure 1. Wear](figures/page-2-1.png)\n\nA plot\n\nFigure 1. Wear\n\n$$\nW = 1\n$$\n\n- one\n- two\n\n"
    "Aside ![te\n\n```\nx = \\$y^2\\$\n```",
    [
        ("page_header", [90, 50, 382, 61], "Proceedings"),
        ("title", [227, 99, 774, 118], "How a Lawn\nLearns"),
        ("section", [90, 286, 241, 297], "## 1 Introduction"),
        ("text", [90, 307, 486, 450], "Every park has two"),
        ("figure", [555, 287, 909, 440], "A plot"),
        ("figure_title", [516, 465, 911, 501], "Figure 1. Wear"),
        ("text", [516, 517, 910, 677], "plans."),
        ("formula", [1, 500, 400, 520], "W = 1"),
        ("list", [1, 530, 400, 560], "- one\n- two"),
        ("sidebar", [1, 570, 400, 1000], "Aside ![te"),
        ("code", [1, 610, 400, 650], "x = \\$y^2\\$"),
        ("footer", [0, 990, 1000, 1000], "end"),
    ],
    ["figures/page-2-1.png"],
)
FENCED = Transcript(
    "/models/LightOnOCR-0.9B-32k-1025.gguf", "```markdown\n# All of it\n\nin a fence\n```", "# All of it\n\nin a fence"
)


def pieces(text: str) -> list[str]:
    """The text in pieces of 1 to 7 characters; another split each time."""
    cuts, at = [], 0
    while at < len(text):
        size = random.randint(1, 7)
        cuts.append(text[at : at + size])
        at += size
    return cuts


@pytest.mark.parametrize("transcript", [PLAIN, BBOX, LAYOUT, FENCED], ids=lambda transcript: transcript.model)
async def test_transcripts(transcript: Transcript, tmp_path: Path) -> None:
    """document.md, result.json and the figures are exact, and the page was asked for as its family wants it."""

    async def script(request: Request, connection: Connection) -> None:
        if request.method == "GET":
            await connection.respond(200, {"data": [{"id": transcript.model, "max_model_len": 16384}]})
        else:
            await connection.stream(*pieces(transcript.raw), tokens=99)

    script.serves_models = True  # type: ignore[attr-defined]
    async with scripted_server(script) as server:
        await read_page_2(server.url, tmp_path)
    folder = tmp_path / "article"
    assert (folder / "document.md").read_text() == f"<!-- page 2 -->\n\n{transcript.markdown}\n"
    result = json.loads((folder / "result.json").read_text())
    jsonschema.validate(result, json.loads(SCHEMA.read_text()))
    (page,) = result["pages"]
    assert (page["raw"], page["markdown"], page["tokens"]) == (transcript.raw, transcript.markdown, 99)
    assert [(r["label"], r["box"], r["text"]) for r in page["regions"]] == transcript.regions
    written = sorted(str(path.relative_to(folder)) for path in folder.glob("figures/*"))
    assert written == transcript.figures
    (asked,) = server.reads
    check_request(asked.json, page, transcript.model)


async def read_page_2(server_url: str, out: Path) -> None:
    """Run the command line on the article's second page."""
    article = str(SAMPLES / "article.pdf")
    command = [sys.executable, "-m", "ocr", article, "--pages", "2", "--server-url", server_url, "--out", str(out)]
    done = await anyio.run_process(command, cwd=ROOT)
    assert done.stderr == b""


def pixels_of(url: str) -> tuple[int, int]:
    """The size of the image in a data URL."""
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size


def check_request(body: dict[str, Any], page: dict[str, Any], model: str) -> None:
    image, *prompt = body["messages"][0]["content"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    assert [part["text"] for part in prompt] == (["grounding"] if "-3-" in model else [])
    assert (page["width"], page["height"]) == ((1440, 2048) if "-3-4B" in model else (1092, 1540))
    assert pixels_of(image["image_url"]["url"]) == (page["width"], page["height"])
    assert body["model"] == model


async def test_transcripts_figure_is_sharper_than_the_page(tmp_path: Path) -> None:
    """The plot is cut out at 300 DPI: 37 % of A4's width are 918 pixels, on the page sent they are 400."""

    async def script(request: Request, connection: Connection) -> None:
        await connection.stream("![figure](550,280,920,440)")

    async with scripted_server(script) as server:
        article = str(SAMPLES / "article.pdf")
        command = [
            sys.executable,
            "-m",
            "ocr",
            article,
            "--pages",
            "2",
            "--server-url",
            server.url,
            "--out",
            str(tmp_path),
        ]
        await anyio.run_process(command, cwd=ROOT)
    with Image.open(tmp_path / "article" / "figures" / "page-2-1.png") as figure:
        assert figure.width == pytest.approx(0.37 * 8.27 * 300, abs=3)
        assert figure.height == pytest.approx(0.16 * 11.69 * 300, abs=3)
