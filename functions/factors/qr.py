"""Text as a picture that a phone's camera reads."""

from io import BytesIO

import segno


def svg(text: str) -> str:
    """A whole `<svg>`, to be put into a page or a file: it scales, it loads nothing, and nothing in it runs.

    Level M of error correction or better. White lies under the black, quiet zone included: cameras need the contrast
    that a dark page does not give.
    """
    drawn = BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", xmldecl=False, nl=False, omitsize=True, svgclass=None, lineclass=None, light="#fff"
    )
    return drawn.getvalue().decode()
