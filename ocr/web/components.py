"""Our components: a skeleton and a script from static/ each; values go in as data, never as markup.

Gradio evaluates what a template yields as a JavaScript template string, and Handlebars leaves `${` alone: a label
that reads `${alert(1)}` would run. So no template of ours mentions a value; the scripts set text and attributes.

They are instances, not subclasses: for a subclass Gradio writes a `.pyi` file beside the source when it is imported.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr

from ocr.web.locale.translation import french_of, spoken

STATIC = Path(__file__).resolve().parent / "static"
"""A folder for each component, and `base` for what they share; a file is found by its name, which is the only one."""


def asset_path(name: str) -> Path:
    """A file of static/, in whichever folder it lies."""
    (path,) = STATIC.glob(f"*/{name}")
    return path


def asset(name: str) -> str:
    """A text file of static/."""
    return asset_path(name).read_text(encoding="utf-8")


def part(name: str, value: dict[str, Any], *scripts: str, **constants: Any) -> gr.HTML:
    """The piece of the screen whose skeleton and script are `<name>.html` and `.js`; `scripts` run before.

    Its first value goes out in each language, for the server does not know yet who will see it. The part of the
    catalogue that it needs for what it says itself is put before its script: of a component in a tab that is opened
    later, Gradio hands over the value alone.
    """
    skeleton, sources = asset(f"{name}.html"), [asset(f"{script}.js") for script in ("dom", *scripts, name)]
    words = json.dumps(french_of(skeleton, sources, constants), ensure_ascii=False)
    return gr.HTML(
        value=spoken(value, None),
        html_template=skeleton,
        js_on_load="".join([f"const french = {words};\n", *sources]),
        apply_default_css=False,
        elem_id=f"pl-{name}",
        elem_classes="pl-part",
        **constants,
    )
