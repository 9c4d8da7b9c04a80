"""Pictures from strangers: looked at, decoded, and encoded anew; nothing else is kept.

What is stored is a JPEG that Pillow wrote from pixels: no metadata (where it was taken, with what),
no second file hidden behind the picture, no script. A file that is not one of a few formats by its
own bytes is refused before it is decoded.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import puremagic
from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from doorstep.kernel.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_SIDE = 2000
# Decoding takes 4 bytes a pixel: 60 megapixels are more than any telephone takes in one shot that
# is sent as one file of 10 MB, and 240 MB at most.
MAX_PIXELS = 60_000_000
QUALITY = 85

# What telephones make. By the file's own first bytes, not by its name or what the browser says.
_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
    "image/heif": "HEIF",
    "image/avif": "AVIF",
    "image/gif": "GIF",
}
_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
_START = 2048

register_heif_opener()


class BadPicture(Invalid):
    """The file is no picture that can be shown."""

    code = "bad_picture"


class PictureTooLarge(Invalid):
    """The file is larger than pictures may be."""

    code = "picture_too_large"
    status = 413


@dataclass(frozen=True, slots=True)
class Picture:
    """A clean JPEG."""

    data: bytes
    width: int
    height: int


def check_size(size_bytes: int) -> None:
    """Refuse a file that is too large, before anything of it is read.

    :raises PictureTooLarge: more than 10 MB.
    """
    if size_bytes > MAX_BYTES:
        raise PictureTooLarge(
            "This picture is larger than 10 MB. Take it again in a smaller size, or send another.",
            field="photo",
        )


def clean_picture(data: bytes) -> Picture:
    """Decode a picture and encode it anew: at most 2000 pixels a side, upright, without metadata.

    :raises PictureTooLarge: more than 10 MB, or too many pixels.
    :raises BadPicture: not a picture, or one that can't be decoded whole.
    """
    check_size(len(data))
    kind = _format_of(data)
    try:
        with warnings.catch_warnings():
            # Pillow only warns of half its limit; here both are errors.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[kind]) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                image.draft("RGB", (MAX_SIDE, MAX_SIDE))
                image.load()
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
                return _encode(_flat(upright))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge(
            "This picture has too many pixels. Send it in a smaller size.", field="photo"
        ) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadPicture(
            "This file can't be read as a picture. Send a photo as JPEG, PNG, WebP or HEIC.",
            field="photo",
        ) from error


def _format_of(data: bytes) -> str:
    """Return the format by the bytes themselves. :raises BadPicture: none of those we take."""
    start = data[:_START]
    if start[4:8] == b"ftyp":
        brand = start[8:12]
        if brand in _BRANDS:
            return "HEIF"
        if brand in (b"avif", b"avis"):
            return "AVIF"
    try:
        found = {match.mime_type for match in puremagic.magic_string(start)}
    except (puremagic.PureError, ValueError):
        found = set()
    for mime, kind in _FORMATS.items():
        if mime in found and _looks_like(kind, start):
            return kind
    raise BadPicture("This is not a photo. Send a photo as JPEG, PNG, WebP or HEIC.", field="photo")


def _looks_like(kind: str, start: bytes) -> bool:
    """Check the signature at the very beginning: puremagic also finds some further inside."""
    signatures = {
        "JPEG": (b"\xff\xd8\xff",),
        "PNG": (b"\x89PNG\r\n\x1a\n",),
        "GIF": (b"GIF87a", b"GIF89a"),
        "WEBP": (b"RIFF",),
    }
    return start.startswith(signatures.get(kind, (b"",)))


def _flat(image: Image.Image) -> Image.Image:
    """Return it in RGB, on white where it is see-through."""
    if image.mode in ("RGBA", "LA", "P", "PA"):
        layered = image.convert("RGBA")
        flat = Image.new("RGB", layered.size, "white")
        flat.paste(layered, mask=layered.getchannel("A"))
        return flat
    return image.convert("RGB")


def _encode(image: Image.Image) -> Picture:
    out = io.BytesIO()
    # From bare pixels: a copy of the image would carry its profile and comments along.
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Picture(out.getvalue(), *image.size)
