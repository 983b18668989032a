"""Pages and assets as they lie on flash, compressed."""

import os
import sys

from fake_device import Device, ask
from portal import pages
from trial import Trial

# "body { margin: 0 }" as the build packs it.
CSS = b"body { margin: 0 }"
CSS_GZ = bytes.fromhex("1f8b08000000000002ff4bca4fa954a856c84d2c4acfccb3523050a80500b736637c12000000")
GZIP = {"Accept-Encoding": "gzip, deflate"}


def make(folder):
    try:
        os.mkdir(folder)
    except OSError:
        pass


FILES = ("a-12.css", "readings.html", "missing.html", "setup.html", "proof.html")


def with_files(path, headers=None, method="GET", device=None):
    """The answer of a device whose slot holds these files."""
    make("slot")
    make("slot/static")
    for name in FILES:
        with open("slot/static/%s.gz" % name, "wb") as file:
            file.write(CSS_GZ)
    sys.path.insert(0, "slot")
    try:
        return ask(device or Device(), method, path, None, headers)
    finally:
        sys.path.pop(0)


def test_an_asset_is_sent_as_it_is_and_kept_for_ever():
    answer = with_files("/static/a-12.css", GZIP)
    assert (answer.status, answer.body) == (200, CSS_GZ)
    headers = answer.headers
    assert (headers["Content-Type"], headers["Content-Encoding"]) == ("text/css; charset=utf-8", "gzip")
    assert headers["Content-Length"] == str(len(CSS_GZ))
    assert "immutable" in headers["Cache-Control"] and headers["Vary"] == "Accept-Encoding"


def test_a_client_without_gzip_gets_it_unpacked():
    for accepted, is_compressed in (
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=1.0, identity; q=0.5", True),
        ("gzip; q=0, identity", False),
        ("deflate, br", False),
        ("", False),
    ):
        answer = with_files("/static/a-12.css", {"Accept-Encoding": accepted})
        assert ("Content-Encoding" in answer.headers) == ("Content-Length" in answer.headers) == is_compressed, accepted
        assert answer.body == (CSS_GZ if is_compressed else CSS), accepted


def test_where_there_is_no_room_to_unpack_it_is_sent_packed():
    def bytearray_in_pieces(size):
        if size == 4096:
            raise MemoryError
        return bytearray(size)

    pages.bytearray = bytearray_in_pieces
    try:
        answer = with_files("/readings", {"Accept-Encoding": "identity"})
    finally:
        del pages.bytearray
    assert (answer.status, answer.headers["Content-Encoding"], answer.body) == (200, "gzip", CSS_GZ)


def test_a_page_is_asked_for_again_and_comes_again_only_when_it_is_another():
    answer = with_files("/readings", GZIP)
    assert answer.headers["Content-Type"].startswith("text/html") and answer.headers["Cache-Control"] == "max-age=3600"
    tag = answer.headers["ETag"]
    again = with_files("/readings", {"If-None-Match": tag})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    device = Device()
    device.version = "1.2.4 00000000"
    assert with_files("/readings", {"If-None-Match": tag}, device=device).status == 200


def test_the_set_up_page_is_the_form_until_something_is_tried():
    device = Device(settings=None)
    for path in ("/", "/setup"):
        answer = with_files(path, GZIP, device=device)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
        assert "setup.html" in answer.headers["ETag"]
    tag = answer.headers["ETag"]
    device.trial = Trial()
    answer = with_files("/setup", {"If-None-Match": tag}, device=device)
    assert answer.status == 200 and "proof.html" in answer.headers["ETag"]
    assert not device.trial.seen_s, "the page alone shows no verdict"
    assert "setup.html" in with_files("/setup?form", GZIP, device=device).headers["ETag"], "entries can be changed after a trial"


def test_a_browser_that_lost_its_way_gets_a_page():
    answer = with_files("/nothing", {"Accept": "text/html,*/*"})
    assert (answer.status, answer.body) == (404, CSS)
    assert answer.headers["Content-Type"].startswith("text/html") and answer.headers["Cache-Control"] == "no-cache"
    answer = with_files("/nothing")
    assert (answer.status, answer.json) == (404, {"error": "not_found"})


def test_nothing_but_assets_is_served():
    hostile = ("../settings.json", "..%2fsettings.json", "..\\a-12.css", ".", "..", "a-12.css\0", "a/a-12.css", "%2e%2e", "")
    for name in ("b-12.css", "a-12", "readings.html", "a-12.css.gz") + hostile:
        assert with_files("/static/" + name, GZIP).status == 404, name


def test_a_page_that_is_missing_on_flash_is_no_server_error():
    make("slot")
    sys.path.insert(0, "slot")
    try:
        for headers in ({}, {"Accept": "text/html"}):
            assert ask(Device(), "GET", "/login", None, headers).status == 404
            assert ask(Device(), "GET", "/nowhere", None, headers).status == 404
    finally:
        sys.path.pop(0)


def test_a_file_that_is_not_read_is_closed():
    answer = with_files("/static/a-12.css", GZIP, "HEAD")
    assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(CSS_GZ)))
    os.remove("slot/static/a-12.css.gz")
