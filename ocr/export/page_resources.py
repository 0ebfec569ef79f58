"""Reduce the resources of a PDF page to those that it uses: several pages may share one dictionary of them."""

import re
from collections.abc import Collection, Iterator
from copy import copy
from typing import NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

from ocr.encodable_text import encodable

DEFAULT_SPACES = {"/DefaultGray", "/DefaultRGB", "/DefaultCMYK"}
"""Colour spaces that are used without being named."""

_NAME = re.compile(rb"/[^\0\t\n\f\r ()<>\[\]{}/%]+")
_CODE = re.compile(rb"#([0-9A-Fa-f]{2})")


class _Drawing(NamedTuple):
    """What draws with resources: a page, a form, a tiling pattern or a Type 3 font."""

    owner: Object
    """Has the resources, unless they are those of what it is drawn by."""
    contents: list[Stream]


def prune_resources(page: Object) -> None:
    """Remove from a page's resources, and from those of what it draws, all that their content streams do not name.

    Where a content stream cannot be decoded, the resources that it may use stay as they are.
    """
    whole = _Drawing(page, _streams(page.get(Name.Contents)))
    available, lacking = _available(whole), set(DEFAULT_SPACES)
    while True:
        uses = _uses(whole, lacking)
        lacked = {name for drawing, names in uses for name in (names or set()) - _available(drawing)} & available
        if lacked <= lacking:
            break
        lacking |= lacked  # viewers look there for what a form's own resources lack
    for drawing, names in uses:
        if names is not None and Name.Resources in drawing.owner:
            drawing.owner.Resources = _reduced(_resources(drawing), names)


def _uses(page: _Drawing, lacking: set[str]) -> list[tuple[_Drawing, set[str] | None]]:
    """The page and all that it draws with other resources, each with the names it uses; None: it may use any.

    The page also uses the names that others are `lacking`.
    """
    uses: list[tuple[_Drawing, set[str] | None]] = []
    waiting, seen = [page], set[tuple[int, int]]()
    while waiting:
        drawing = waiting.pop()
        if drawing.owner.is_indirect and drawing.owner.objgen in seen:
            continue
        seen.add(drawing.owner.objgen)
        names, below = _used(drawing, lacking if drawing is page else DEFAULT_SPACES)
        uses.append((drawing, names))
        waiting += below
    return uses


def _used(drawing: _Drawing, others: set[str]) -> tuple[set[str] | None, list[_Drawing]]:
    """The names it uses, with those of others, or None: it may use any; and what it draws with other resources."""
    resources = _resources(drawing)
    names: set[str] | None = others
    contents, below, known = drawing.contents, dict[str, _Drawing](), set[str]()
    while contents:
        for content in contents:
            found = _names(content)
            names = None if names is None or found is None else names | found
        contents = []
        for key, child in [*_annotations(drawing.owner), *_drawn(resources, names)]:
            if Name.Resources in child.owner:
                below[key] = child
            elif key not in known:  # it draws with these resources
                known.add(key)
                contents += child.contents
    return names, list(below.values())


def _resources(drawing: _Drawing) -> Dictionary:
    resources = drawing.owner.get(Name.Resources)
    return resources if isinstance(resources, Dictionary) else Dictionary()


def _available(drawing: _Drawing) -> set[str]:
    """The names of all its resources."""
    categories = _resources(drawing).values()
    return set[str]().union(*(entries.keys() for entries in categories if isinstance(entries, Dictionary)))


def _names(content: Stream) -> set[str] | None:
    """All names in a content stream, in strings too; None where it cannot be decoded."""
    try:
        data = content.read_bytes()
    except pikepdf.PdfError:
        return None
    decoded = (_CODE.sub(lambda code: bytes([int(code[1], 16)]), name) for name in set(_NAME.findall(data)))
    return {name.decode("utf-8", "surrogateescape") for name in decoded}


def _reduced(resources: Dictionary, names: set[str]) -> Dictionary:
    """The resources with these names, and the colour spaces that those name."""
    reduced = copy(resources)  # other pages may have the same dictionaries
    for category, entries in resources.items():
        if isinstance(entries, Dictionary):
            named = _space_names(resources, names) if category == Name.ColorSpace else names
            reduced[category] = copy(entries)
            for name in entries.keys() - named:
                if encodable(name) == name:  # pikepdf can delete no other
                    del reduced[category][name]
    return reduced


def _space_names(resources: Dictionary, names: set[str]) -> set[str]:
    """The names with those of the colour spaces that images, shadings and other colour spaces name."""
    spaces = [entry for _, entry in _entries(resources, Name.ColorSpace, names) if isinstance(entry, Array)]
    values = [part for space in spaces for part in space]
    for category in (Name.XObject, Name.Shading):
        for _, entry in _entries(resources, category, names):
            if isinstance(entry, Dictionary | Stream):
                values += [entry.ColorSpace] if Name.ColorSpace in entry else []
    return {*names, *(str(value) for value in values if isinstance(value, Name))}


def _drawn(resources: Dictionary, names: Collection[str] | None) -> Iterator[tuple[str, _Drawing]]:
    """What the resources with these names, None: all, have that draws; each with a key of its own."""
    for category in (Name.XObject, Name.Pattern, Name.Font, Name.ExtGState):
        for name, value in _entries(resources, category, names):
            entry: Object | None = value
            if category == Name.ExtGState:
                mask = value.get(Name.SMask) if isinstance(value, Dictionary) else None
                entry = mask.get(Name.G) if isinstance(mask, Dictionary) else None
            if isinstance(entry, Stream) and entry.get(Name.Subtype) != Name.Image:
                yield f"{category}{name}", _Drawing(entry, [entry])
            elif isinstance(entry, Dictionary) and entry.get(Name.Subtype) == Name.Type3:
                glyphs = entry.get(Name.CharProcs)
                yield f"{category}{name}", _Drawing(entry, _streams(glyphs))


def _entries(resources: Dictionary, category: Name, names: Collection[str] | None) -> Iterator[tuple[str, Object]]:
    entries = resources.get(category)
    if isinstance(entries, Dictionary):
        yield from ((name, entry) for name, entry in entries.items() if names is None or name in names)


def _annotations(page: Object) -> Iterator[tuple[str, _Drawing]]:
    """The appearances of a page's annotations; of all else nothing."""
    annotations = page.get(Name.Annots)
    for at, annotation in enumerate(annotations if isinstance(annotations, Array) else ()):
        appearance = annotation.get(Name.AP) if isinstance(annotation, Dictionary) else None
        for kind, state in appearance.items() if isinstance(appearance, Dictionary) else ():
            for number, stream in enumerate(_streams(state)):
                yield f"{at}{kind}{number}", _Drawing(stream, [stream])


def _streams(value: Object | None) -> list[Stream]:
    """A stream, or those in an array or a dictionary."""
    if isinstance(value, Stream):
        return [value]
    values = value if isinstance(value, Array) else value.values() if isinstance(value, Dictionary) else ()
    return [each for each in values if isinstance(each, Stream)]
