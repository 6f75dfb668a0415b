"""QR codes as SVG, drawn without inline style."""

import io

import segno


def svg(text: str) -> bytes:
    """The code as an SVG file, dark on white, with the quiet zone that scanners need."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(
        out, kind="svg", scale=4, border=3, dark="#000", light="#fff", xmldecl=False, svgclass=None, lineclass=None
    )
    return out.getvalue()


def data_uri(text: str) -> str:
    """The same as the address of an image, for a page that must not fetch it under an address of its own."""
    return str(segno.make_qr(text, error="m").svg_data_uri(scale=4, border=3, dark="#000", light="#fff"))
