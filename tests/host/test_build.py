"""The build: the same bytes every time, pages a browser unpacks, a Microdot that lost only what nobody uses."""

import gzip
import subprocess
import threading
import zlib
from wsgiref.simple_server import WSGIRequestHandler, make_server

import browser
import build
import chosen_micropython
import constants
import packing
import pytest
import slimming
import trim
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import Pages


class Requested:
    """As much of a request as pages look at."""

    def __init__(self, accept_encoding):
        self.headers = {"Accept-Encoding": accept_encoding}


def rendered(folder, template, values, accept_encoding="gzip"):
    (folder / "a.html.page").write_bytes(packing.pack_page(template))
    return b"".join(Pages(str(folder) + "/").render(Requested(accept_encoding), "a.html", values).body)


TEMPLATE = b"<!doctype html><title>{{title}}</title>" + b"<p>Dew forms when air cools.</p>" * 40 + b"{{a}}{{b}}<p>{{title}}</p>"


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=700), min_size=3, max_size=3))
def test_a_spliced_page_is_the_template_with_its_values(tmp_path_factory, texts):
    values = dict(zip(("title", "a", "b"), texts))
    folder = tmp_path_factory.getbasetemp()
    compressed = rendered(folder, TEMPLATE, values)
    parts = packing.PLACEHOLDER.split(TEMPLATE)
    expected = b"".join(values[part.decode()].encode() if position % 2 else part for position, part in enumerate(parts))
    assert gzip.decompress(compressed) == expected
    assert zlib.decompress(compressed, 31) == expected
    assert rendered(folder, TEMPLATE, values, "identity") == expected


def test_the_pieces_of_a_page_are_compressed():
    assert len(packing.pack_page(TEMPLATE)) < len(TEMPLATE) / 4


def test_the_shift_says_what_a_checksum_becomes_some_zero_bytes_later():
    from rendering import joined_crc

    for text, count in ((b"Dewlog", 0), (b"Dewlog", 1), (b"Dewlog", 5000), (b"", 77)):
        assert joined_crc(zlib.crc32(text), packing.crc_shift(count)) ^ zlib.crc32(bytes(count)) == zlib.crc32(text + bytes(count))


