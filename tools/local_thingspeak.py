"""A ThingSpeak on this computer, with faults that can be switched on."""

import argparse
import http.server
import json
import os
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
from collections import deque
from urllib.parse import parse_qs, urlsplit

from simulated_authority import make_certificates
from thingspeak_channel import CHANNEL_ID, WRITE_KEY, Channel, DamagedFile
from thingspeak_replies import ERROR_MESSAGES, json_error, respond

REASONS = {**ERROR_MESSAGES, 202: "Accepted", 302: "Found"}

SERVER_NAMES = ("api.thingspeak.com", "localhost", "127.0.0.1")
FAULTS = ("none", "silent", "drip", "reset", "status", "zero", "html", "redirect", "truncate", "refuse", "chunked", "handshake", "reply")
STORING_FAULTS = ("drip", "truncate", "chunked")
"""In these the write is carried out and only its reply suffers; the others lose the write, unless the fault says `"stored": true`."""

BODY_BYTES = 1_000_000
REQUESTS_KEPT = 500
IDLE_S = 60
DRIP_S = 0.5
ELSEWHERE = "http://elsewhere.invalid/update"


class LocalThingSpeak:
    """Channel 1 over HTTP and HTTPS, as api.thingspeak.com serves it.

    `https_port` None leaves HTTPS out; port 0 takes a free one (read `http_port` and `https_port` after start()). `now` answers Unix
    seconds: the 15 s rule and `created_at` follow it. `path` keeps the channel (JSON lines); `certificates` is the folder of the
    simulated authority: `ca.pem`, `ca.der` and `server.pem` are made there when missing and used again later. `names` go into the server's
    certificate. Raises OSError when a port is taken and thingspeak_channel.DamagedFile when `path` cannot be read.
    """

    def __init__(self, http_port=0, https_port=0, now=time.time, path=None, host="127.0.0.1", certificates=None, names=SERVER_NAMES):
        self.http_port, self.https_port, self.host = http_port, https_port, host
        self.now = now
        self.channel = Channel(now, path)
        self.faults = Faults()
        self.requests = deque(maxlen=REQUESTS_KEPT)
        self.lock = threading.Lock()
        self._certificates, self._names = certificates, names
        self._own_folder = None
        self._servers = []

    @property
    def ca_pem(self):
        """The path of the simulated authority's certificate; `ca.der` stands beside it."""
        return os.path.join(self._certificates, "ca.pem")

    def start(self):
        """Listen on both ports; requests are served in threads of their own."""
        try:
            self.http_port = self._listen(self.http_port, None)
            if self.https_port is not None:
                self.https_port = self._listen(self.https_port, self._tls())
        except OSError:
            self.stop()
            raise
        return self

    def stop(self):
        """Close both ports and every open connection."""
        self.faults.release()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers = []
        if self._own_folder:
            self._own_folder.cleanup()
            self._own_folder = self._certificates = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _listen(self, port, tls):
        server = Server((self.host, port), self, tls)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True, name="local-thingspeak").start()
        return server.server_address[1]

    def _tls(self):
        if self._certificates is None:
            self._own_folder = tempfile.TemporaryDirectory(prefix="dewlog-thingspeak-")
            self._certificates = self._own_folder.name
        make_certificates(self._certificates, self._names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(self._certificates, "server.pem"))
        return context


class Faults:
    """The fault that is switched on, and for how many requests still."""

    def __init__(self):
        self._lock = threading.Lock()
        self.waiting = threading.Event()
        self.current = {"mode": "none"}

    def set(self, fault):
        """Switch `fault` on: {"mode", "status", "body", "count", "stored"}; kept silence ends. Raises ValueError with a sentence."""
        if not isinstance(fault, dict) or fault.get("mode") not in FAULTS:
            raise ValueError("`mode` must be one of: %s." % ", ".join(FAULTS))
        count, status = fault.get("count"), fault.get("status", 200 if fault["mode"] == "reply" else 503)
        if count is not None and (type(count) is not int or count < 1):
            raise ValueError("`count` must be a whole number above 0, or absent.")
        if type(status) is not int or not 200 <= status <= 599:
            raise ValueError("`status` must be an HTTP status from 200 to 599.")
        if not isinstance(fault.get("body", ""), str):
            raise ValueError("`body` must be text.")
        with self._lock:
            self.current = dict(fault, status=status)
            self.release()
            self.waiting = threading.Event()

    def take(self):
        """Return the fault for one request and count it."""
        with self._lock:
            fault = self.current
            if fault.get("count"):
                left = fault["count"] - 1
                self.current = dict(fault, count=left) if left else {"mode": "none"}
            return fault

    def release(self):
        """End every silence that is being kept now."""
        self.waiting.set()


