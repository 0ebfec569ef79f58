"""Reduce a PDF to some of its pages, without what the file says of the others."""

from collections.abc import Collection, Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name

from ocr.export.page_resources import prune_resources

KEPT_ENTRIES = {"/Type", "/Pages", "/Version", "/Extensions", "/OCProperties", "/OutputIntents", "/Lang"}
"""Entries of the document catalog that pages need to look as they do; outlines, attachments and structure go."""

FIELD_ENTRIES = (Name.FT, Name.T, Name.V, Name.Ff, Name.DA, Name.Q, Name.Opt, Name.MaxLen)
"""What a form field may have from the fields above it."""

MAX_DEPTH = 50
"""Of nested form fields."""


def keep_pages(pdf: pikepdf.Pdf, numbers: Collection[int]) -> None:
    """Keep the pages with these numbers, from 1, as they are; nothing of the others can be found in the saved file.

    Except for the names of layers, and the resources that a page shares with others where its content stream cannot be
    decoded, so that it may use them. Form fields stay, each by itself. Links to other pages lead nowhere.
    """
    pages = list(pdf.pages)
    kept = {page.obj.objgen for number, page in enumerate(pages, 1) if number in numbers}
    for at in range(len(pages), 0, -1):
        if at not in numbers:
            del pdf.pages[at - 1]
    for page in pages:
        if page.obj.objgen not in kept:
            for key in list(page.obj.keys()):  # links, fields and articles of the pages kept may still refer to it
                del page.obj[key]
    for page in pdf.pages:
        prune_resources(page.obj)
    form = pdf.Root.get(Name.AcroForm)
    for key in pdf.Root.keys() - KEPT_ENTRIES:
        del pdf.Root[key]
    _keep_fields(pdf, form)


def _keep_fields(pdf: pikepdf.Pdf, form: pikepdf.Object | None) -> None:
    """Make a form of the fields on the pages, with what that of the whole document has for all of them."""
    fields = [_single_field(widget) for widget in _widgets(pdf)]
    if isinstance(form, Dictionary) and fields:
        pdf.Root.AcroForm = Dictionary(Fields=Array(fields))
        for entry in (Name.DR, Name.DA, Name.Q, Name.NeedAppearances):
            if entry in form:
                pdf.Root.AcroForm[entry] = form[entry]


def _widgets(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in pdf.pages:
        annotations = page.get(Name.Annots)
        for annotation in annotations if isinstance(annotations, Array) else ():
            if isinstance(annotation, Dictionary) and annotation.get(Name.Subtype) == Name.Widget:
                yield annotation


def _single_field(widget: pikepdf.Object) -> pikepdf.Object:
    """The widget as a field of its own: the one above it leads to those of all pages."""
    node = widget
    for _ in range(MAX_DEPTH):
        above = node.get(Name.Parent)
        if not isinstance(above, Dictionary):
            break
        node = above
        for entry in FIELD_ENTRIES:
            if entry in node and entry not in widget:
                widget[entry] = node[entry]
    if Name.Parent in widget:
        del widget[Name.Parent]
    return widget
