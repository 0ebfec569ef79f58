"""page_resources.py: what pages that share their resources keep of them; they are drawn as before."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from tests.documents.papers import pdf
from tests.export.test_page_selection import selected, strings
from tests.export.test_pdf_writer import rendered

CONTENTS = {
    "XObject": b"/Own Do",
    "Pattern": b"/Pattern cs /Own scn 0 0 99 99 re f",
    "Shading": b"/Own sh",
    "ColorSpace": b"/Own cs 0.5 scn 0 0 99 99 re f",
    "ExtGState": b"/Own gs 0 0 99 99 re f",
    "Properties": b"/OC /Own BDC 0 0 99 99 re f EMC",
    "Font": b"BT /Own 30 Tf 9 9 Td (a) Tj ET",
}
"""A page that uses a resource of each category."""
BOX = Array([0, 0, 99, 99])


def form(made: pikepdf.Pdf, content: bytes, says: str, **more: object) -> pikepdf.Object:
    stream = made.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=BOX, Says=String(says))
    for key, value in more.items():
        stream[f"/{key}"] = value
    return made.make_indirect(stream)


def resource(made: pikepdf.Pdf, category: str, says: str) -> pikepdf.Object:
    """A resource of this category that says something."""
    function = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([1, 0, 0]), C1=Array([0, 0, 1]), N=1)
    function.Says = String(says)
    square = b"0 0 50 50 re f"
    values = {
        "XObject": lambda: form(made, square, says),
        "Pattern": lambda: made.make_stream(square, PatternType=1, PaintType=1, TilingType=1, BBox=BOX, XStep=99,
                                            YStep=99, Resources=Dictionary(), Says=String(says)),
        "Shading": lambda: Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB, Coords=Array([0, 0, 99, 99]),
                                      Function=function),
        "ColorSpace": lambda: Array([Name.Separation, Name.Spot, Name.DeviceRGB, function]),
        "ExtGState": lambda: Dictionary(SMask=Dictionary(
            S=Name.Luminosity, G=form(made, b"1 g 0 0 50 50 re f", says, Group=Dictionary(S=Name.Transparency)))),
        "Properties": lambda: Dictionary(Type=Name.OCG, Name=String(says)),
        "Font": lambda: Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=BOX, FontMatrix=Array([0.01, 0, 0, 0.01, 0, 0]), FirstChar=97,
            LastChar=97, Widths=Array([99]), Encoding=Dictionary(Differences=Array([97, Name.a])),
            CharProcs=Dictionary(a=made.make_stream(b"99 0 d0 0 0 50 50 re f")), Says=String(says)),
    }  # fmt: skip
    return made.make_indirect(values[category]())


def sharing(path: Path, *contents: bytes) -> Path:
    """Pages that share a dictionary with two resources of each category: one says mine, the other secret."""
    pdf(path, *contents, size=(100, 100))
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        shared = Dictionary()
        for category in CONTENTS:
            own, other = resource(made, category, f"mine {category}"), resource(made, category, f"secret {category}")
            shared[f"/{category}"] = Dictionary(Own=own, Other=other)
        shared = made.make_indirect(shared)
        for page in made.pages:
            page.obj.Resources = shared
        made.save()
    return path


def pruned(path: Path) -> str:
    """What is said in the file of its first page alone, with the resources it uses; it is drawn as before."""
    data = selected(path, 1)
    assert rendered(data).tobytes() == rendered(path, 0).tobytes()
    return strings(data)


@pytest.mark.parametrize("category", list(CONTENTS))
def test_resources_of_each_category(category: str, tmp_path: Path) -> None:
    """What the page names stays, what another names goes."""
    content = CONTENTS[category]
    said = pruned(sharing(tmp_path / "a.pdf", content, content.replace(b"/Own", b"/Other")))
    assert f"mine {category}" in said
    assert "secret" not in said


@pytest.mark.parametrize("of_its_own", [False, True], ids=["the page's", "its own"])
@pytest.mark.parametrize("drawn", ["form", "annotation", "glyph"])
def test_resources_of_what_is_drawn(drawn: str, of_its_own: bool, tmp_path: Path) -> None:
    """A form, an appearance or a glyph uses the resources of its page, or has the shared dictionary as its own."""
    path = sharing(tmp_path / "a.pdf", {"form": b"/Drawn Do", "annotation": b"", "glyph": CONTENTS["Font"]}[drawn])
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        page = made.pages[0].obj
        content = CONTENTS["XObject"] + b" " + CONTENTS["ExtGState"]
        stream = form(made, content, "drawn", **({"Resources": page.Resources} if of_its_own else {}))
        if drawn == "form":
            page.Resources.XObject.Drawn = stream
        elif drawn == "annotation":
            note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, F=4, Rect=BOX, AP=Dictionary(N=stream))
            page.Annots = Array([made.make_indirect(note)])
        else:
            font = page.Resources.Font.Own
            font.CharProcs.a = made.make_stream(b"99 0 d0 " + content)
            if of_its_own:
                font.Resources = page.Resources
        made.save()
    said = pruned(path)
    assert "mine XObject" in said and "mine ExtGState" in said
    assert "secret" not in said


def test_resources_of_a_damaged_page(tmp_path: Path) -> None:
    """All stays: what it draws cannot be told."""
    path = sharing(tmp_path / "a.pdf", CONTENTS["XObject"])
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        made.pages[0].Contents.write(b"no such data", filter=Name.FlateDecode)
        made.save()
    assert "secret" in pruned(path)


def test_resources_that_others_name(tmp_path: Path) -> None:
    """The colour space of an image, and one that is used without being named."""
    path = sharing(tmp_path / "a.pdf", b"99 0 0 99 0 0 cm /Own Do")
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        resources = made.pages[0].obj.Resources
        image = made.make_stream(bytes(range(100)), Type=Name.XObject, Subtype=Name.Image, Width=10, Height=10,
                                 BitsPerComponent=8, ColorSpace=Name.Named)  # fmt: skip
        resources.XObject.Own = image
        for name in ("Named", "DefaultGray"):
            resources.ColorSpace[f"/{name}"] = resource(made, "ColorSpace", f"mine {name}")
        made.save()
    said = pruned(path)
    assert "mine Named" in said and "mine DefaultGray" in said
    assert "secret" not in said


def test_resources_with_names_that_are_escaped(tmp_path: Path) -> None:
    path = sharing(tmp_path / "a.pdf", b"/O#77n#20One Do")
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        made.pages[0].obj.Resources.XObject["/Own One"] = form(made, b"0 0 9 9 re f", "with a space")
        made.save()
    assert "with a space" in pruned(path)


def test_resources_with_names_that_are_not_unicode(tmp_path: Path) -> None:
    """They stay, be they named or not."""
    path = sharing(tmp_path / "a.pdf", b"/caf#e9 Do")
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        made.pages[0].obj.Resources.XObject["/cafe"] = form(made, b"0 0 9 9 re f", "coffee")
        made.save(static_id=True)
    path.write_bytes(path.read_bytes().replace(b"/cafe ", b"/caf\xe9 "))
    assert rendered(selected(path, 1)).tobytes() == rendered(path, 0).tobytes()
    assert rendered(path, 0).getextrema()[0][0] == 0  # it is drawn


def test_resources_that_a_form_lacks(tmp_path: Path) -> None:
    """Viewers look for them among those of the page, for a form within a form too."""
    path = sharing(tmp_path / "a.pdf", b"/Outer Do")
    with pikepdf.open(path, allow_overwriting_input=True) as made:
        inner = form(made, b"/Own Do", "inner", Resources=Dictionary())
        resources = Dictionary(XObject=Dictionary(Inner=inner))
        made.pages[0].obj.Resources.XObject.Outer = form(made, b"/Inner Do", "outer", Resources=resources)
        made.save()
    said = pruned(path)
    assert "mine XObject" in said
    assert "secret" not in said
