import asyncio
import os
import struct
from binascii import crc32
from io import BytesIO

import deflate
from microdot import Microdot
from microdot.test_client import TestClient

from pages import Pages, escape
from rendering import RECORD, joined_crc

CRC_OF_NOTHING_SHIFT = 1 << 31  # x^0: zero bytes later a CRC is what it was
DIRECTORY = "pages_under_test"


def shift_by_bytes(count):
    """x^(8*count) modulo the CRC polynomial, one bit at a time."""
    shift = CRC_OF_NOTHING_SHIFT
    for _ in range(8 * count):
        shift = shift >> 1 ^ (0xEDB88320 if shift & 1 else 0)
    return shift


def packed(*parts):
    """A page file as tools/packing.py makes it, from texts and placeholder names in turns, uncompressed."""
    index = body = b""
    for position in range(0, len(parts), 2):
        text, name = (parts + (b"",))[position : position + 2]
        data = struct.pack("<BHH", 0, len(text), len(text) ^ 0xFFFF) + text if text else b""
        index += struct.pack(RECORD, len(data), len(text), crc32(text), shift_by_bytes(len(text)), len(name)) + name
        body += data
    return struct.pack("<H", len(index)) + index + body


class Requested:
    """As much of a request as pages look at."""

    def __init__(self, **headers):
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


BROWSER = Requested(Accept_Encoding="gzip, deflate")
PLAIN = Requested()


def pages_with(**files):
    """Pages of a directory that holds `files`: name (dots as __) to content."""
    try:
        os.mkdir(DIRECTORY)
    except OSError:
        for name in os.listdir(DIRECTORY):
            os.remove(DIRECTORY + "/" + name)
    for name, content in files.items():
        with open(DIRECTORY + "/" + name.replace("__", "."), "wb") as file:
            file.write(content)
    return Pages(DIRECTORY + "/")


def body_of(response):
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)


def unzipped(data):
    """The text of a gzip file, its checksum and length verified."""
    text = deflate.DeflateIO(BytesIO(data), deflate.GZIP, 12).read(1 << 20)
    assert struct.unpack("<II", data[-8:]) == (crc32(text), len(text))
    return text


def both(pages, values):
    """The page as a browser gets it and as a script without gzip gets it: they must be the same."""
    compressed = pages.render(BROWSER, "a.html", values)
    plain = pages.render(PLAIN, "a.html", values)
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    text = unzipped(body_of(compressed))
    assert text == body_of(plain)
    return text


def test_a_value_stands_where_its_placeholder_was():
    pages = pages_with(a__html__page=packed(b"<h1>", b"name", b"</h1>"))
    assert both(pages, {"name": "Dew <b>log</b>"}) == b"<h1>Dew <b>log</b></h1>"


def test_values_of_any_kind_and_length_fit():
    pages = pages_with(a__html__page=packed(b"", b"first", b"", b"second", b"-", b"third"))
    for first, second, third in (
        ("", "", ""),
        ("x", "y", "z"),
        ("é" * 700, b"\xf0\x9f\x92\xa7" * 300, "z" * 511),
        (["one ", "two ", b"three"], (), iter(("a", "", "b"))),
    ):
        third = list(third)
        text = both(pages, {"first": first, "second": second, "third": third})
        parts = [part.encode() if isinstance(part, str) else part for part in third]
        assert text.endswith(b"-" + b"".join(parts))
    assert both(pages, {"first": ["one ", "two "]}) == b"one two -"


def test_a_value_longer_than_a_stored_block_is_cut_into_several():
    pages = pages_with(a__html__page=packed(b"<", b"long", b">"))
    assert both(pages, {"long": b"0123456789abcdef" * 8200}) == b"<" + b"0123456789abcdef" * 8200 + b">"


def test_a_page_leaves_in_pieces_a_socket_can_take():
    pages = pages_with(a__html__page=packed(b"-" * 1300, b"list", b"-" * 30))
    for request in (BROWSER, PLAIN):
        pieces = list(pages.render(request, "a.html", {"list": ("item %d" % i for i in range(300))}).body)
        assert max(len(piece) for piece in pieces) == 512
        assert all(len(piece) == 512 for piece in pieces[:-1])


def test_a_placeholder_without_a_value_stays_empty():
    pages = pages_with(a__html__page=packed(b"<p>", b"notice", b"</p>"))
    assert both(pages, {}) == b"<p></p>"


