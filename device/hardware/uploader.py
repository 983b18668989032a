"""The uploader: an HTTP request by urequests, in the background and within bounds, to no other server than it was meant for."""

import asyncio
import errno
import gc
import select
import socket
import time
import tls

import requests  # what urequests is an alias of: its code looks for `socket` there
import urequests
from core.on_demand import Borrowed
from hardware.flash import read

HOST = "api.thingspeak.com"  # whose replies tell the time


class Uploader:
    """Sends one request without stopping the pages.

    For that it stands in for `socket` inside urequests, and is the one socket that urequests gets, under https a TLS one: urequests would
    verify no certificate and follow redirects, and its timeout starts anew with every byte. The socket never blocks: what cannot go on is
    tried again a moment later, within a deadline for all from the name look-up to the reply.

    Of `device` it uses: background, sensor_background, heap, at_peak, and clock, which is told the time by every reply of ThingSpeak's.
    path: the file with the DER certificate that the chain of an https server must lead to.
    """

    SOCK_STREAM = socket.SOCK_STREAM

    def __init__(self, device, path):
        # Everything is there before the thread is: without a GIL, what both add at once is lost.
        self.tls_broken = False  # an allocation has failed inside TLS. The next session would panic the chip: restart at once
        self._device = device
        self._path = path
        self._root = self._stream = self._socket = self._host = self._piece = self._date = self._length = None
        self._buffer = self._rest = b""
        self._left_bytes = 6144  # that may still be received
        self._began_ms = self._ends_ms = 0
        self._failure = "reply"  # what to call it when urequests or the socket gives up

    async def send(self, request, deadline_s):
        """Return (status, body, failure): the HTTP status, a few kB at most and ""; or 0, b"" and why there is no reply.

        request: (method, url, headers, body), headers a dict of str, body bytes, or an iterable of bytes whose whole length stands in
        headers["Content-Length"]. The iterable is walked by asyncio, a piece at a time, so it may read files.
        Failures: "no_network" (no such name, no route), "timeout", "connection" (refused or broken off), "certificate", "redirect"
        (never followed: the key would travel along), "reply" (not HTTP, cut short or too long), "memory".
        """
        device = self._device
        while device.background.busy() or device.sensor_background.busy():
            await asyncio.sleep_ms(20)
        method, url, headers, body = request
        host = url.split("/")[2]
        wanted = 4 * 1024
        # What has begun and finds no memory may be stored, and nobody learns it. Measured on firmware 1.26.1: a request takes 3.8 kB of
        # Python's heap, 7.7 with TLS; of ESP-IDF's a session with an RSA chain 34.8, with a piece of 16.7, and its thread 10.6.
        if url.startswith("https:"):
            self._root = read(self._path) or b""
            url = "http" + url[5:]  # TLS is ours
            idf_free, largest = device.heap.idf()
            wanted = 6 * 1024 if idf_free >= 48 * 1024 and largest >= 20 * 1024 else 1 << 30
        if not device.heap.has(wanted):
            return 0, b"", "memory"
        device.at_peak = self._root is not None
        feeding = None
        if not isinstance(body, bytes):
            feeding = asyncio.create_task(self._feed(body))
            body = self._pieces()
        try:
            # The thread must not read files, and urequests, an alias, imports `requests` when it is first asked for something: now.
            answer = await device.background.run(self._exchange, urequests.request, method, url, headers, body, deadline_s)
        except (OSError, MemoryError):
            answer = 0, b"", "memory"  # no room for a thread
        finally:
            device.at_peak = False
            if feeding:
                feeding.cancel()
        if self._date and host == HOST:
            with Borrowed():
                from core.timestamps import from_http

                device.clock.set(from_http(self._date) or 0, "server")
        return answer

    def hurry(self, deadline_s):
        """Somebody waits for the memory: it ends, with "timeout", at the latest `deadline_s` after it began."""
        ends_ms = time.ticks_add(self._began_ms, deadline_s * 1000)
        if time.ticks_diff(self._ends_ms, ends_ms) > 0:
            self._ends_ms = ends_ms

    async def _feed(self, body):  # by asyncio, for `_pieces` in the thread
        try:
            for piece in body:
                self._piece = piece
                while self._piece is not None:
                    await asyncio.sleep_ms(2)
            self._piece = b""
        except MemoryError as error:
            self._piece = error

    def _pieces(self):
        while self._piece != b"":
            if self._piece is None:
                self._wait()
            elif isinstance(self._piece, bytes):
                yield self._piece
                self._piece = None
            else:
                raise self._piece

    def _exchange(self, request, method, url, headers, body, deadline_s):  # the thread
        requests.socket = self
        self._began_ms = time.ticks_ms()
        self._ends_ms = time.ticks_add(self._began_ms, int(deadline_s * 1000))
        try:
            response = request(method, url, data=body, headers=dict(headers, Connection="close"))
            if 300 <= response.status_code < 400:
                return 0, b"", "redirect"
            return response.status_code, b"" if method == "HEAD" else response.content, ""
        except (OSError, MemoryError, ValueError, TypeError, RuntimeError) as error:  # ValueError is UnicodeError, too
            return 0, b"", self._named(error)
        finally:
            requests.socket = socket
            self.close()

    def _named(self, error):
        """The word for what urequests raised."""
        number = isinstance(error, OSError) and error.errno or 0
        # mbedTLS' *_ALLOC_FAILED of PEM, X509, DHM, PK, ECP, MD, CIPHER and SSL; that of big numbers and ASN.1 is in the lowest seven bits.
        high, low = -number & 0x7F80, -number & 0x7F
        unallocated = high in (0x1180, 0x2880, 0x3400, 0x3F80, 0x4D80, 0x5180, 0x6180, 0x7F00) or low in (0x10, 0x6A)
        in_tls = self._stream is not self._socket
        # With less than 14 kB of ESP-IDF's heap left in a session, which holds 28.7, what went wrong is put down to memory.
        starved = in_tls and self._device.heap.idf()[0] < 14 * 1024 and (number or self._failure == "certificate")
        if number == errno.ENOMEM or number < -255 and unallocated or starved:
            self.tls_broken = in_tls
            return "memory"
        if isinstance(error, MemoryError) or number == -203:  # EAI_MEMORY of lwIP
            return "memory"
        if number in (errno.EHOSTUNREACH, 101, 114, 118):  # no host or no network, by the numbers of Linux and lwIP
            return "no_network"
        if number == -0x2700:  # MBEDTLS_ERR_X509_CERT_VERIFY_FAILED
            return "certificate"
        return "connection" if number else self._failure

    def _wait(self):
        """Nothing can be done for a moment: here, and in looking a name up, the time goes by."""
        if time.ticks_diff(self._ends_ms, time.ticks_ms()) < 0:
            self._failure = "timeout"
            raise ValueError
        time.sleep_ms(10)

    def getaddrinfo(self, host, port, *more):  # of the socket module
        self._host = host
        try:
            return socket.getaddrinfo(host, port if self._root is None or port != 80 else 443, *more)
        except OSError as error:
            if error.errno in (errno.ENOMEM, -203):
                raise
            self._failure = "no_network"
            raise ValueError

    def socket(self, *kind):
        self._socket = self._stream = socket.socket(*kind)
        return self

    def connect(self, address):  # of the socket, as what follows
        raw = self._socket
        raw.setblocking(False)
        poll = select.poll()
        poll.register(raw, select.POLLOUT)
        try:
            raw.connect(address)
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise
        while not poll.poll(0):
            self._wait()
        if self._root is not None:
            self._stream = None  # none but the socket any more: from here on it is TLS that fails
            # A ValueError before the handshake is done: no certificate on flash, one that cannot be read, or one that proves nothing.
            self._failure = "certificate"
            self._device.heap.reserve = None  # for the context
            gc.collect()
            context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
            context.verify_mode = tls.CERT_REQUIRED
            context.load_verify_locations(self._root)
            self._stream = context.wrap_socket(raw, server_hostname=self._host, do_handshake_on_connect=False)  # with the first write

    def write(self, data, wanted=512):
        # urequests writes every header in four pieces: gathered, they make one packet and one TLS record.
        self._buffer += data.encode() if isinstance(data, str) else data
        while len(self._buffer) >= wanted:
            written = self._stream.write(self._buffer)
            if written:
                self._buffer = self._buffer[written:]
                self._failure = "reply"
                self._device.at_peak = False
            else:
                self._wait()

    def _more(self):
        """Receive some more; returns b"" at the end."""
        self.write(b"", 1)
        while (piece := self._stream.read(256)) is None:
            self._wait()
        self._left_bytes -= len(piece)
        self._rest += piece
        if self._left_bytes < 0 or len(self._rest) > 2048:
            raise ValueError
        return piece

    def readline(self):
        """A line of the reply; of its headers only those that frame the body, for urequests would follow a `Location`."""
        while True:
            while b"\n" not in self._rest:
                if not self._more():
                    raise ValueError
            line, _, self._rest = self._rest.partition(b"\n")
            name, colon, value = line.partition(b":")
            name = name.lower()
            if name == b"date":
                self._date = value.decode()
            elif name == b"content-length":
                self._length = int(value)
            if not colon or name in (b"content-length", b"transfer-encoding"):
                return line + b"\n"

    def read(self):
        wanted = self._length
        while wanted is None or len(self._rest) < wanted:
            if not self._more():
                if wanted is None:
                    break
                raise ValueError  # cut short
        return self._rest[:wanted]

    def close(self):
        for stream in (self._stream, self._socket):
            try:
                if stream:
                    stream.close()
            except OSError:
                pass  # a TLS farewell to a connection that is gone
        self._stream = None
