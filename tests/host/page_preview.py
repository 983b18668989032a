"""The built pages on this computer under the device's addresses, over documents that a test (or a person) makes up.

`python3 tests/host/page_preview.py --port 18400` serves them; `/preview` there lists the states.
"""

import argparse
import copy
import json
import queue
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools")]

from web_files import web_files  # noqa: E402

WAIT_S = 30
"""No wait of this file takes longer."""
TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript", "json": "application/json", "svg": "image/svg+xml", "css": "text/css"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
STEPS = ("sensor", "wifi", "address", "internet", "thingspeak")


def setup_document(**changes):
    """What `GET /api/setup` tells on a device out of the box."""
    document = {
        "state": "idle",
        "steps": [{"name": name, "state": "waiting", "detail": ""} for name in STEPS],
        "error": None,
        "address": None,
        "hostname": "dewlog-a1b2c3.local",
        "channel_id": None,
        "restart_in_s": None,
        "draft": None,
        "can_keep": False,
        "can_retry": False,
        "notice": None,
        "ssid": "",
        "mode": "setup",
        "open": True,
        "hotspot": "Dewlog-A1B2C3",
        "version": "1.1.0 3f2a9c01",
    }
    document.update(changes)
    return document


def network(ssid, rssi_dbm=-54, bars=4, security="wpa2", supported=True, id=None):
    """An entry of `GET /api/networks`."""
    return {
        "ssid": ssid,
        "id": "=" + ssid if id is None else id,
        "rssi_dbm": rssi_dbm,
        "channel": 6,
        "security": security,
        "bars": bars,
        "supported": supported,
    }


AT_HOME = [
    network("Home", -51, 4),
    network("Café de la Gare", -63, 3, "open"),
    network("Fritz!Box 7590 XY", -66, 3),
    network("eduroam", -70, 2, "wpa2-enterprise", False),
    network("Attic", -83, 1, "wpa3"),
]


def readings_document(**changes):
    """What `GET /api/readings` tells on a device that works. `changes` may name parts of "upload", "sensor" and "device" too, as dicts."""
    document = {
        "name": "Cellar",
        "time": int(time.time()),
        "temperature_c": 21.4,
        "humidity_pct": 48.0,
        "dew_point_c": 10.0,
        "age_s": 2,
        "quality": "ok",
        "problem": None,
        "mode": "station",
        "raw": {"temperature_c": 21.4, "humidity_pct": 48.0},
        "settings": {"interval_s": 60, "units": "C"},
        "upload": {
            "state": "ok",
            "last_entry_id": 4211,
            "last_time": int(time.time()) - 20,
            "waiting": 0,
            "sent": 4211,
            "dropped": 0,
            "channel_id": 123456,
            "problem": None,
        },
        "sensor": {"type": "dht22", "reads": 9000, "failures": 3, "rejected": 1, "problem": None},
        "device": {
            "version": "1.1.0 3f2a9c01",
            "uptime_s": 263200,
            "rssi_dbm": -54,
            "ssid": "Home",
            "address": "192.168.1.57",
            "hostname": "dewlog-a1b2c3.local",
            "heap_free": 41000,
            "idf_heap_free": 60000,
            "idf_heap_largest": 31000,
            "flash_free": 1200000,
            "reset_cause": "power",
            "restarts": 0,
            "time_source": "ntp",
        },
    }
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(document.get(name), dict):
            document[name].update(value)
        else:
            document[name] = value
    return document


