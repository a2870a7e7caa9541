"""What a camera sees: the very modules that the standard wants, black on white, and nothing that acts."""

import re
from xml.etree import ElementTree as ET

import pytest
import segno

from factors import qr
from shared import policy
from shared.crypto import randomness
from shared.domain.totp import provisioning_uri

SVG = "{http://www.w3.org/2000/svg}"
QUIET_ZONE = 4  # modules, ISO/IEC 18004

URI = provisioning_uri(randomness.totp_secret(), login="ann@example.com")
LOGINS = ["a", "ann@example.com", "ann&<b>\"'", "x" * policy.MAX_LOGIN_CHARACTERS, "ż" * policy.MAX_LOGIN_CHARACTERS]
WIDEST = "\U0001f600" * policy.MAX_LOGIN_CHARACTERS


def parsed(text: str) -> ET.Element:
    return ET.fromstring(qr.svg(text))  # noqa: S314 - it is our own


def drawn(text: str) -> set[tuple[int, int]]:
    """(column, row) of each black module, counted from the corner of the code itself."""
    _, lines = parsed(text).findall(f"{SVG}path")
    modules: set[tuple[int, int]] = set()
    x, y = 0.0, 0.0
    for move, across, down, length in re.findall(r"([Mm])(-?[\d.]+) (-?[\d.]+)h(\d+)", lines.attrib["d"]):
        x, y = (float(across), float(down)) if move == "M" else (x + float(across), y + float(down))
        modules |= {(int(x) - QUIET_ZONE + place, int(y) - QUIET_ZONE) for place in range(int(length))}
        x += int(length)
    return modules


def wanted(text: str) -> set[tuple[int, int]]:
    matrix = segno.make_qr(text, error="m").matrix
    return {(column, row) for row, modules in enumerate(matrix) for column, dark in enumerate(modules) if dark}


@pytest.mark.parametrize("login", [*LOGINS, WIDEST], ids=["short", "e-mail", "markup", "long", "Polish", "widest"])
def test_the_modules_drawn_are_those_of_the_code(login: str):
    uri = provisioning_uri(randomness.totp_secret(), login=login)
    assert drawn(uri) == wanted(uri)


def test_it_corrects_errors_of_level_m_or_better():
    black = drawn(URI)
    level = ((0, 8) in black) << 1 | ((1, 8) in black)  # the format information begins with it, under a mask
    assert level ^ 0b10 != 0b01  # L, the only one below M


def test_white_lies_under_all_of_it_so_that_a_dark_page_does_no_harm():
    ground, lines = parsed(URI).findall(f"{SVG}path")
    side = len(segno.make_qr(URI, error="m").matrix) + 2 * QUIET_ZONE
    assert parsed(URI).attrib == {"viewBox": f"0 0 {side} {side}"}
    assert ground.attrib == {"fill": "#fff", "d": f"M0 0h{side}v{side}h-{side}z"}
    assert lines.attrib["stroke"] == "#000"


def test_nothing_in_it_runs_loads_or_tells_the_secret():
    """Two shapes and no more, so it may stand in a page as it is, under any Content-Security-Policy."""
    svg = qr.svg(URI)
    assert [element.tag for element in ET.fromstring(svg).iter()] == [f"{SVG}svg", f"{SVG}path", f"{SVG}path"]  # noqa: S314
    assert {name for element in parsed(URI).iter() for name in element.attrib} == {"viewBox", "fill", "stroke", "d"}
    assert svg.count("http") == 1  # the namespace
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
    assert "otpauth" not in svg
