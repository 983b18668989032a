"""One urequests call kept within bounds: seconds in all, bytes of reply, and the servers it may talk to."""

import errno
import select
import socket
import sys
import tls
import time

import urequests

PACKET_BYTES = 512
LINE_BYTES = 512
BODY_BYTES = 2048
REPLY_BYTES = 4096 + BODY_BYTES
POLL_MS = 50
_NO_ROUTE = (errno.EHOSTUNREACH, getattr(errno, "ENETUNREACH", 101), 118)  # 118: EHOSTUNREACH of lwIP, 101 and 114 its kin
_VERIFICATION_FAILED = -0x2700  # MBEDTLS_ERR_X509_CERT_VERIFY_FAILED


class Refused(ValueError):
    """The exchange was ended by us; the argument is one of the uploader's failures."""


class Guard:
    """Stands in for `socket` and `tls` inside urequests, and for the one socket it opens.

    urequests' own timeout starts anew with every byte; this one covers name look-up, connection, handshake, request and reply.
    The socket never blocks: each step waits in `select` for what is left of the time.
    """

    SOCK_STREAM = socket.SOCK_STREAM
    PROTOCOL_TLS_CLIENT = CERT_NONE = None  # what urequests asks for, and does not get

    def __init__(self, root):
        """root: the DER certificate for https, None for plain http."""
        self._root = root
        self._raw = self._stream = self._poll = None
        self._started_ms = self._allowed_ms = 0
        self._outgoing = self._buffer = b""
        self._received = 0
        self._is_redirect = None  # until the status line was read
        self._length = None
        self.date = None  # the text of that header

    # the socket module

    def getaddrinfo(self, *where):
        self._started_ms = time.ticks_ms()
        try:
            return socket.getaddrinfo(*where)
        except OSError:
            raise Refused("no_network")

    def socket(self, *kind):
        self._raw = self._stream = socket.socket(*kind)
        self._raw.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._raw, select.POLLIN)
        return self

    # the tls module and its context

    def SSLContext(self, protocol):
        return self

    def wrap_socket(self, _, server_hostname):
        context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        context.verify_mode = tls.CERT_REQUIRED
        try:
            context.load_verify_locations(self._root)
            # The handshake happens with the first write, within the deadline.
            self._stream = context.wrap_socket(self._raw, server_hostname=server_hostname, do_handshake_on_connect=False)
        except (ValueError, TypeError):  # no certificate on flash, or one that cannot be read
            raise Refused("certificate")
        return self

    # the socket

    def settimeout(self, seconds):
        self._allowed_ms = int(seconds * 1000)

    def connect(self, address):
        try:
            self._raw.connect(address)
        except OSError as error:
            if error.errno in _NO_ROUTE:
                raise Refused("no_network")
            if error.errno != errno.EINPROGRESS:
                raise
        while not self._ready(select.POLLOUT):
            pass

    def write(self, data):
        # urequests writes every header in four pieces: gathered, they make one packet and one TLS record.
        self._outgoing += data.encode() if isinstance(data, str) else data
        if len(self._outgoing) >= PACKET_BYTES:
            self._flush()

    def _flush(self):
        outgoing, self._outgoing = memoryview(self._outgoing), b""
        wanted = select.POLLOUT if self._stream is self._raw else select.POLLIN  # TLS may wait for the handshake's next byte
        while outgoing:
            try:
                written = self._stream.write(outgoing)
            except ValueError:
                raise Refused("certificate")
            if written:
                outgoing = outgoing[written:]
            else:
                self._ready(wanted)

    def readline(self):
        while True:
            end = self._buffer.find(b"\n") + 1
            if end or len(self._buffer) > LINE_BYTES or not self._fill():
                break
        if end > LINE_BYTES or not end and self._buffer:
            raise Refused("reply")
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        self._look_at(line)
        return line

    def read(self, size=-1):
        if size >= 0:
            if not self._buffer:
                self._fill()
            body, self._buffer = self._buffer[:size], self._buffer[size:]
            return body
        while (self._length is None or len(self._buffer) < self._length) and self._fill():
            if len(self._buffer) > BODY_BYTES:
                raise Refused("reply")
        if self._length is not None and len(self._buffer) < self._length:
            raise Refused("reply")
        return self._buffer

    def close(self):
        for stream in (self._stream, self._raw):
            try:
                if stream:
                    stream.close()
            except OSError:
                pass  # a TLS farewell to a connection that is gone
        self._stream = self._raw = self._poll = None

    def check(self):
        """Raise when the time is up."""
        if time.ticks_diff(time.ticks_ms(), self._started_ms) > self._allowed_ms:
            raise Refused("timeout")

    def _ready(self, wanted):
        self.check()
        self._poll.modify(self._raw, wanted)
        return self._poll.poll(POLL_MS)

    def _fill(self):
        self._flush()
        while True:
            self.check()
            piece = self._stream.read(256)
            if piece is not None:
                break
            self._ready(select.POLLIN)
        self._received += len(piece)
        if self._received > REPLY_BYTES:
            raise Refused("reply")
        self._buffer += piece
        return piece

    def _look_at(self, line):
        if self._is_redirect is None:
            self._is_redirect = line[8:10] == b" 3"
            return
        if line == b"\r\n" and self._is_redirect:
            raise Refused("redirect")  # only now: the headers had the date
        name, _, value = line.partition(b":")
        name = name.lower()
        if name == b"content-length" and self._length is None:
            self._length = int(value)
        elif name == b"date":
            self.date = value.decode().strip()


def _keep_framing(line, headers):
    name, _, value = str(line, "utf-8").partition(":")
    if name.lower() in ("content-length", "transfer-encoding"):
        headers[name.lower()] = value.strip()


def perform(guard, request, deadline_s):
    """Blocks. Returns (status, body, failure); the `Date` of any reply is in `guard.date`."""
    method, url, headers, body = request
    requests = sys.modules.get("requests", urequests)  # urequests is its alias; the code looks for `socket` in its own module
    real_socket, real_tls = requests.socket, tls
    requests.socket = sys.modules["tls"] = guard
    try:
        response = requests.request(
            method, url, data=body, headers=dict(headers, Connection="close"), timeout=deadline_s, parse_headers=_keep_framing
        )
        content = b"" if method == "HEAD" else response.content
        if len(content) > BODY_BYTES:
            raise Refused("reply")
        return response.status_code, content, ""
    except Refused as error:
        return 0, b"", error.args[0]
    except OSError as error:
        return 0, b"", _word(error.errno)
    except MemoryError:
        return 0, b"", "memory"
    except (ValueError, TypeError, RuntimeError):  # UnicodeError is a ValueError, NotImplementedError a RuntimeError
        return 0, b"", "reply"
    finally:
        requests.socket, sys.modules["tls"] = real_socket, real_tls
        guard.close()


def _word(number):
    if number == _VERIFICATION_FAILED:
        return "certificate"
    if number in _NO_ROUTE:
        return "no_network"
    return "refused" if number == errno.ECONNREFUSED else "connection"
