"""Renders the tokens of Markdown to HTML."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy, deepcopy
from html import unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from ocr.html.math import MATH_ELEMENT, displayed, element_tex, maths, source
from ocr.html.math import mathml_with_tex as set_formula
from ocr.html.sanitize import MATHML, TAGS, sanitise
from ocr.html.tables import tables, without_half_tag

Env = dict[str, Any]
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*+)((?:[^<>\"']|\"[^\"<>]*+\"|'[^'<>]*+')*+)>")
_HALF_TABLE = re.compile(r"(?:^|\n)[ \t]*<(?:t(?:a(?:bl?)?)?)?\Z")
"""The end of a text in which the tag of a table has begun."""
_ATTRIBUTE = re.compile(r"\b(src|alt|href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_DATA = re.compile(r"\bdata-", re.IGNORECASE)
"""The beginning of attributes that only `mathml_with_tex` may set."""
_MARKS = re.compile(r"[\\*_`$\[&~!]")
"""Characters without which a text needs no parsing."""
MAX_NESTING = 100
"""Levels of nested blocks, two for each list; deeper ones become text of the last level."""


def render(markdown: str, figures: Mapping[str, str] | None = None, *, mathml: bool = True) -> str:
    """Render a page or a block of it to HTML that is safe in a page.

    CommonMark with tables and strikethrough, HTML tables, formulas as MathML. A text that ends in the middle of a table
    or a formula gives what there is of it.

    Args:
        markdown: any text; nothing in it runs, loads or posts anything.
        figures: name in the Markdown, `figures/page-2-1.png` → URL or data URL to show. Any other picture becomes its
            alternative text in brackets.
        mathml: set formulas; else each is `<code class="formula">` with its TeX, for other programs to set, and of
            class `display` too if it stands on a line of its own.
    """
    shown = figures or {}
    html: str = _PARSER.render(_HALF_TABLE.sub("", markdown), {"figures": shown, "mathml": mathml})
    return sanitise(html, frozenset(shown.values()))


def parser() -> MarkdownIt:
    """A parser of the Markdown that models write.

    Left out of CommonMark: code by indentation and underlined headings, which models do not write (`---` is a rule);
    and reference definitions, which would make an entry of a bibliography, `[1]: …`, vanish.
    """
    md = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    md.disable(["code", "lheading", "reference"])
    maths(md)
    tables(md)
    within_blocks = copy(md)  # one more parser for what is within a line: its time grows with the nesting allowed
    within_blocks.options = deepcopy(md.options)
    within_blocks.options["maxNesting"] = MAX_NESTING + 3
    within_blocks.core.ruler.at("inline", lambda state: _inline(state, md))
    within_blocks.block.ruler.before("table", "deepest", _beyond_max_nesting)
    return within_blocks


def _inline(state: StateCore, md: MarkdownIt) -> None:
    for token in state.tokens:
        if token.type == "inline":
            token.children = token.children or []
            md.inline.parse(token.content, md, state.env, token.children)


def _beyond_max_nesting(state: StateBlock, line: int, end_line: int, _silent: bool) -> bool:
    """Push lines beyond `MAX_NESTING` as text, which the parser would drop."""
    if state.level < MAX_NESTING:
        return False
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content, token.children = state.getLines(line, end_line, state.blkIndent, False).strip(), []
    state.push("paragraph_close", "p", -1)
    state.line = end_line
    return True


def _parser() -> MarkdownIt:
    md = parser()
    rules: dict[str, Callable[..., str]] = {
        "formula": _formula,
        "formula_source": _formula_source,
        "html_block": _html,
        "html_inline": _html,
        "image": _image,
        "link_open": _link,
        "td_open": _cell,
        "th_open": _cell,
    }
    for name, rule in rules.items():
        md.add_render_rule(name, rule)
    return md


def _formula(_: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, env: Env) -> str:
    write = set_formula if env["mathml"] else source
    return write(tokens[at].content, display=displayed(tokens[at].markup))


def _formula_source(_: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Env) -> str:
    return f"<p>{source(tokens[at].content)}</p>\n"


def _cell(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Env) -> str:
    """Render a cell of a pipe table; its alignment becomes an attribute, since inline style is removed."""
    token = tokens[at]
    style = str(token.attrs.pop("style", ""))
    if style:
        token.attrs["align"] = style.removeprefix("text-align:")
    return renderer.renderToken(tokens, at, options, env)


def _link(_: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Env) -> str:
    """Render a link, which opens in a new tab."""
    return _opening(str(tokens[at].attrs.get("href", "")))


def _opening(href: str) -> str:
    return f'<a href="{escapeHtml(href)}" target="_blank">'


def _image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Env) -> str:
    token = tokens[at]
    words = renderer.renderInlineAsText(token.children or [], options, env)
    return _picture(str(token.attrs.get("src", "")), words, env)


def _picture(name: str, words: str, env: Env) -> str:
    url = env["figures"].get(name)
    if url is None:
        return f"[{escapeHtml(words or 'image')}]"
    return f'<img src="{escapeHtml(url)}" alt="{escapeHtml(words)}">'


def _html(_: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, env: Env) -> str:
    """Render HTML in Markdown: text elements stay, their text is Markdown too, anything else is escaped."""
    text = tokens[at].content
    if text.lstrip().startswith("<!--") and text.rstrip().endswith("-->"):
        return ""
    if tokens[at].type == "html_block":
        text = without_half_tag(text)
    elif not (_TAG.fullmatch(text) or MATH_ELEMENT.fullmatch(text)):
        return escapeHtml(text)  # a declaration and the like; as Markdown it would only come here again
    pieces, end = [], 0
    for element in MATH_ELEMENT.finditer(text):
        pieces += [_tags(text[end : element.start()], env), _math(element, env)]
        end = element.end()
    pieces.append(_tags(text[end:], env))
    return "".join(pieces)


def _math(element: re.Match[str], env: Env) -> str:
    written = element_tex(element)
    if written is None:
        return f"<math{_DATA.sub('', element[1])}>{_tags(element[2], env)}</math>"
    tex, display = written
    return set_formula(tex, display=display) if env["mathml"] else source(tex, display=display)


def _tags(text: str, env: Env) -> str:
    pieces, end = [], 0
    for tag in _TAG.finditer(text):
        pieces += [_words(text[end : tag.start()], env), _tag(tag, env)]
        end = tag.end()
    pieces.append(_words(text[end:], env))
    return "".join(pieces)


def _tag(tag: re.Match[str], env: Env) -> str:
    name = tag[2].lower()
    if name in ("img", "a") and not tag[1]:
        given = {key.lower(): unescape(one or two or three) for key, one, two, three in _ATTRIBUTE.findall(tag[3])}
        if name == "a":
            return _opening(given.get("href", ""))
        return _picture(given.get("src", ""), given.get("alt", ""), env)
    shown = name in TAGS or (name in MATHML and name != "math")  # half a <math> would hide what follows
    return tag[0] if shown else escapeHtml(tag[0])


def _words(text: str, env: Env) -> str:
    """Render text between two tags."""
    if not _MARKS.search(text):
        return text.replace("<", "&lt;")
    rendered: str = _PARSER.renderInline(text, {"figures": env["figures"], "mathml": env["mathml"]})
    return rendered


_PARSER = _parser()
