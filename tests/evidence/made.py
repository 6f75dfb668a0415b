"""Files made for the tests, each as a device or program would write it, with everything in it that must not get out."""

from __future__ import annotations

import io
import struct
import wave
import zipfile
import zlib

import openpyxl
import pikepdf
from PIL import Image, PngImagePlugin

CAMERA, PLACE, AUTHOR = "Fotoapparat-7000", (34.0, 45.0, 12.0), "王某某"
TELLING = (CAMERA.encode(), AUTHOR.encode(), b"GPS-MARK-5511")


def exif() -> Image.Exif:
    found = Image.Exif()
    found[0x0110] = CAMERA
    found[0x010E] = "GPS-MARK-5511"
    found[0x0112] = 6  # held upright: turn by 90 degrees
    found.get_ifd(0x8825).update({1: "N", 2: PLACE, 3: "E", 4: (113.0, 37.0, 1.0)})
    return found


def drawing(width=64, height=32, mode="RGB"):
    """Left half red, right half blue."""
    picture = Image.new(mode, (width, height), "red")
    picture.paste(Image.new(mode, (width // 2, height), "blue"), (width // 2, 0))
    return picture


def jpeg(width=64, height=32) -> bytes:
    into = io.BytesIO()
    drawing(width, height).save(into, "JPEG", exif=exif(), comment=AUTHOR.encode(), quality=95)
    return into.getvalue()


def png(width=64, height=32) -> bytes:
    into, told = io.BytesIO(), PngImagePlugin.PngInfo()
    told.add_itxt("Author", AUTHOR)
    drawing(width, height, "RGBA").save(into, "PNG", pnginfo=told, exif=exif())
    return into.getvalue()


def gif() -> bytes:
    into = io.BytesIO()
    drawing().save(into, "GIF", save_all=True, append_images=[drawing(64, 32).rotate(180)], comment=AUTHOR.encode())
    return into.getvalue()


def webp() -> bytes:
    into = io.BytesIO()
    drawing().save(into, "WEBP", exif=exif())
    return into.getvalue()


def pdf(*, password="", script=True) -> bytes:
    made = pikepdf.new()
    page = made.add_blank_page()
    raw = pikepdf.Stream(made, jpeg())
    raw.Type, raw.Subtype, raw.Width, raw.Height = pikepdf.Name.XObject, pikepdf.Name.Image, 64, 32
    raw.ColorSpace, raw.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
    raw.write(jpeg(), filter=pikepdf.Name.DCTDecode)
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=made.make_indirect(raw)))
    page.obj.Contents = made.make_stream(b"q 100 0 0 50 0 0 cm /Im0 Do Q")
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Text,
        Rect=[0, 0, 9, 9],
        Contents="已核对",
        T=AUTHOR,
        M="D:20260101",
    )
    page.obj.Annots = pikepdf.Array([made.make_indirect(note)])
    made.docinfo["/Author"] = AUTHOR
    made.docinfo["/Producer"] = CAMERA
    with made.open_metadata() as told:
        told["dc:creator"] = [AUTHOR]
    made.attachments["inside.txt"] = b"GPS-MARK-5511"
    if script:
        made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('GPS-MARK-5511')")
    into = io.BytesIO()
    made.save(into, encryption=pikepdf.Encryption(user=password, owner="o") if password else False)
    return into.getvalue()


def docx(**more: bytes) -> bytes:
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="'
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Type="t" Target="word/document.xml"/>'
        '<Relationship Id="b" Type="th" Target="docProps/thumbnail.jpeg"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="w"><w:body><w:ins w:id="1" w:author="{AUTHOR}"><w:r><w:t>收据金额198元</w:t></w:r></w:ins>'
        "</w:body></w:document>",
        "word/comments.xml": f'<w:comments xmlns:w="w"><w:comment w:initials="{AUTHOR}" w:author="{AUTHOR}"/></w:comments>',
        "docProps/core.xml": f"<cp:coreProperties><dc:creator>{AUTHOR}</dc:creator></cp:coreProperties>",
        "docProps/app.xml": f"<Properties><Company>{CAMERA}</Company></Properties>",
        "docProps/custom.xml": "<Properties>GPS-MARK-5511</Properties>",
    }
    return archive(
        {
            **{n: t.encode() for n, t in parts.items()},
            "docProps/thumbnail.jpeg": jpeg(),
            "word/media/image1.jpeg": jpeg(),
            **more,
        }
    )