def test_checksums_join_as_if_the_texts_were_one():
    for first, second in ((b"", b""), (b"a", b"b"), (b"Dewlog", b"-" * 1000), (b"\xff" * 99, b"")):
        assert joined_crc(crc32(first), shift_by_bytes(len(second))) ^ crc32(second) == crc32(first + second)


def test_a_page_carries_the_status_and_headers_it_was_given():
    pages = pages_with(a__html__page=packed(b"x"))
    response = pages.render(BROWSER, "a.html", {}, 400, {"Cache-Control": "private"})
    assert response.status_code == 400
    assert response.headers["Cache-Control"] == "private"
    assert response.headers["Vary"] == "Accept-Encoding"


def test_only_clients_that_take_gzip_get_it():
    pages = pages_with(a__html__page=packed(b"x"))
    for accepted, compressed in (
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=1.0, identity; q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("deflate, br", False),
        ("", False),
    ):
        response = pages.render(Requested(Accept_Encoding=accepted), "a.html", {})
        assert ("Content-Encoding" in response.headers) == compressed, accepted


def test_a_page_that_is_not_read_to_its_end_closes_its_file():
    pages = pages_with(a__html__page=packed(b"-" * 5000))
    for request in (BROWSER, PLAIN):
        body = pages.render(request, "a.html", {}).body
        next(body)
        body.close()
    os.remove(DIRECTORY + "/a.html.page")


# "body { margin: 0 }" as the build packs it.
CSS_GZ = bytes.fromhex(
    "1f8b08000000000002ff4bca4fa954a856c84d2c4acfccb3523050a80500b736637c12000000"
)


def test_a_style_sheet_is_sent_as_it_is_and_kept_for_ever():
    pages = pages_with(a__12__css__gz=CSS_GZ)
    response = pages.static(BROWSER, "a.12.css")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/css"
    assert response.headers["Content-Encoding"] == "gzip"
    assert "immutable" in response.headers["Cache-Control"]
    assert body_of(response) == CSS_GZ


def test_a_client_without_gzip_gets_the_style_sheet_unpacked():
    response = pages_with(a__12__css__gz=CSS_GZ).static(PLAIN, "a.12.css")
    assert "Content-Encoding" not in response.headers
    assert body_of(response) == b"body { margin: 0 }"


def test_a_file_the_browser_has_is_not_sent_again():
    pages = pages_with(a__12__css__gz=CSS_GZ)
    tag = pages.static(BROWSER, "a.12.css").headers["ETag"]
    response = pages.static(Requested(Accept_Encoding="gzip", If_None_Match=tag), "a.12.css")
    assert response.status_code == 304
    assert body_of(response) == b""
    assert pages.static(Requested(If_None_Match='"a.11.css"'), "a.12.css").status_code == 200


def test_nothing_but_built_files_is_served():
    pages = pages_with(a__12__css__gz=CSS_GZ, a__html__page=packed(b"x"))
    hostile = ("../settings.json", "..\\a.12.css", "", ".", "..", "/a.12.css", "a.12.css\0")
    for name in ("b.css", "a", "a.html", "a.html.page", "a.12.css.gz") + hostile:
        assert pages.static(BROWSER, name).status_code == 404, name


def test_pages_travel_through_microdot():
    pages = pages_with(a__html__page=packed(b"<i>", b"name", b"</i>"), a__12__css__gz=CSS_GZ)
    app = Microdot()

    @app.get("/")
    def index(request):
        return pages.render(request, "a.html", {"name": escape("<me>")})

    @app.get("/static/<name>")
    def static(request, name):
        return pages.static(request, name)

    async def visit():
        client = TestClient(app)
        assert (await client.get("/")).text == "<i>&lt;me&gt;</i>"
        assert unzipped((await client.get("/", headers={"Accept-Encoding": "gzip"})).body) == b"<i>&lt;me&gt;</i>"
        assert (await client.get("/static/a.12.css")).text == "body { margin: 0 }"
        assert (await client.get("/static/..")).status_code == 404

    asyncio.run(visit())


def test_hostile_text_is_shown_and_not_obeyed():
    assert escape("""<img src=x onerror='a("&")'>""") == "&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;"
    assert escape("Küche 💧") == "Küche 💧"
