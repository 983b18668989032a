"""The rest of the internet: it answers connectivity checks, or shows the login page of a hotel."""

import http.server
import threading

LOGIN_PAGE = b"<!DOCTYPE html><title>Welcome</title><h1>Hotel Wi-Fi</h1><form><button>Accept</button></form>"


class Internet:
    """One small server for every name but ThingSpeak's. `world` answers the world, `now` virtual Unix seconds."""

    def __init__(self, host, world, now):
        self._server = http.server.ThreadingHTTPServer((host, 0), Visit)
        self._server.daemon_threads = True
        self._server.world, self._server.now = world, now
        self._server.handle_error = lambda *_: None  # a client that spoke TLS or went away
        self.port = self._server.server_address[1]

    def start(self):
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True, name="internet").start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


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