def archive(parts: dict[str, bytes]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as found:
        for name, content in parts.items():
            found.writestr(name, content)
    return into.getvalue()


def xlsx() -> bytes:
    book, into = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "收据金额198元"
    book.properties.creator = AUTHOR
    book.save(into)
    return into.getvalue()


def wav() -> bytes:
    into = io.BytesIO()
    with wave.open(into, "wb") as found:
        found.setnchannels(1)
        found.setsampwidth(2)
        found.setframerate(8000)
        found.writeframes(b"\0\1" * 800)
    return into.getvalue()


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + b"\0" * 413  # 128 kbit/s, 44.1 kHz
    return b"ID3\x04\x00\x00\x00\x00\x00\x0a" + b"\0" * 10 + frame * 5


def amr() -> bytes:
    return b"#!AMR\n" + (b"\x3c" + b"\0" * 31) * 20


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def mp4(*handlers: bytes, brand: bytes = b"isom") -> bytes:
    tracks = b"".join(
        box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + h + b"\0" * 12))) for h in handlers or (b"vide", b"soun")
    )
    return box(b"ftyp", brand + b"\0\0\2\0isommp41") + box(b"mdat", b"\1" * 500) + box(b"moov", tracks)


def old_office(*streams: str) -> bytes:
    """A compound file (MS-CFB) with these streams of 4096 bytes, in the root storage; a name with / makes a storage."""
    names = [name for path in streams for name in path.split("/")]
    sector, entries = 512, []
    rows: list[tuple[str, int, int, int]] = [("Root Entry", 5, 0xFFFFFFFF, 1)]  # name, type, right, child
    start = []
    for number, name in enumerate(names, 1):
        last = number == len(names)
        rows.append((name, 2, 0xFFFFFFFF if last else number + 1, 0xFFFFFFFF))
        start.append(2 + (len(names) + 4) // 4 + (number - 1) * 8)
    for number, (name, kind, right, child) in enumerate(rows):
        text = name.encode("utf-16-le") + b"\0\0"
        first = 0xFFFFFFFE if number == 0 else start[number - 1]
        entries.append(
            text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child) + b"\0" * 36
            + struct.pack("<IQ", first, 0 if number == 0 else 4096)
        )  # fmt: skip
    while len(entries) % 4:
        entries.append(b"\0" * 64 + struct.pack("<HBBIII", 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF) + b"\0" * 48)
    directory = b"".join(entries)
    table = [0xFFFFFFFD]
    sectors = len(directory) // sector
    table += [n + 2 if n + 1 < sectors else 0xFFFFFFFE for n in range(sectors)]
    for number in range(len(names)):
        base = 1 + sectors + number * 8
        table += [base + n + 1 if n < 7 else 0xFFFFFFFE for n in range(8)]
    table += [0xFFFFFFFF] * (128 - len(table))
    head = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    head = head[:512] + b"\xff" * (512 - len(head))
    return head + struct.pack("<128I", *table) + directory + b"\0" * 4096 * len(names)


def bomb_png(width=30_000, height=30_000) -> bytes:
    """A PNG of 900 million pixels in some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


GOOD = {
    "jpg": jpeg, "png": png, "gif": gif, "webp": webp, "pdf": pdf, "docx": docx, "xlsx": xlsx, "doc": lambda: old_office("WordDocument"),
    "xls": lambda: old_office("Workbook"), "txt": lambda: "收据金额198元\r\n".encode("gb18030"), "mp3": mp3, "wav": wav,
    "m4a": lambda: mp4(b"soun", brand=b"M4A "), "amr": amr, "mp4": mp4,
}  # fmt: skip
