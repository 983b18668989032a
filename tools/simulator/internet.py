"""The rest of the internet: it answers connectivity checks, or shows the login page of a hotel, and tells the time."""

import http.server
import socketserver
import struct
import threading

LOGIN_PAGE = b"<!DOCTYPE html><title>Welcome</title><h1>Hotel Wi-Fi</h1><form><button>Accept</button></form>"
NTP_1900 = 2208988800
"""Seconds from 1900, where NTP begins to count, to 1970."""


class Internet:
    """One small server for every name but ThingSpeak's, and one for the time. `world` answers the world, `now` virtual Unix seconds."""

    def __init__(self, host, world, now):
        self._servers = [http.server.ThreadingHTTPServer((host, 0), Visit), socketserver.UDPServer((host, 0), TimeAsked)]
        self._servers[0].daemon_threads = True
        for server in self._servers:
            server.world, server.now = world, now
            server.handle_error = lambda *_: None  # a client that spoke TLS or went away
        self.port, self.time_port = [server.server_address[1] for server in self._servers]

    def start(self):
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True, name="internet").start()
        return self

    def stop(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()


class TimeAsked(socketserver.BaseRequestHandler):
    """One question by NTP (RFC 5905): mode 4, stratum 2, and the time of the reply; what the world says is wrong with it, is."""

    def handle(self):
        error_s = self.server.world()["ntp"]
        if error_s is False or self.server.world()["internet"] == "login":
            return
        seconds = int(self.server.now() + (0 if error_s is True else error_s)) + NTP_1900
        reply = struct.pack("!BB38xII", 0x24, 2, seconds & 0xFFFFFFFF, 0)
        self.request[1].sendto(reply, self.client_address)


class Visit(http.server.BaseHTTPRequestHandler):
    """One request."""

    timeout = 30

    def log_message(self, *_):
        """Nobody reads it."""

    def date_time_string(self, timestamp=None):
        return super().date_time_string(self.server.now() if timestamp is None else timestamp)

    def do_GET(self):
        if self.server.world()["internet"] == "login":
            self._answer(302 if self.path != "/login" else 200, LOGIN_PAGE, (("Location", "http://login.hotel.example/login"),))
        elif self.path == "/generate_204":
            self._answer(204, b"")
        else:
            self._answer(404, b"<!DOCTYPE html><title>Not found</title>")

    do_POST = do_HEAD = do_GET

    def _answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