@pytest.fixture
def page_server(tmp_path):
    """Serves one spliced page at every path, as the device sends it."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")])
        return [rendered(tmp_path, TEMPLATE, {"title": "21.4 °C", "a": "é" * 500, "b": (" %d" % i for i in range(600))})]

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield "http://127.0.0.1:%d/" % server.server_port
        server.shutdown()
        thread.join()


def test_curl_unpacks_a_spliced_page(page_server):
    text = subprocess.run(["curl", "--silent", "--fail", "--compressed", page_server], capture_output=True, check=True).stdout.decode()
    assert text.startswith("<!doctype html><title>21.4 °C</title>")
    assert "é 0 1 2" in text and text.endswith("599<p>21.4 °C</p>")


def test_chromium_unpacks_a_spliced_page(page_server):
    command = [browser.ensure(), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page_server]
    shown = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()
    assert "<title>21.4 °C</title>" in shown
    assert "é 0 1 2" in shown and "599<p>21.4 °C</p>" in shown


def test_two_builds_are_the_same_bytes(tmp_path):
    trees = []
    for name in ("one", "other"):
        flash = build.build(tmp_path / name) / "flash"
        trees.append({path.relative_to(flash): path.read_bytes() for path in flash.rglob("*") if path.is_file()})
    assert trees[0] == trees[1]
    assert {"app.shelf", "shelf.mpy", "version", "thingspeak_root.der"} <= {str(path) for path in trees[0]}


def test_a_build_leaves_unchanged_files_alone_and_takes_stale_ones_away(tmp_path):
    flash = build.build(tmp_path) / "flash"
    before = {path: path.stat().st_mtime_ns for path in flash.rglob("*.shelf")}
    (flash / "static" / "gone.gz").write_bytes(b"stale")
    (flash / "old").mkdir()
    (flash / "old" / "gone.mpy").write_bytes(b"stale")
    build.build(tmp_path)
    assert before and {path: path.stat().st_mtime_ns for path in flash.rglob("*.shelf")} == before
    assert not (flash / "old").exists() and not (flash / "static" / "gone.gz").exists()


def test_no_source_but_main_goes_to_the_board(tmp_path):
    out = build.build(tmp_path)
    assert not list((out / "flash").rglob("*.py"))
    assert (out / "main.py").read_text() == (build.ROOT / "device" / "main.py").read_text()
    assert len((out / "main.py").read_text().splitlines()) == 3


def test_the_root_certificate_is_the_one_that_signs_thingspeak():
    from cryptography.x509 import load_der_x509_certificate

    assert "CN=DigiCert Global Root G2" in load_der_x509_certificate(build._root_certificate()).subject.rfc4514_string()


def test_the_version_changes_with_any_file():
    assert build._version({"a": b"1"}) == build._version({"a": b"1"})
    assert build._version({"a": b"1"}) != build._version({"a": b"2"}) != build._version({"b": b"2"})


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(build.BuildFailed, match="file.* cannot be used: "):
        build.build(tmp_path / "file")


def test_a_module_that_does_not_compile_is_named(tmp_path):
    with pytest.raises(build.BuildFailed, match="broken.py does not compile: .*SyntaxError"):
        build.compile_module("def broken(:\n", "broken.py", tmp_path)
    assert not list(tmp_path.glob("*.py"))


def web_with(folder, **files):
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content)
    return packing.Assets(folder)


def test_an_asset_gets_a_new_name_when_its_content_changes(tmp_path):
    names = []
    for color in ("red", "red", "blue"):
        assets = web_with(tmp_path, a__css="h1 { color: %s }" % color)
        names.append(assets.fill_in(b"{{asset:a.css}}"))
        assert assets.files == {names[-1].decode().rpartition("/")[2]: b"h1{color: %s}\n" % color.encode()}
    assert names[0] == names[1] != names[2]
    assert names[0].startswith(b"/static/a.") and names[0].endswith(b".css")


def test_a_pages_style_sheet_carries_the_common_one(tmp_path):
    assets = web_with(tmp_path, base__css="h1 { margin: 0 }", a__css="h2 { margin: 0 }")
    assets.fill_in(b"{{asset:a.css}}")
    assert list(assets.files.values()) == [b"h1{margin: 0}h2{margin: 0}\n"]


def test_an_asset_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(packing.PackingFailed, match="web/a.js does not exist"):
        web_with(tmp_path).fill_in(b"{{asset:a.js}}")


@pytest.mark.parametrize(
    "name, written, slimmed",
    [
        ("a.css", "/* why */\nh1,\nh2 {\n  color: red;\n  margin: 0 auto;\n}\n", "h1,h2{color: red;margin: 0 auto}\n"),
        ("a.css", "main > p :hover { width: calc(1px + 2px) }", "main > p :hover{width: calc(1px + 2px)}\n"),
        ("a.css", 'p::after { content: "a, b; {c}  d" ; }', 'p::after{content: "a, b; {c}  d"}\n'),
        ("a.js", "// why\nfoo();\n\n/** what\n * it is */\n  bar('// no comment');\n", "foo();\nbar('// no comment');\n"),
        ("a.html", "<!-- why -->\n<p>\n  text  with <b>words</b>\n</p>\n", "<p>\ntext  with <b>words</b>\n</p>\n"),
        ("a.svg", "  <svg/>\n", "  <svg/>\n"),
    ],
)
def test_slimming_takes_comments_and_indentation_only(name, written, slimmed):
    assert slimming.slim(name, written.encode()) == slimmed.encode()


@pytest.mark.parametrize("name, written", [("a.js", "x = `one\ntwo`"), ("a.html", "<pre>\n  x</pre>")])
def test_what_slimming_could_break_is_refused(name, written):
    with pytest.raises(slimming.NotSlimmed):
        slimming.slim(name, written.encode())


@pytest.mark.parametrize(
    "written, inlined",
    [
        ("A = 5\ndef f():\n    return A + A\n", "0\ndef f():\n    return (5) + (5)\n"),
        ("A = 5\nB = A * 2\ndef f():\n    return B\n", "0\n0\ndef f():\n    return (5 * 2)\n"),
        ("A = 'once'\ndef f():\n    return A\n", "0\ndef f():\n    return ('once')\n"),
        ("A = 'twice'\ndef f():\n    return A + A\n", "0\ndef f():\n    return ('twice') + ('twice')\n"),
        ("A = 'too long to be a name'\ndef f():\n    return A + A\n", None),
        ("A = (1, 2)\ndef f():\n    return 1 in A\n", "0\ndef f():\n    return 1 in ((1, 2))\n"),
        ("A = (\n  1,\n)\ndef f():\n    return A\n", "0\n\n\ndef f():\n    return ((1,))\n"),
        ("A = 5\nA = 6\ndef f():\n    return A\n", None),
        ("A = 5\ndef f(A):\n    return A\n", None),
        ("A = 5\ndef f():\n    global A\n    A = 6\n", None),
        ("A = [5]\ndef f():\n    return A\n", None),
        ("A = 5\ndef f():\n    return globals()['A']\n", None),
        ("A = 5\ndef f():\n    return f'{A}'\n", None),
        ("ASKED = 5\ndef f():\n    return ASKED\n", None),
        ("A = 'é'; B = A\ndef f():\n    return A, 'é', B\n", None),
    ],
)
def test_a_constant_is_written_where_it_is_used_and_lines_stay(written, inlined):
    assert constants.inlined(written, {"ASKED"}) == (written if inlined is None else inlined)


def test_a_constant_that_another_module_takes_is_asked_for():
    assert constants.names_asked_of_others(["from a import B\n", "import a\na.C\n", "D = 1\n"]) == {"B", "C"}


def microdot_with(*attributes):
    import microdot.microdot

    with open(microdot.microdot.__file__) as file:
        return trim.trimmed(file.read(), {"Microdot", "Request", "Response"}, set(attributes))


def test_microdot_loses_what_nobody_mentions_and_what_only_that_used():
    source = microdot_with("route", "dispatch_request")
    for gone in ("start_server", "def mount", "subapp.", "MultiDict", "AsyncBytesIO", "send_file", "asyncio", "orjson", "__repr__",
                 "get_request_handlers", "HTTPException", "max_content_length", "except OSError", "hasattr(cls"):
        assert gone not in source
    assert "async def dispatch_request" in source and "class URLPattern" in source


@pytest.mark.parametrize("mentioned, back", [("set_cookie", "def set_cookie"), ("form", "class MultiDict"), ("mount", "subapp."),
                                             ("before_request", "(req, 'before_request'"), ("start_server", "req.max_content_length"),
                                             ("after_request", "req.after_request_handlers")])
def test_what_the_firmware_mentions_comes_back(mentioned, back):
    assert back not in microdot_with("route", "dispatch_request")
    assert back in microdot_with("route", "dispatch_request", mentioned)


def test_routing_comes_with_a_route():
    assert "class URLPattern" not in microdot_with("dispatch_request")
    assert "def route" in microdot_with("route") and "class URLPattern" in microdot_with("route")


def test_a_microdot_that_is_no_longer_understood_stops_the_build():
    with pytest.raises(trim.TrimFailed):
        trim.trimmed("class Flask: pass", {"Microdot"}, set())


SERVE_SOME_REQUESTS = """
import asyncio, sys
sys.path[:] = [%r, ".frozen"]
from microdot import Microdot, Request, Response
from microdot.microdot import NoCaseDict

