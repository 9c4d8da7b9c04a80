"""The demo's product pictures, drawn as small SVGs that need no file and no other server."""

from __future__ import annotations

from urllib.parse import quote

_SHAPES = {
    "teapot": "<path d='M20 46c0-14 9-22 22-22s22 8 22 22-9 18-22 18-22-4-22-18z'/>"
    "<path d='M62 38c8-3 12 3 14 8l-12 6zM22 34c-9-4-16 2-16 10s6 12 15 9l1-6c-6 2-9 0-9-4s4-6 9-3z'/>"
    "<circle cx='42' cy='19' r='4'/>",
    "cup": "<path d='M18 30h40v14c0 14-8 22-20 22S18 58 18 44z'/>"
    "<path d='M58 34h6c7 0 10 5 10 10s-4 11-12 11h-5l1-6h4c4 0 6-2 6-5s-2-4-5-4h-5z'/>",
    "plant": "<path d='M26 52h32l-4 22H30z'/><path d='M42 52c-2-20-16-24-24-24 0 14 8 24 24 24z'/>"
    "<path d='M42 52c0-24 14-34 24-34 2 18-8 34-24 34z'/>",
    "tin": "<rect x='24' y='26' width='36' height='46' rx='4'/>"
    "<rect x='21' y='18' width='42' height='9' rx='3'/>",
    "bowl": "<path d='M12 36h60c0 20-13 32-30 32S12 56 12 36z'/><rect x='32' y='66' width='20' height='6'/>",
    "card": "<rect x='12' y='24' width='60' height='40' rx='6'/>",
}


def picture(shape: str, ground: str, ink: str) -> str:
    """Return a picture as a ``data:`` address.

    :param ground, ink: CSS colors of background and thing.
    """
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 84 84'>"
        f"<rect width='84' height='84' fill='{ground}'/><g fill='{ink}'>{_SHAPES[shape]}</g></svg>"
    )
    return "data:image/svg+xml," + quote(svg, safe=" ='/:")
