"""Pictures from strangers: what is kept is ours, what is none is refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pillow_heif import from_pillow

from doorstep.rooms.returns.flow.pictures import (
    MAX_BYTES,
    BadPicture,
    PictureTooLarge,
    check_size,
    clean_picture,
)

SCRIPT = b"<script>alert(1)</script>"


def made(kind: str, size: tuple[int, int] = (40, 20), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_pictures_become_jpegs(kind):
    found = clean_picture(made(kind))
    assert found.data.startswith(b"\xff\xd8\xff")
    assert (found.width, found.height) == (40, 20)


def test_a_telephones_heic_becomes_a_jpeg():
    out = io.BytesIO()
    from_pillow(Image.new("RGB", (64, 48), "blue")).save(out, format="HEIF")
    assert clean_picture(out.getvalue()).data.startswith(b"\xff\xd8\xff")


def test_metadata_and_what_hides_behind_a_picture_are_gone():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x0112] = 6  # lies on its side
    data = made("JPEG", exif=exif, comment=b"secret") + SCRIPT
    found = clean_picture(data)
    assert (found.width, found.height) == (20, 40)
    for word in (b"taken at home", b"secret", SCRIPT, b"Exif"):
        assert word not in found.data


def test_large_ones_become_small():
    found = clean_picture(made("PNG", (4000, 1000)))
    assert (found.width, found.height) == (2000, 500)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SCRIPT,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"%PDF-1.7\n%\xff",
        b"GIF89a" + SCRIPT,  # looks like one, is none
        b"\xff\xd8\xff\xe0" + SCRIPT,
        b"PK\x03\x04rest",
        b"MZ\x90\x00",
        SCRIPT + b"\xff\xd8\xff\xe0JFIF",
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(BadPicture):
        clean_picture(data)


def test_a_cut_picture_is_refused():
    with pytest.raises(BadPicture):
        clean_picture(made("JPEG", (400, 400))[:200])


def test_too_large_is_refused_before_it_is_read():
    with pytest.raises(PictureTooLarge):
        check_size(100 * 1024 * 1024)
    with pytest.raises(PictureTooLarge):
        clean_picture(b"\xff\xd8\xff" + b"0" * MAX_BYTES)


def test_a_bomb_of_pixels_is_refused():
    with pytest.raises(PictureTooLarge):
        clean_picture(made("PNG", (9000, 9000)))