class Preview:
    """The pages on `url` while the `with` block lasts. Port 0 takes a free one.

    documents   {path, with or without its query: what GET answers as JSON, or a function (query) -> that, or text}
    answers     {path of a POST: (status, document) or (status, document, headers), or a function (fields) -> that}
    asked       [(method, path with query, fields of a POST)] of all requests in their order
    silent      True: requests are taken and not answered, as by a device out of reach; they end by themselves
    states      {name: function (preview) -> path of the page to look at}, each over documents of its own
    """

    def __init__(self, states=None, port=0):
        self.states = states or {}
        self.files = web_files(ROOT / "web")
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.preview = self
        self.url = "http://127.0.0.1:%d" % self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._streams = set()
        self.is_closing = threading.Event()
        self.start_over()

    def start_over(self):
        """A device in set-up mode, out of the box."""
        self.silent = False
        self.documents = {
            "/api/setup": setup_document(),
            "/api/networks": {"scanning": False, "networks": copy.deepcopy(AT_HOME)},
            "/api/readings": readings_document(mode="setup", name="Dewlog"),
        }
        self.answers = {}
        self.asked = []
        self.cut_streams()

    def show(self, state):
        """Force `state`. Returns the address of its page."""
        self.start_over()
        return self.url + self.states[state](self)

    def posts(self, path):
        """[fields] of what was posted to `path`."""
        return [fields for method, asked, fields in self.asked if method == "POST" and asked == path]

    def page(self, path):
        """(status, name of the file or address to go to) of a page, as the device chooses it."""
        setup = self.documents.get("/api/setup") or {}
        mode = self.documents.get("/api/readings", {}).get("mode", "setup")
        if path == "/":
            return (200, "setup.html") if mode == "setup" else (302, "/readings")
        if path == "/setup":
            return 200, "setup.html" if setup.get("state", "idle") == "idle" else "proof.html"
        name = path[1:] + ".html"
        return (200, name) if path in ("/readings", "/settings", "/login") else (404, "missing.html")

    # --- Server-Sent Events ---

    def send_event(self, document, event="reading"):
        """Tell all who listen at /api/events."""
        for stream in list(self._streams):
            stream.put(("event: %s\ndata: %s\n\n" % (event, json.dumps(document))).encode())

    def cut_streams(self):
        for stream in list(self._streams):
            stream.put(None)

    def listeners(self):
        return len(self._streams)

    def listen(self):
        """Yields what to write to one listener; None ends it."""
        stream = queue.Queue()
        self._streams.add(stream)
        try:
            yield b": hello\n\n"
            while not self.is_closing.is_set():
                try:
                    part = stream.get(timeout=0.2)
                except queue.Empty:
                    continue
                if part is None:
                    return
                yield part
        finally:
            self._streams.discard(stream)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self.is_closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(WAIT_S)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def handle_error(self, request, client_address):
        """A browser that has gone is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = WAIT_S

    def log_message(self, *words):
        pass

    def do_GET(self):
        preview = self.server.preview
        address = urllib.parse.urlsplit(self.path)
        preview.asked.append(("GET", self.path, None))
        if self._is_left_alone():
            return
        if address.path.startswith("/preview"):
            self._preview(address.path[len("/preview/") :])
        elif address.path.startswith("/static/"):
            self._file(200, address.path[len("/static/") :], {"Cache-Control": "public, max-age=31536000, immutable"})
        elif address.path == "/api/events" and "/api/events" not in preview.documents:
            self._stream()
        elif self.path in preview.documents or address.path in preview.documents:
            document = preview.documents.get(self.path, preview.documents.get(address.path))
            self._document(200, document(dict(urllib.parse.parse_qsl(address.query))) if callable(document) else document)
        elif address.path.startswith("/api/"):
            self._document(404, {"error": "not_found"})
        else:
            self._page(address.path)

    def do_POST(self):
        preview = self.server.preview
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "json" in self.headers.get("Content-Type", ""):
            fields = json.loads(body or b"{}")
        elif "octet-stream" in self.headers.get("Content-Type", ""):
            fields = body
        else:
            fields = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        preview.asked.append(("POST", self.path, fields))
        if self._is_left_alone():
            return
        answer = preview.answers.get(self.path, (200, {}))
        self._document(*(answer(fields) if callable(answer) else answer))

    def _is_left_alone(self):
        """A device out of reach: the request ends after a while without an answer."""
        preview = self.server.preview
        if preview.silent:
            until = time.monotonic() + WAIT_S
            while preview.silent and time.monotonic() < until and not preview.is_closing.wait(0.1):
                pass
            self.close_connection = True
            return True
        return False

    def _preview(self, state):
        preview = self.server.preview
        if state in preview.states:
            self._send(302, b"", {"Location": preview.show(state)})
        else:
            links = "".join('<p><a href="/preview/%s">%s</a></p>' % (name, name) for name in preview.states)
            self._send(200, ("<!DOCTYPE html><title>States</title>" + links).encode(), {"Content-Type": TYPES["html"]})

    def _page(self, path):
        status, name = self.server.preview.page(path)
        if status == 302:
            self._send(302, b"Continue at " + name.encode(), {"Location": name})
        else:
            self._file(status, name, {"Cache-Control": "no-cache"})

    def _file(self, status, name, headers):
        content = self.server.preview.files.get("static/%s.gz" % name)
        if content is None:
            self._send(404, b"There is no " + name.encode(), {})
        else:
            kind = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
            self._send(status, content, dict(headers, **{"Content-Type": kind, "Content-Encoding": "gzip"}))

    def _document(self, status, document, headers=None):
        if isinstance(document, str):
            content, kind = document.encode(), "text/plain; charset=utf-8"
        else:
            content, kind = json.dumps(document).encode(), "application/json"
        self._send(status, content, dict({"Content-Type": kind, "Cache-Control": "no-store"}, **(headers or {})))

    def _stream(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        for part in self.server.preview.listen():
            self.wfile.write(part)
            self.wfile.flush()

    def _send(self, status, content, headers):
        self.send_response(status)
        for name, value in dict(HEADERS, **headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(states, description):
    """The command line of a preview: serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1 (default: a free one)")
    with Preview(states, parser.parse_args().port) as preview:
        print("%s/preview" % preview.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
