"""Sanitises HTML after every other step."""

import re
from collections.abc import Container

import nh3

TAGS = {
    "a", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
"""Elements of text; others, `List<String>` or `<script>`, are shown as text."""
MATHML = {
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts",
    "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr",
    "munder", "munderover",
}  # fmt: skip
"""Elements of formulas, without those that may contain HTML."""
_SHAPE = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "displaystyle", "fence",
    "form", "height", "largeop", "linebreak", "linethickness", "lspace", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width",
}  # fmt: skip
_ATTRIBUTES: dict[str, set[str]] = {
    **{tag: _SHAPE for tag in MATHML},
    "math": {"display", "data-tex"},
    "a": {"href"},
    "img": {"src", "alt"},
    "ol": {"start"},
    **{tag: {"colspan", "rowspan", "align"} for tag in ("td", "th")},
}
_LINK = re.compile(r"(?:https?|mailto):\S+", re.IGNORECASE)


def sanitise(html: str, pictures: Container[str] = ()) -> str:
    """Remove everything from HTML that runs, loads or submits, and images whose URLs are not in `pictures`."""
    return (_cleaner(pictures) if pictures else _WITHOUT_PICTURES).clean(html)


def _cleaner(pictures: Container[str]) -> nh3.Cleaner:
    def allowed(tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return value if tag == "a" and _LINK.fullmatch(value) else None
        if name == "src":
            return value if value in pictures else None
        return value

    return nh3.Cleaner(
        tags=TAGS | MATHML,
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        attribute_filter=allowed,
        tag_attribute_values={"a": {"target": {"_blank"}}},
        allowed_classes={"code": {"formula", "display"}},
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )


_WITHOUT_PICTURES = _cleaner(())
