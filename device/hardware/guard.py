"""The guard: keeps one urequests call within bounds - seconds in all, bytes of reply, servers it may talk to."""

import errno
import select
import socket
import sys
import time
import tls

import urequests

LINE_BYTES = 512
BODY_BYTES = 2048
STARVED_BYTES = 14 * 1024
"""With so little of ESP-IDF's heap left while a session is open, what went wrong in it is put down to memory: it holds 28.7 kB, the
handshake takes 34.8 at its lowest (measured on ESP32 firmware 1.26.1, RSA chain), and 48 are asked for before it begins."""
ALLOCATION_FAILED = (0x1180, 0x2880, 0x3400, 0x3F80, 0x4D80, 0x5180, 0x6180, 0x7F00)
"""mbedTLS' *_ALLOC_FAILED of PEM, X509, DHM, PK, ECP, MD, CIPHER and SSL. Of big numbers and ASN.1 it stands in the lowest seven bits."""
NO_ROUTE = (errno.EHOSTUNREACH, getattr(errno, "ENETUNREACH", 101), 118)  # 118: EHOSTUNREACH of lwIP, 101 and 114 its kin


class Guard:
    """Stands in for `socket` and `tls` inside urequests, and for the one socket it opens.

    urequests' own timeout starts anew with every byte; this one covers name look-up, connection, handshake, request and reply.
    The socket never blocks: each step waits in `select` for what is left of the time.
    """

    SOCK_STREAM = socket.SOCK_STREAM
    PROTOCOL_TLS_CLIENT = CERT_NONE = None  # what urequests asks for, and does not get

    def __init__(self, root, idf):
        """root: the DER certificate for https, None for plain http. idf: as in hardware/heap.py."""
        self._root = root
        self._idf = idf
        self._raw = self._stream = self._poll = None
        self._started_ms = self._allowed_ms = 0
        self._outgoing = self._buffer = b""
        self._received = self._body_bytes = 0
        self._in_tls = False
        self._is_redirect = None  # until the status line was read
        self._length = None
        self.refusal = None  # why we ended the exchange: one of the uploader's failures
        self.date = None  # the text of that header
        self.tls_broken = False  # an allocation failed inside TLS: the next session would panic the chip

    # the socket module

    def getaddrinfo(self, *where):
        self._started_ms = time.ticks_ms()
        try:
            return socket.getaddrinfo(*where)
        except OSError as error:
            if error.errno in (errno.ENOMEM, -203):  # EAI_MEMORY of lwIP
                raise OSError(errno.ENOMEM)
            self._refuse("no_network")

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
        self._in_tls = True
        context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        context.verify_mode = tls.CERT_REQUIRED
        try:
            context.load_verify_locations(self._root)
            # The handshake happens with the first write, within the deadline.
            self._stream = context.wrap_socket(self._raw, server_hostname=server_hostname, do_handshake_on_connect=False)
        except (ValueError, TypeError):  # no certificate on flash, or one that cannot be read
            self._refuse("certificate")
        return self

    # the socket

    def settimeout(self, seconds):
        self._allowed_ms = int(seconds * 1000)

    def connect(self, address):
        try:
            self._raw.connect(address)
        except OSError as error:
            if error.errno in NO_ROUTE:
                self._refuse("no_network")
            if error.errno != errno.EINPROGRESS:
                raise
        while not self._ready(select.POLLOUT):
            pass

    def write(self, data):
        # urequests writes every header in four pieces: gathered, they make one packet and one TLS record.
        self._outgoing += data.encode() if isinstance(data, str) else data
        if len(self._outgoing) >= 512:
            self._flush()

    def _flush(self):
        outgoing, self._outgoing = memoryview(self._outgoing), b""
        wanted = select.POLLOUT if self._stream is self._raw else select.POLLIN  # TLS may wait for the handshake's next byte
        while outgoing:
            try:
                written = self._stream.write(outgoing)
            except ValueError:
                self._refuse("certificate")
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
            self._refuse("reply")
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        self._look_at(line)
        return line

    def read(self, size=-1):
        if size >= 0:
            if not self._buffer:
                self._fill()
            body, self._buffer = self._buffer[:size], self._buffer[size:]
            self._body_bytes += len(body)
            if self._body_bytes > BODY_BYTES:
                self._refuse("reply")
            return body
        while (self._length is None or len(self._buffer) < self._length) and self._fill():
            if len(self._buffer) > BODY_BYTES:
                self._refuse("reply")
        if self._length is not None and len(self._buffer) < self._length:
            self._refuse("reply")
        return self._buffer

    def failure(self, error):
        """The uploader's word for what the request raised, before `close`."""
        number = isinstance(error, OSError) and error.errno or 0
        unallocated = number < -255 and (-number & 0x7F80 in ALLOCATION_FAILED or -number & 0x7F in (0x10, 0x6A))
        starved = self._in_tls and (self._idf()[0] or STARVED_BYTES) < STARVED_BYTES and (number or self.refusal == "certificate")
        if number == errno.ENOMEM or unallocated or starved:
            self.tls_broken = self._in_tls
            return "memory"
        if isinstance(error, MemoryError):
            return "memory"
        if number == -0x2700:  # MBEDTLS_ERR_X509_CERT_VERIFY_FAILED
            return "certificate"
        if number == errno.ECONNREFUSED:
            return "refused"
        if number in NO_ROUTE:
            return "no_network"
        return "connection" if number else self.refusal or "reply"

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
            self._refuse("timeout")

    def _refuse(self, failure):
        self.refusal = failure
        raise ValueError(failure)

    def _ready(self, wanted):
        self.check()
        self._poll.modify(self._raw, wanted)
        return self._poll.poll(50)

    def _fill(self):
        self._flush()
        while True:
            self.check()
            piece = self._stream.read(256)
            if piece is not None:
                break
            self._ready(select.POLLIN)
        self._received += len(piece)
        if self._received > 4096 + BODY_BYTES:
            self._refuse("reply")
        self._buffer += piece
        return piece

    def _look_at(self, line):
        if self._is_redirect is None:
            self._is_redirect = line[8:10] == b" 3"
            return
        if line == b"\r\n" and self._is_redirect:
            self._refuse("redirect")  # only now: the headers had the date
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
    """Make the request. Blocks. Returns (status, body, failure) as the uploader does; the `Date` of any reply is in `guard.date`."""
    method, url, headers, body = request
    requests = sys.modules.get("requests", urequests)  # urequests is its alias; the code looks for `socket` in its own module
    real_socket, real_tls = requests.socket, tls
    requests.socket = sys.modules["tls"] = guard
    try:
        response = requests.request(
            method, url, data=body, headers=dict(headers, Connection="close"), timeout=deadline_s, parse_headers=_keep_framing
        )
        return response.status_code, b"" if method == "HEAD" else response.content, ""
    # UnicodeError is a ValueError, NotImplementedError a RuntimeError
    except (OSError, MemoryError, ValueError, TypeError, RuntimeError) as error:
        return 0, b"", guard.failure(error)
    finally:
        requests.socket, sys.modules["tls"] = real_socket, real_tls
        guard.close()
