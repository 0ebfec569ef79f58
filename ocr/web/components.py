"""Custom components, each made from markup and a module in static/; values are passed as data, never as markup.

Gradio evaluates what a template yields as a JavaScript template string, and Handlebars leaves `${` alone: a label
that reads `${alert(1)}` would run. So no template of ours mentions a value; the scripts set text and attributes.

They are instances, not subclasses: for a subclass Gradio writes a `.pyi` file beside the source when it is imported.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import gradio as gr

from ocr.i18n import gettext
from ocr.web.locale.translation import component_catalogue, translations
from ocr.web.script_bundle import bundle

STATIC = Path(__file__).resolve().parent / "static"
"""A folder for each component, `base` for what they share, `head` for what runs in the page before Gradio does,
`install` for the icons of the installed page, `offline` for the page that is shown while this one cannot be reached.

A file is found by its name, which is the only one.
"""


def asset_path(name: str) -> Path:
    """A file of static/, in whichever folder it lies."""
    (path,) = STATIC.glob(f"*/{name}")
    return path


def asset(name: str) -> str:
    """A text file of static/."""
    return asset_path(name).read_text(encoding="utf-8")


def modules() -> dict[str, str]:
    """The components' modules and what they import, by their paths in static/; the scripts of two folders are none."""
    paths = sorted(path for path in STATIC.glob("*/*.js") if path.parent.name not in ("head", "offline"))
    return {path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in paths}


SCRIPT = bundle(modules()).encode()
"""All modules as one script."""
SCRIPT_URL = f"scripts/{hashlib.sha256(SCRIPT).hexdigest()[:16]}.js"
"""Where it is served, relative to the page; it changes with the script, so a browser may keep what it has."""


def component(name: str, value: dict[str, Any], **constants: Any) -> gr.HTML:
    """The piece of the screen whose skeleton and module are `<name>.html` and `.js` in the folder of that name.

    Gradio runs `js_on_load` as the body of a function, which imports the script that all components share. The French
    of what the component shows goes with it. The first value is sent in each language, because the server does not know
    the visitor's yet.
    """
    skeleton = asset(f"{name}.html")
    scripts = [script for path, script in modules().items() if path.startswith((f"{name}/", "base/"))]
    events = sorted({event for script in scripts for event in EVENT.findall(script)})
    french = json.dumps(component_catalogue(skeleton, scripts, constants), ensure_ascii=False)
    failed = json.dumps(translations(FAILED, None), ensure_ascii=False)
    return gr.HTML(
        value=translations(value, None),
        html_template=skeleton,
        js_on_load=MOUNT.format(url=SCRIPT_URL, name=name, events=json.dumps(events), french=french, failed=failed),
        apply_default_css=False,
        elem_id=f"pl-{name}",
        elem_classes="pl-part",
        **constants,
    )


EVENT = re.compile(r'\btrigger\("(\w+)"')
FAILED = gettext("Part of this page could not be loaded. Reload the page.")
MOUNT = """// Gradio offers the events whose names it finds here: {events}
import(new URL("{url}", document.baseURI)).then(
  ({{ load }}) => {{
    load("base/component.js").mount("{name}", {{ element, props, trigger, upload, watch }}, {french});
    load("{name}/{name}.js");
  }},
  () => {{
    const place = document.querySelector("#pl-masthead .pl-part");
    place.dataset.mounted = "";
    place.innerHTML = '<p class="load-failed" role="alert"></p>';
    place.firstChild.textContent = {failed}[Number(navigator.language.startsWith("fr"))];
  }},
);"""
"""What Gradio runs for a component; `element`, `props`, `trigger`, `upload` and `watch` are Gradio's."""