app = Microdot()

@app.get("/hello/<name>")
async def hello(request, name):
    return "hello " + name, 200, {"X-Seen": request.headers["x-seen"]}

@app.post("/echo")
def echo(request):
    return Response(iter((request.body, b"!")), 201)

@app.get("/json")
def json(request):
    return {"query": request.query_string, "cookie": request.cookies["id"]}

@app.get("/broken")
def broken(request):
    raise ValueError("ours")

app.error_handlers[404] = lambda request: ("nothing at " + request.path, 404)

class Written:
    def __init__(self):
        self.text = b""
    async def awrite(self, data):
        self.text += data

async def ask(method, target, body=b"", **headers):
    given = NoCaseDict()
    for name, value in headers.items():
        given[name.replace("_", "-")] = value
    response = await app.dispatch_request(Request(app, None, method, target, "1.0", given, body=body))
    written = Written()
    await response.write(written)
    print(written.text.replace(b"\\r\\n", b"|").decode())

async def main():
    await ask("GET", "/hello/world", X_SEEN="yes")
    await ask("HEAD", "/hello/world", X_Seen="yes")
    await ask("POST", "/echo", b"body")
    await ask("GET", "/json?a=b", Cookie="id=7; other=8")
    await ask("GET", "/nowhere")
    await ask("POST", "/json")
    await ask("GET", "/broken")

asyncio.run(main())
"""


def test_the_trimmed_microdot_serves_as_the_whole_one(tmp_path):
    script = tmp_path / "serve.py"
    script.write_text(SERVE_SOME_REQUESTS % str(tmp_path))
    for name, source in trim.microdot_package(script).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    command = [chosen_micropython.path(), str(script)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30)
    answers = [line for line in ran.stdout.splitlines() if line.startswith("HTTP/")]
    assert len(answers) == 7, ran.stdout + ran.stderr
    hello, head, echo, json, nowhere, method, broken = answers
    assert hello.startswith("HTTP/1.0 200 OK|") and "X-Seen: yes|" in hello and hello.endswith("||hello world")
    assert head.endswith("||")
    assert echo.startswith("HTTP/1.0 201 ") and echo.endswith("||body!")
    assert '"a=b"' in json and '"7"' in json and "application/json" in json
    assert nowhere.startswith("HTTP/1.0 404 ") and nowhere.endswith("nothing at /nowhere")
    assert method.startswith("HTTP/1.0 405 ")
    assert broken.startswith("HTTP/1.0 500 ") and "ValueError: ours" in ran.stdout
