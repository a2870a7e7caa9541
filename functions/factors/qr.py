"""Text as a QR code."""

from io import BytesIO

import segno


def svg(text: str) -> str:
    """Return *text* as a QR code: one `<svg>` element that scales, loads nothing and runs no script.

    Error correction is level M or better. The background is white, quiet zone included, since a camera needs contrast
    on a dark page too.
    """
    drawn = BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", xmldecl=False, nl=False, omitsize=True, svgclass=None, lineclass=None, light="#fff"
    )
    return drawn.getvalue().decode()
