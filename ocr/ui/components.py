"""Our components: a skeleton and a script from assets/ each; values go in as data, never as markup.

Gradio evaluates what a template yields as a JavaScript template string, and Handlebars leaves `${` alone: a label
that reads `${alert(1)}` would run. So no template of ours mentions a value; the scripts set text and attributes.

They are instances, not subclasses: for a subclass Gradio writes a `.pyi` file beside the source when it is imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def asset(name: str) -> str:
    """A text file of assets/."""
    return (ASSETS / name).read_text(encoding="utf-8")


def part(name: str, value: dict[str, Any], *scripts: str, **constants: Any) -> gr.HTML:
    """The piece of the screen whose skeleton and script are `assets/<name>.html` and `.js`; `scripts` run before."""
    return gr.HTML(
        value=[value],
        html_template=asset(f"{name}.html"),
        js_on_load="".join(asset(f"{script}.js") for script in ("dom", *scripts, name)),
        apply_default_css=False,
        elem_id=f"pl-{name}",
        elem_classes="pl-part",
        **constants,
    )
