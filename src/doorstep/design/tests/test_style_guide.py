"""The style guide shows every part, and every part is sound."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from doorstep.design import icons, views
from doorstep.design.templatetags import design as tags

HERE = Path(views.__file__).parent
STYLES = sorted((HERE / "static/design").glob("*.css"))


@pytest.fixture
def guide(settings: object, rf: RequestFactory) -> str:
    settings.DEBUG = True  # type: ignore[attr-defined]
    return views.show_style_guide(rf.get("/design/")).content.decode()


def test_it_is_a_page_for_developers_only(settings: object, client: object) -> None:
    settings.DEBUG = False  # type: ignore[attr-defined]
    with pytest.raises(views.Http404):
        views.show_style_guide(RequestFactory().get("/design/"))


def test_every_component_is_shown() -> None:
    source = (HERE / "templates/design/style_guide.html").read_text()
    frame = (HERE / "templates/design/console.html").read_text()
    within = "".join(p.read_text() for p in (HERE / "templates/cotton").glob("*.html"))
    names = {path.stem.replace("_", "-") for path in (HERE / "templates/cotton").glob("*.html")}
    names -= {"form-field"}  # needs a Django form; the look-up page shows it
    missing = [name for name in names if not re.search(rf"<c-{name}\b", source + frame + within)]
    assert missing == []


def test_no_style_attribute_and_no_inline_handler(guide: str) -> None:
    """The content security policy refuses both."""
    assert not re.search(r"<[^>]+\sstyle=", guide)
    assert not re.search(r"<[^>]+\son\w+=", guide)


def test_ids_are_unique(guide: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', guide)
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("name", sorted(icons.ICONS))
def test_icons_are_sound_and_stay_on_their_grid(name: str) -> None:
    ET.fromstring(f"<svg>{icons.ICONS[name]}</svg>")
    assert all(-20 <= float(n) <= 20 for n in re.findall(r"-?\d*\.?\d+", icons.ICONS[name]))


def test_directional_icons_exist() -> None:
    assert icons.ICONS.keys() >= icons.DIRECTIONAL


def test_an_icon_alone_has_a_name_and_beside_words_has_none() -> None:
    assert 'role="img" aria-label="Print &amp; go"' in tags.icon("print", "Print & go")
    assert 'aria-hidden="true"' in tags.icon("print")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maya Lindqvist", "ML"),
        ("Maya", "M"),
        ("", "?"),
        ("tom@example.com", "TE"),
        ("ليلى حداد", "لح"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert tags.initials(name) == letters


def test_text_is_escaped_in_components() -> None:
    html = render(
        '<c-card title="{{ t }}" note="{{ t }}"><c-badge>{{ t }}</c-badge></c-card>'
        '<c-input id="x" label="{{ t }}" value="{{ t }}" /><c-avatar name="{{ t }}" />'
        '<c-kv-row :label="t">{{ t }}</c-kv-row><c-menu id="m" :label="t"></c-menu>',
        t='"><script>x</script>',
    )
    assert "<script>" not in html
    assert '""' not in html


def render(source: str, **values: object) -> str:
    """Render a piece of template with components in it."""
    return Template(CottonCompiler().process(source)).render(Context(values))


@pytest.mark.parametrize("part", ["checkbox", "radio", "switch"])
def test_a_box_is_ticked_only_when_it_is_true(part: str) -> None:
    source = f'<c-{part} name="x" :checked="wanted" :disabled="wanted">Words</c-{part}>'
    for empty in False, None, "":
        assert not re.search(r"\b(checked|disabled)\b", render(source, wanted=empty))
    assert re.search(r"\schecked\s+disabled\b", render(source, wanted=True))
    assert re.search(r"\schecked\b", render(f'<c-{part} name="x" checked>Words</c-{part}>'))


def test_a_control_is_required_only_when_it_is_true() -> None:
    source = '<c-input id="a" :required="wanted" /><c-select id="b" :disabled="wanted" />'
    assert not re.search(r"required|disabled", render(source, wanted=False))
    assert render(source, wanted=True).count(" required") == 1


@pytest.mark.parametrize("sheet", STYLES, ids=lambda path: path.name)
def test_sheets_use_logical_properties_and_no_stray_color(sheet: Path) -> None:
    """Right-to-left needs no second sheet, and dark mode no second color."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)
    physical = re.findall(r"(?:margin|padding|border)-(?:left|right|top|bottom)\b", text)
    assert physical == []
    if sheet.name != "tokens.css":
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= {"#fff", "#000"}


def test_the_portals_styles_are_small() -> None:
    size = sum((HERE / "static" / path).stat().st_size for path in tags.design_styles("portal"))
    assert size < 35_000
