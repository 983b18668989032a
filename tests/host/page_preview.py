"""A web app of the device on this computer: its own server, pages and code, with states that are forced."""

import argparse
import asyncio
import contextlib
import socket
import threading
import time

from build import build
from core.access import Access
from pages import Pages
from server import Server


class SocketListener:
    """hardware/listener.py for CPython's asyncio."""

    def __init__(self, sock):
        self._socket = sock
        self._accepted = None

    async def ready(self):
        if self._accepted is None:
            self._accepted, _ = await asyncio.get_running_loop().sock_accept(self._socket)

    def accept(self):
        accepted, self._accepted = self._accepted, None
        return SocketConnection(accepted)

    def close(self):
        self._socket.close()


class SocketConnection:
    peer = "127.0.0.1"

    def __init__(self, sock):
        self._socket = sock
        sock.setblocking(False)

    async def ready(self):
        await asyncio.sleep(0)

    async def read(self, size):
        return await asyncio.get_running_loop().sock_recv(self._socket, size)

    async def write(self, data):
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    def drain(self):
        with contextlib.suppress(BlockingIOError):
            self._socket.recv(2048)

    def close(self):
        self._socket.close()


class Preview:
    """A web app of the device on `url` while the `with` block lasts. Port 0 takes a free one.

    A subclass names its `states`, and has `_start_over(changes)`, which makes the app of an ordinary device (`_serve_app`), and
    `_force(state)`, which brings a device into that state and returns the path of the page to look at.
    """

    states = ()

    def __init__(self, port=0):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen()
        self._socket.setblocking(False)
        self._port = self._socket.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self._port
        self.problems = []
        self._pages = Pages(str(build() / "flash" / "static") + "/")
        access = Access(lambda: ("dewlog", "127.0.0.1"), "unused", bytes)
        self._server = Server(lambda: SocketListener(self._socket), access, self.problems.append, lambda: None)
        self._serving = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._start_over({})

    def show(self, state):
        """Force `state`. Returns the address of its page."""
        return self.url + self.do(self._force, state)

    def do(self, function, *arguments):
        """Call `function` where the server runs."""

        async def call():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def _serve_app(self, app):
        app.get("/preview")(self._list_states)
        app.get("/preview/<name>")(self._show_state)
        self._server.app = app

    async def _list_states(self, request):
        links = "".join('<p><a href="/preview/%s">%s</a></p>' % (name, name) for name in self.states)
        return "<!DOCTYPE html><title>States</title>" + links, 200, {"Content-Type": "text/html"}

    async def _show_state(self, request, name):
        if name not in self.states:
            return "No such state", 404
        return "", 302, {"Location": self._force(name)}

    async def _serve(self):
        serving = asyncio.create_task(self._server.serve())
        self._stopping = asyncio.Event()
        self._serving.set()
        await self._stopping.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    def __enter__(self):
        self._thread.start()
        self._serving.wait()
        return self

    def __exit__(self, *exception):
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()
        self._socket.close()


def serve(preview_class, description):
    """The command line of a preview: serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1 (default: a free one)")
    with preview_class(parser.parse_args().port) as preview:
        print("%s/preview" % preview.url, flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return 0