class Server(http.server.ThreadingHTTPServer):
    """One listening port; the TLS handshake happens in the connection's own thread."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, address, thingspeak, tls):
        self.thingspeak, self.tls = thingspeak, tls
        self.connections = set()
        super().__init__(address, Connection)

    def process_request_thread(self, request, client_address):
        self.connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.discard(request)

    def finish_request(self, request, client_address):
        request.settimeout(IDLE_S)
        if self.tls is None:
            super().finish_request(request, client_address)
        elif self.thingspeak.faults.current["mode"] == "refuse":
            self.thingspeak.faults.take()
            abort(request)
        elif self.thingspeak.faults.current["mode"] == "handshake":
            self.thingspeak.faults.take()
            self.thingspeak.faults.waiting.wait(IDLE_S * 10)
        else:
            with self.tls.wrap_socket(request, server_side=True) as wrapped:
                self.connections.add(wrapped)
                super().finish_request(wrapped, client_address)
                self.connections.discard(wrapped)

    def shutdown_request(self, request):
        try:
            super().shutdown_request(request)
        except OSError:
            pass  # reset or wrapped in TLS and closed already

    def handle_error(self, request, client_address):
        """A client that went away or refused our certificate is the client's business."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def server_close(self):
        super().server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Connection(http.server.BaseHTTPRequestHandler):
    """One HTTP connection: kept alive as ThingSpeak's is."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "local-thingspeak", ""
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Requests are listed by GET /_requests, not on the terminal."""

    def do_GET(self):
        self._serve()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def _serve(self):
        thingspeak = self.server.thingspeak
        path = urlsplit(self.path).path
        control = path.startswith("/_")
        fault = {"mode": "none"} if control else thingspeak.faults.take()
        if fault["mode"] == "refuse":
            return self._abort()
        try:
            body = self._read_body()
        except ValueError as problem:
            self.close_connection = True
            return self._send(json_error(400, "error_bad_request", str(problem)))
        if control:
            return self._send(self._control(path, body))
        self._note(body)
        self._answer(fault, path, body)

    def _answer(self, fault, path, body):
        stored = fault.get("stored", fault["mode"] in STORING_FAULTS)
        reply = None
        if fault["mode"] == "none" or stored:
            with self.server.thingspeak.lock:
                reply = respond(self.server.thingspeak.channel, self.command, path, *self._parameters(body))
        getattr(self, "_fault_" + fault["mode"])(fault, reply)

    def _fault_none(self, fault, reply):
        self._send(reply)

    def _fault_silent(self, fault, reply):
        self.server.thingspeak.faults.waiting.wait(IDLE_S * 10)
        self.close_connection = True

    _fault_handshake = _fault_silent  # a TLS handshake that never goes on: over plain HTTP silence is all there is

    def _fault_reset(self, fault, reply):
        self._abort()

    def _fault_zero(self, fault, reply):
        self._send((200, "text/plain", "0"))

    def _fault_html(self, fault, reply):
        self._send((200, "text/html", "<!DOCTYPE html><html><body><h1>Welcome to this hotel</h1></body></html>"))

    def _fault_status(self, fault, reply):
        status = fault["status"]
        self._send(json_error(status, "error_simulated", "A fault that was switched on."))

    def _fault_reply(self, fault, reply):
        self._send((fault["status"], "application/json", fault.get("body", "")))

    def _fault_redirect(self, fault, reply):
        self._send((302, "text/html", "<html><body>Moved.</body></html>"), {"Location": ELSEWHERE})

    def _fault_drip(self, fault, reply):
        silence = self.server.thingspeak.faults.waiting
        for byte in self._bytes_of(reply):
            if silence.wait(DRIP_S):
                break
            self.wfile.write(bytes((byte,)))
        self.close_connection = True

    def _fault_truncate(self, fault, reply):
        whole = self._bytes_of(reply)
        head = whole.index(b"\r\n\r\n") + 4
        self.wfile.write(whole[: head + (len(whole) - head) // 2])
        self.close_connection = True

    def date_time_string(self, timestamp=None):
        return super().date_time_string(self.server.thingspeak.now() if timestamp is None else timestamp)

    def _fault_chunked(self, fault, reply):
        status, kind, body = reply
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (body[:1].encode(), body[1:].encode()):
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _abort(self):
        self.close_connection = True
        abort(self.connection)

    def _send(self, reply, headers=()):
        self.wfile.write(self._bytes_of(reply, headers))

    def _bytes_of(self, reply, headers=()):
        status, kind, body = reply
        body = body.encode()
        lines = ["HTTP/1.1 %d %s" % (status, REASONS.get(status, "OK")),
                 "Date: %s" % self.date_time_string(),
                 "Content-Type: %s; charset=utf-8" % kind, "Content-Length: %d" % len(body), "Cache-Control: no-store"]
        lines += ["%s: %s" % header for header in dict(headers).items()]
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if self.command == "HEAD" else body)

    def _read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > BODY_BYTES:
            raise ValueError("Content-Length must be a number up to %d." % BODY_BYTES)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ValueError("The body ended early.")
        return body

    def _read_chunks(self):
        body = b""
        while True:
            size = int(self.rfile.readline(100).split(b";")[0] or b"0", 16)
            if len(body) + size > BODY_BYTES or size < 0:
                raise ValueError("The body is too large.")
            body += self.rfile.read(size)
            if self.rfile.readline(100) not in (b"\r\n", b""):
                raise ValueError("A chunk did not end where it said.")
            if size == 0:
                return body

    def _parameters(self, body):
        """Return the request's parameters (query, then body; the header's key wins) and the size of the message; None if unreadable."""
        parameters = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()}
        try:
            if body and "json" in self.headers.get("Content-Type", ""):
                parameters.update(json.loads(body))
            elif body:
                parameters.update({name: values[-1] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()})
        except (ValueError, TypeError):
            return None, len(body)
        if self.headers.get("X-THINGSPEAKAPIKEY"):
            parameters["api_key"] = parameters["write_api_key"] = self.headers["X-THINGSPEAKAPIKEY"]
        return parameters, len(body) or len(urlsplit(self.path).query)

    def _note(self, body):
        thingspeak = self.server.thingspeak
        request = {"time": thingspeak.now(), "method": self.command, "path": self.path, "https": self.server.tls is not None,
                   "headers": dict(self.headers.items()), "body": body.decode("utf-8", "replace")}
        with thingspeak.lock:
            thingspeak.requests.append(request)

    def _control(self, path, body):
        thingspeak = self.server.thingspeak
        if (self.command, path) == ("GET", "/_requests"):
            with thingspeak.lock:
                return 200, "application/json", json.dumps(list(thingspeak.requests))
        if (self.command, path) == ("GET", "/_faults"):
            return 200, "application/json", json.dumps(thingspeak.faults.current)
        if (self.command, path) != ("POST", "/_faults"):
            return json_error(404, "error_resource_not_found", "There are POST /_faults and GET /_requests.")
        try:
            thingspeak.faults.set(json.loads(body))
        except ValueError as problem:
            return json_error(400, "error_bad_request", str(problem))
        return 200, "application/json", json.dumps(thingspeak.faults.current)


