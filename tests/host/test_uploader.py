"""The uploader against real servers that behave, misbehave and lie about who they are."""

import contextlib
import json
import socket
import ssl
import struct
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

import micropython_process
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: Sun, 22 Nov 2026 20:05:03 GMT\r\n\r\n"
KEY = "ABCDEFGHIJKLMNOP"
DAY = timedelta(days=1)
LONG_S = 300
"""How long a bad server keeps at it: what waits for its end is seen to."""


class Server:
    """Takes connections on a port of its own and lets `behave(connection)` deal with each in a thread. Keeps what it received."""

    def __init__(self, behave, context=None):
        self.received = []
        self.behave = behave
        self.context = context
        self.is_over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, scheme="http", host="localhost"):
        return "%s://%s:%d/update.json" % (scheme, host, self.port)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._deal, args=self.listener.accept()[:1], daemon=True).start()

    def _deal(self, connection):
        with contextlib.suppress(OSError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            self.behave(self, connection)

    def request(self, connection):
        """Read one whole request. Raises ConnectionError when it ends before."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += _some(connection)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(dict(line.lower().split(b": ") for line in head.split(b"\r\n")[1:]).get(b"content-length", 0))
        while len(body) < length:
            body += _some(connection)
        self.received.append((head, body))
        return head, body

    def close(self):
        self.is_over.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept, or it would take one more
        self.listener.close()


def _some(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the client has gone")
    return data


def says(reply, then_close=True):
    """A server that answers every request with `reply`."""

    def behave(server, connection):
        server.request(connection)
        connection.sendall(reply)
        if not then_close:
            server.is_over.wait(LONG_S)

    return behave


def drips(server, connection):
    server.request(connection)
    for number in range(5 * LONG_S):
        connection.sendall(HEAD[number % len(HEAD):][:1])
        time.sleep(0.2)


def is_silent(server, connection):
    server.is_over.wait(LONG_S)


def resets(server, connection):
    connection.recv(100)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def talks_for_ever(line):
    def behave(server, connection):
        server.request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(line)

    return behave


class Uploads:
    """The device's uploader in a MicroPython of its own."""

    def __init__(self, root_path):
        self.process = micropython_process.start("send_requests.py", root_path)

    def order(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def send(self, url, **order):
        return self.order(url=url, headers={"X-THINGSPEAKAPIKEY": KEY}, **order)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def root_path(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("root") / "root.der"
    path.write_bytes(x509.load_pem_x509_certificate(authority.cert_pem.bytes()).public_bytes(Encoding.DER))
    return path


@pytest.fixture(scope="module")
def uploads(root_path):
    uploads = Uploads(root_path)
    yield uploads
    micropython_process.stop(uploads.process)


@pytest.fixture
def serve():
    servers = []

    def start(behave, context=None):
        servers.append(Server(behave, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def identity(authority, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.every_micropython
def test_a_request_arrives_whole_and_its_reply_comes_back(uploads, serve):
    server = serve(says(HEAD + b"42"))
    answer = uploads.send(server.url(), body="field1=21.40")
    assert (answer["status"], answer["body"], answer["failure"]) == (200, "42", "")
    head, body = server.received[0]
    assert head.startswith(b"POST /update.json HTTP/1.") and body == b"field1=21.40"
    assert b"Connection: close" in head and ("X-THINGSPEAKAPIKEY: %s" % KEY).encode() in head


@pytest.mark.every_micropython
def test_a_long_body_is_sent_in_pieces_and_arrives_whole(uploads, serve):
    server = serve(says(HEAD + b"42"))
    answer = uploads.send(server.url(), body="x" * 512, pieces=140)
    assert answer["status"] == 200
    assert server.received[0][1] == b"x" * 512 * 140


@pytest.mark.every_micropython
def test_a_request_without_memory_for_it_does_not_begin(uploads, serve):
    server = serve(says(HEAD + b"42"))
    answer = uploads.send(server.url(), body="field1=1", left_bytes=3 * 1024)
    assert (answer["status"], answer["failure"], server.received) == (0, "memory", [])
    assert uploads.send(server.url("https"), body="field1=1", left_bytes=5 * 1024)["failure"] == "memory", "TLS takes more"
    assert uploads.send(server.url(), body="field1=1")["status"] == 200 and len(server.received) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 404, 409, 413, 422, 429, 500, 503])
def test_an_error_comes_back_with_its_status(uploads, serve, status):
    server = serve(says(b"HTTP/1.1 %d Error\r\nContent-Length: 1\r\n\r\n0" % status))
    answer = uploads.send(server.url())
    assert (answer["status"], answer["body"], answer["failure"]) == (status, "0", "")


@pytest.mark.every_micropython
@pytest.mark.parametrize(
    "behave",
    [drips, is_silent, says(HEAD + b"4", then_close=False), says(b"HTTP/1.1 200 OK\r\n", then_close=False)],
    ids=["drips", "is silent", "half a body", "half a head"],
)
def test_no_server_can_stretch_the_deadline(uploads, serve, behave):
    answer = uploads.send(serve(behave).url(), deadline_s=1, body="field1=1")
    assert (answer["status"], answer["failure"]) == (0, "timeout")
    assert 900 < answer["took_ms"] < LONG_S * 1000 / 2


@pytest.mark.every_micropython
def test_who_needs_the_memory_can_shorten_the_deadline_and_not_stretch_it(uploads, serve):
    answer = uploads.send(serve(is_silent).url(), deadline_s=LONG_S, hurry_s=1, body="field1=1")
    assert answer["failure"] == "timeout" and answer["took_ms"] < LONG_S * 1000 / 2
    answer = uploads.send(serve(is_silent).url(), deadline_s=1, hurry_s=LONG_S, body="field1=1")
    assert answer["failure"] == "timeout" and answer["took_ms"] < LONG_S * 1000 / 2


@pytest.mark.every_micropython
def test_a_tls_handshake_that_drips_cannot_stretch_it_either(uploads, serve):
    def drip_a_record(server, connection):
        connection.sendall(b"\x16\x03\x03\x40\x00")
        while True:
            connection.sendall(b"\x02")
            time.sleep(0.2)

    answer = uploads.send(serve(drip_a_record).url("https"), deadline_s=1)
    assert answer["status"] == 0
    assert answer["took_ms"] < LONG_S * 1000 / 2


@pytest.mark.every_micropython
@pytest.mark.parametrize(
    "behave, failure",
    [
        (resets, "connection"),
        (says(HEAD), "reply"),
        (says(b""), "reply"),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "reply"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n42"), "reply"),
        (says(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3000), "reply"),
        (talks_for_ever(b"X-Header: 1\r\n"), "reply"),
        (talks_for_ever(b"x" * 100), "reply"),
        (says(b"HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\n\r\n"), "redirect"),
        (says(b"HTTP/1.1 307 Moved\r\nlocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n"), "redirect"),
    ],
    ids=["reset", "cut short", "empty", "not HTTP", "bad length", "too long", "endless headers", "endless line", "302", "307"],
)
def test_each_kind_of_bad_reply_is_named_and_ends_at_once(uploads, serve, behave, failure):
    answer = uploads.send(serve(behave).url(), deadline_s=LONG_S, body="field1=1")
    assert (answer["status"], answer["body"], answer["failure"]) == (0, "", failure), "at the deadline it would be a timeout"


def test_a_redirect_is_not_followed_and_the_key_stays_here(uploads, serve):
    other = serve(says(HEAD + b"42"))
    server = serve(says(b"HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\n" % other.url().encode()))
    assert uploads.send(server.url(), body="field1=1")["failure"] == "redirect"
    assert other.received == []


@pytest.mark.every_micropython
def test_a_closed_port_and_an_unknown_name_are_told_apart(uploads, serve):
    server = serve(is_silent)
    server.close()
    assert uploads.send(server.url())["failure"] == "connection"
    assert uploads.send("http://nobody.invalid/")["failure"] == "no_network"


@pytest.mark.every_micropython
def test_a_server_that_proves_itself_gets_the_reading(uploads, serve, authority):
    server = serve(says(HEAD + b"42"), identity(authority, "localhost"))
    answer = uploads.send(server.url("https"), body="x" * 512, pieces=20)
    assert (answer["status"], answer["body"]) == (200, "42")
    assert server.received[0][1] == b"x" * 512 * 20


def self_signed(name, folder):
    """A TLS context whose certificate vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now - DAY, now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "self-signed.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def expired(authority, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    now = datetime.now(timezone.utc)
    authority.issue_cert(name, not_before=now - 2 * DAY, not_after=now - DAY).configure_cert(context)
    return context


@pytest.mark.every_micropython
def test_a_server_that_cannot_prove_itself_gets_nothing(uploads, serve, authority, tmp_path):
    impostors = {
        "of another authority": identity(trustme.CA(), "localhost"),
        "of another name": identity(authority, "elsewhere.example"),
        "self-signed": self_signed("localhost", tmp_path),
        "expired": expired(authority, "localhost"),
    }
    for kind, context in impostors.items():
        server = serve(says(HEAD + b"42"), context)
        answer = uploads.send(server.url("https"), body="field1=1")
        assert (answer["status"], answer["failure"]) == (0, "certificate"), kind
        assert server.received == [], kind


@pytest.mark.every_micropython
def test_without_a_root_certificate_nothing_is_sent(serve, authority, tmp_path):
    server = serve(says(HEAD + b"42"), identity(authority, "localhost"))
    (tmp_path / "damaged.der").write_bytes(b"nonsense")
    for name in ("missing.der", "damaged.der"):
        uploads = Uploads(tmp_path / name)
        assert uploads.send(server.url("https"))["failure"] == "certificate"
        micropython_process.stop(uploads.process)
    assert server.received == []


@pytest.mark.every_micropython
def test_the_date_of_any_reply_tells_the_time(uploads, serve):
    before = uploads.send(serve(says(HEAD + b"42")).url())["told"]
    for status in (b"200 OK", b"302 Found\r\nLocation: /elsewhere", b"404 Not Found"):
        server = serve(says(b"HTTP/1.1 %s\r\nDate: Sun, 22 Nov 2026 20:05:03 GMT\r\n\r\n" % status))
        told = uploads.order(method="HEAD", url=server.url(), time_host="localhost:%d" % server.port)["told"]
        assert told[-1] == [1795377903, "server"] and len(told) == len(before) + 1
        before = told
    server = serve(resets)
    assert uploads.order(method="HEAD", url=server.url(), time_host="localhost:%d" % server.port)["told"] == before


ROOM = [60_000, 40_000]


@pytest.mark.every_micropython
@pytest.mark.parametrize("idf", [[48 * 1024 - 1, 40_000], [60_000, 20 * 1024 - 1], [0, 0]])
def test_a_tls_session_that_would_not_fit_does_not_begin(uploads, serve, authority, idf):
    server = serve(says(HEAD + b"42"), identity(authority, "localhost"))
    answer = uploads.send(server.url("https"), body="field1=1", idf=idf)
    assert (answer["status"], answer["failure"], answer["tls_broken"], server.received) == (0, "memory", False, [])
    assert uploads.send(server.url("https"), body="field1=1", idf=ROOM)["status"] == 200


def test_without_tls_that_room_is_not_needed(uploads, serve):
    assert uploads.send(serve(says(HEAD + b"42")).url(), body="field1=1", idf=[30_000, 15_000])["status"] == 200


@pytest.mark.every_micropython
@pytest.mark.parametrize(
    "step, error, idf_later, in_tls",
    [
        ("thread", ["OSError", 12], ROOM, False),
        ("thread", ["MemoryError", ""], ROOM, False),
        ("name", ["OSError", 12], ROOM, False),
        ("name", ["OSError", -203], ROOM, False),
        ("socket", ["OSError", 12], ROOM, False),
        ("socket", ["MemoryError", ""], ROOM, False),
        ("wrap", ["OSError", 12], ROOM, True),
        ("handshake", ["OSError", 12], ROOM, True),
        ("handshake", ["OSError", -20864], ROOM, True),  # MD
        ("handshake", ["OSError", -0x7F00], ROOM, True),  # SSL
        ("handshake", ["OSError", -0x2880], ROOM, True),  # X509
        ("handshake", ["OSError", -0x3F80], ROOM, True),  # PK
        ("handshake", ["OSError", -0x4290], ROOM, True),  # a big number inside RSA
        ("handshake", ["OSError", -0x236A], ROOM, True),  # ASN.1 inside X509
        ("handshake", ["MemoryError", ""], ROOM, False),
        ("handshake", ["ValueError", "The certificate is not correctly signed by the trusted CA"], [9_000, 4_000], True),
        ("handshake", ["OSError", 116], [9_000, 4_000], True),
        ("root", ["ValueError", "invalid cert"], [9_000, 4_000], True),
    ],
)
def test_every_shape_of_a_shortage_is_memory(uploads, step, error, idf_later, in_tls, serve):
    server = serve(says(HEAD + b"42"))
    answer = uploads.send(server.url("https"), body="field1=1", fail=[step, *error], idf=ROOM, idf_later=idf_later)
    assert (answer["status"], answer["failure"], answer["tls_broken"]) == (0, "memory", in_tls)


@pytest.mark.every_micropython
@pytest.mark.parametrize(
    "step, error, failure",
    [
        ("handshake", ["ValueError", "The certificate is not correctly signed by the trusted CA"], "certificate"),
        ("handshake", ["OSError", -0x2700], "certificate"),
        ("handshake", ["OSError", 104], "connection"),
        ("handshake", ["OSError", -0x7780], "connection"),  # a fatal alert from the server
        ("root", ["ValueError", "invalid cert"], "certificate"),
        ("name", ["OSError", -2], "no_network"),
        ("socket", ["OSError", 113], "no_network"),
    ],
)
def test_what_is_no_shortage_keeps_its_name(uploads, step, error, failure, serve):
    answer = uploads.send(serve(says(HEAD + b"42")).url("https"), body="field1=1", fail=[step, *error], idf=ROOM)
    assert (answer["failure"], answer["tls_broken"]) == (failure, False)


@pytest.mark.every_micropython
def test_the_clock_is_told_by_thingspeak_alone(uploads, serve):
    server = serve(says(HEAD + b"42"))
    before = uploads.send(server.url() + "?//api.thingspeak.com/")["told"]
    answer = uploads.send(server.url(), time_host="localhost:%d" % server.port)
    assert answer["told"] == [*before, [1795377903, "server"]]


@pytest.mark.every_micropython
def test_asyncio_goes_on_while_a_server_is_silent(uploads, serve):
    answer = uploads.send(serve(is_silent).url(), deadline_s=2)
    assert answer["failure"] == "timeout" and answer["rounds"] >= 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="open sockets are counted in /proc")
def test_failed_uploads_leak_no_socket_and_no_memory(root_path, serve):
    uploads = Uploads(root_path)
    urls = [serve(behave).url() for behave in (resets, says(HEAD), says(b"nonsense"), talks_for_ever(b"x" * 600))]
    urls += ["http://nobody.invalid/", serve(resets).url("https")]
    first = [uploads.send(url, times=5) for url in urls][-1]
    last = [uploads.send(url, times=15) for url in urls][-1]
    micropython_process.stop(uploads.process)
    assert last["open_files"] == first["open_files"]
    assert last["heap"] < first["heap"] + 1024
