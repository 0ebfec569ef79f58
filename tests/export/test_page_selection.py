"""page_selection.py: the pages kept are as they were, and nothing of the others is left in the file."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String

from ocr.export.page_selection import keep_pages
from tests.documents.papers import pdf, text_page
from tests.export.test_pdf_writer import check_syntax, rendered, words_of


def selected(path: Path, *numbers: int, password: str = "") -> bytes:
    buffer = io.BytesIO()
    with pikepdf.open(path, password=password) as opened:
        keep_pages(opened, numbers)
        opened.save(buffer, encryption=True if opened.is_encrypted else None)
    return buffer.getvalue()


def connected(path: Path) -> Path:
    """Three pages that refer to each other as pages of real documents do; what is said of the others is "secret"."""
    pdf(path, *(text_page(number, 5 * number) for number in (1, 2, 3)))
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        first, second, third = (page.obj for page in made.pages)
        third.Secret = made.make_indirect(Dictionary(Says=String("secret page")))
        shown = made.make_stream(b"0 0 20 20 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 20, 20]))
        field = made.make_indirect(Dictionary(T=String("name"), FT=Name.Tx))
        other = made.make_indirect(Dictionary(T=String("secret field"), FT=Name.Tx, Parent=field))
        widgets = [
            made.make_indirect(
                Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([300, 100, 320, 120]), F=4, P=page,
                           Parent=field, V=String(value), AP=Dictionary(N=shown)))
            for page, value in ((second, "mine"), (third, "secret value"))
        ]  # fmt: skip
        field.Kids = Array([*widgets, other])
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([1, 1, 9, 9]), Dest=Array([third, Name.Fit]))
        second.Annots, third.Annots = Array([widgets[0], made.make_indirect(link), 7]), Array([widgets[1]])
        first.Annots = Name.Damaged
        made.Root.AcroForm = Dictionary(Fields=Array([field]))
        made.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("secret"), Dictionary()])))
        made.Root.StructTreeRoot = made.make_indirect(Dictionary(K=Dictionary(ActualText=String("secret"), Pg=third)))
        with made.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("secret title", 2))
        made.save()
    return path


def strings(data: bytes) -> str:
    with pikepdf.open(io.BytesIO(data)) as made:
        objects = [made.get_object(at, 0) for at in range(1, len(made.objects) + 1)]
        values = [each.stream_dict if isinstance(each, Stream) else each for each in objects]
        return " ".join(each.unparse(resolved=True).decode("latin-1") for each in values)


def test_page_selection_of_one(tmp_path: Path) -> None:
    """One page looks as it did, its form fields filled in; what belongs to the other pages is not in the file."""
    path = connected(tmp_path / "a.pdf")
    assert "secret" in strings(path.read_bytes())
    data = selected(path, 2)
    with pikepdf.open(io.BytesIO(data)) as made:
        assert len(made.pages) == 1
        (field,) = made.Root.AcroForm.Fields
        assert (str(field.T), field.FT, str(field.V)) == ("name", Name.Tx, "mine")
    assert words_of(data) == words_of(path.read_bytes(), 1)
    assert rendered(data).tobytes() == rendered(path, 1).tobytes()
    assert "secret" not in strings(data)
    check_syntax(data)


@pytest.mark.filterwarnings("ignore:This document has .* form widget")
@pytest.mark.parametrize("form", [None, 7])
def test_page_selection_of_fields_without_a_form(form: int | None, tmp_path: Path) -> None:
    """Widgets of a file whose form is missing or damaged lead to those of other pages no more."""
    path = connected(tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        del made.Root.AcroForm
        if form:
            made.Root.AcroForm = form
        made.save()
    data = selected(path, 2)
    assert "secret" not in strings(data)
    assert rendered(data).tobytes() == rendered(path, 1).tobytes()


@pytest.mark.parametrize("inherited", [False, True])
def test_page_selection_of_shared_resources(inherited: bool, tmp_path: Path) -> None:
    """Pages that share their resources keep what they draw, and nothing that other pages draw."""
    path = pdf(tmp_path / "a.pdf", b"/Own Do", b"/Other Do")
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        drawn = [
            made.make_stream(
                content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 90, 90]), Says=String(says)
            )
            for content, says in ((b"0 0 20 20 re f", "mine"), (b"0 0 50 50 re f", "secret"))
        ]
        shared = made.make_indirect(Dictionary(XObject=Dictionary(Own=drawn[0], Other=drawn[1])))
        for page in made.pages:
            del page.obj["/Resources"]
            if not inherited:
                page.obj.Resources = shared
        if inherited:
            made.Root.Pages.Resources = shared
        made.save()
    data = selected(path, 1)
    assert "mine" in strings(data)
    assert "secret" not in strings(data)
    assert rendered(data).tobytes() == rendered(path, 0).tobytes()


@pytest.mark.parametrize("numbers", [(1,), (3, 1), (1, 2, 3)])
def test_page_selection_of_some(numbers: tuple[int, ...], tmp_path: Path) -> None:
    """They stay in the document's order."""
    path = connected(tmp_path / "a.pdf")
    data = selected(path, *numbers)
    for place, number in enumerate(sorted(numbers)):
        assert rendered(data, place).tobytes() == rendered(path, number - 1).tobytes()
    with pikepdf.open(io.BytesIO(data)) as made:
        assert len(made.pages) == len(numbers)


def test_page_selection_inherited(tmp_path: Path) -> None:
    """What a page has from the node above it, its size and rotation, it keeps; so do layers that are switched off."""
    path = pdf(tmp_path / "a.pdf", b"0 0 200 300 re f", b"/OC /Off BDC 0 0 90 90 re f EMC 100 100 50 20 re f")
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        layer = made.make_indirect(Dictionary(Type=Name.OCG, Name=String("Off")))
        made.pages[1].Resources.Properties = Dictionary(Off=layer)
        made.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
        for page in made.pages:
            del page.obj["/MediaBox"]
        made.Root.Pages.MediaBox, made.Root.Pages.Rotate = Array([0, 0, 250, 320]), 90
        made.save()
    data = selected(path, 2)
    assert rendered(data).size == (320, 250)
    assert rendered(data).tobytes() == rendered(path, 1).tobytes()


def test_page_selection_encrypted(tmp_path: Path) -> None:
    """The password that the document needs is needed for the page."""
    encryption = pikepdf.Encryption(user="open", owner="own")
    path = pdf(tmp_path / "a.pdf", text_page(1), text_page(2), encryption=encryption)
    data = selected(path, 1, password="open")
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(data))
    with pikepdf.open(io.BytesIO(data), password="open") as made:
        assert len(made.pages) == 1