def abort(connection):
    """Close with RST, as a host does that crashed or refuses."""
    try:
        raw = socket.socket(fileno=os.dup(connection.fileno())) if isinstance(connection, ssl.SSLSocket) else connection
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        connection.close()
    except OSError:
        pass  # it is gone already


def main(arguments=None):
    """Serve until Ctrl-C. Returns the exit status."""
    parser = argparse.ArgumentParser(description="A ThingSpeak on this computer: channel %d, write key %s." % (CHANNEL_ID, WRITE_KEY),
                                     epilog="Faults are switched with POST /_faults; GET /_requests lists what arrived.")
    parser.add_argument("--port", type=int, default=8090, metavar="N", help="plain HTTP on N, HTTPS on N+1 (default 8090)")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="the address to listen on (default 127.0.0.1)")
    parser.add_argument("--state", metavar="FILE", help="keep the channel in this file")
    parser.add_argument("--certificates", metavar="DIR", help="keep the simulated certificate authority in this folder")
    options = parser.parse_args(arguments)
    try:
        thingspeak = LocalThingSpeak(options.port, options.port + 1, path=options.state, host=options.host,
                                     certificates=options.certificates).start()
    except DamagedFile as problem:
        print(problem, file=sys.stderr)
        return 1
    except (OSError, OverflowError) as problem:
        print("Cannot listen on ports %d and %d: %s." % (options.port, options.port + 1, problem), file=sys.stderr)
        return 1
    print("Channel feed:  http://%s:%d/channels/%d" % (options.host, thingspeak.http_port, CHANNEL_ID))
    print("HTTPS:         https://%s:%d, verified with %s" % (options.host, thingspeak.https_port, thingspeak.ca_pem))
    print("Write key:     %s   (Ctrl-C ends)" % WRITE_KEY, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
    finally:
        thingspeak.stop()
    return 0


if __name__ == "__main__":
    from environment import enter

    enter("simulate")
    sys.exit(main())
