"""The guarded HTTP server: who may connect, how many at once, and what becomes of those who dawdle.

What is said on a connection is exchange.py's, which is in memory only while somebody is there.
"""

import asyncio

from micropython import const

_CONNECTIONS = const(4)
_GRACE_MS = const(250)  # for a request to follow its connection when every place is taken; halved while nothing but silence comes
_SHORTEST_GRACE_MS = const(50)
_FIRST_BYTE_S = const(5)
_WRITE_S = const(10)
_PIECE_BYTES = const(512)
LOOK_S = 1

BUSY = (
    b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nRefresh: 5\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n"
    b"Cache-Control: no-store\r\nConnection: close\r\n\r\nDewlog is busy. Again in 5 s ...\n"
)
"""`Refresh` makes a browser ask again by itself."""


class Visit:
    """One connection from accept to close.

    asking: it has not sent its whole request yet. begun: a part of the answer is out. endless: the kind of an answer without an end,
    or None. ends_s: the uptime at which it is sent away. task: who attends to it, None until then: a task that is cancelled before
    its first step never comes to close the connection.
    """

    def __init__(self, server, connection):
        self.server = server
        self.connection = connection
        self.asking = True
        self.begun = False
        self.endless = self.task = None
        self.allow(_FIRST_BYTE_S)

    def allow(self, seconds):
        """So long may what comes next take."""
        self.ends_s = self.server.uptime_s() + seconds

    async def write(self, data):
        """A part of the answer. Raises OSError."""
        self.begun = True
        self.allow(_WRITE_S)
        await self.connection.write(data)

    def send_away(self):
        if self.task:
            self.task.cancel()


class Server:
    """Lets in at most 4 visitors at once, and each for a limited time.

    listen: callable -> a listener (hardware/listener.py). make_site: callable -> an object with `async attend(visit, piece)`, which
    answers a visitor whose first bytes are `piece`; may raise MemoryError. It is kept until `give_back`. uptime_s: callable -> seconds.
    log: callable(line). beat: callable, called each second.
    """

    def __init__(self, listen, make_site, uptime_s, log, beat):
        self.uptime_s = uptime_s
        self.visits = []
        self.answered = 0
        self.busy = 0
        """Who was asked to come again, for want of memory or of a place."""
        self._listen = listen
        self._make_site = make_site
        self._log = log
        self._beat = beat
        self._site = None
        self._is_full = False
        self._grace_ms = _GRACE_MS
        self._left_s = 0

    def idle_s(self):
        """For how long nobody has been connected; 0 while somebody is."""
        return 0 if self.visits else self.uptime_s() - self._left_s

    def give_back(self):
        """Let go of the site; the next visitor has it made again."""
        self._site = None

    def make_room(self, wanted=True):
        """Something needs the memory more than a page does. Until `make_room(False)`, who comes is asked to come back.

        An answer that is on its way and soon complete is not cut short.
        """
        self._is_full = wanted
        for visit in self.visits:
            if wanted and (visit.endless or not visit.begun):
                visit.send_away()

    async def serve(self):
        """Serve for ever; an accept loop that ends is started again."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                try:
                    listener = self._listen()
                    try:
                        await self._accept(listener)
                    finally:
                        listener.close()
                except (OSError, MemoryError) as failure:
                    self._log("http: starts again, %r" % failure)
                await asyncio.sleep(LOOK_S)
        finally:
            watching.cancel()

    async def _watch(self):
        """Send away who is late. One look each second costs less than a timer for every step of every visitor."""
        before_s = 0
        stood_still = False
        while True:
            self._beat()
            now_s = self.uptime_s()
            stood_still = now_s - before_s > 2 and not stood_still
            if not stood_still:  # else it was the device that was late, and what they said meanwhile is still to be read
                for visit in self.visits:
                    if now_s > visit.ends_s:
                        visit.send_away()
            before_s = now_s
            await asyncio.sleep(LOOK_S)

    async def _accept(self, listener):
        while True:
            await listener.ready()
            while len(self.visits) >= _CONNECTIONS:  # who has not finished asking gives way: browsers open some they may never use
                waiting = [visit for visit in self.visits if visit.asking]
                await asyncio.sleep(self._grace_ms / 1000)
                self._grace_ms = max(_SHORTEST_GRACE_MS, self._grace_ms // 2)
                for visit in waiting:
                    if visit.asking:
                        visit.send_away()
                await asyncio.sleep(0)
            connection = listener.accept()
            if connection is None:
                await asyncio.sleep(0.05)
                continue
            try:
                visit = Visit(self, connection)
                self.visits.append(visit)
                asyncio.create_task(self._attend(visit))
            except MemoryError:
                connection.close()
                self.visits = [visit for visit in self.visits if visit.connection is not connection]
                raise

    async def _attend(self, visit):
        visit.task = asyncio.current_task()
        try:
            try:
                piece = await visit.connection.read(_PIECE_BYTES)
                if self._is_full:
                    await self.say_busy(visit)
                elif piece:
                    if self._site is None:
                        self._site = self._make_site()
                    await self._site.attend(visit, piece)
            except MemoryError:
                self._log("http: short of memory")
                await self.say_busy(visit)
            except asyncio.CancelledError:
                if self._is_full or not visit.asking:
                    await self.say_busy(visit)
        except (OSError, asyncio.CancelledError):
            pass  # the visitor has gone, or is too slow to be waited for
        except Exception as failure:
            self._log("http: an answer broke off, %r" % failure)
        finally:
            if not visit.asking:
                self._grace_ms = _GRACE_MS
            visit.asking = False
            visit.connection.close()
            self.visits.remove(visit)
            self._left_s = self.uptime_s()

    async def say_busy(self, visit):
        """Ask to come again who has had nothing of an answer yet. Raises OSError."""
        if not visit.begun:
            self.busy += 1
            await visit.write(BUSY)
