"""The guarded HTTP server: who may connect, how many at once, and what becomes of those who dawdle.

What is said on a connection is portal/exchange.py's, which is in memory only while somebody is there.
"""

import asyncio

from micropython import const

_CONNECTIONS = const(4)
_GRACE_MS = const(150)  # for a request to follow its connection when every place is taken
_PIECE_BYTES = const(512)
LOOK_S = 1

BUSY = (
    b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nRefresh: 5\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n"
    b"Cache-Control: no-store\r\nConnection: close\r\n\r\nDewlog is busy. Again in 5 s ...\n"
)
"""`Refresh` makes a browser ask again by itself."""


class Server:
    """Lets in at most 4 visitors at once, and each for a limited time.

    listen: callable -> a listener (hardware/listener.py). make_site: callable -> an object with `async attend(connection, piece)`, which
    answers a visitor whose first bytes are `piece`; may raise MemoryError. It is kept until `give_back`. log: callable(line). beat:
    callable, called each second.
    """

    def __init__(self, listen, make_site, log, beat):
        self.visits = []
        self.answered = 0
        self.busy = 0
        """Who was asked to come again, for want of memory."""
        self.idle_s = 0
        """For how long nobody has been connected."""
        self._listen = listen
        self._make_site = make_site
        self._log = log
        self._beat = beat
        self._site = None
        self._is_full = False

    def give_back(self):
        """Let go of the site; the next visitor has it made again."""
        self._site = None

    def make_room(self, wanted):
        """Something needs the memory more than a page does. Until `make_room(False)`, who comes is asked to come back.

        An answer that is on its way and soon complete is not cut short.
        """
        self._is_full = wanted
        for visit in self.visits:  # a task that is cancelled before its first step would never close the connection
            if wanted and visit.task and (visit.endless or not visit.begun):
                visit.task.cancel()

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
        while True:
            self._beat()
            self.idle_s = 0 if self.visits else self.idle_s + 1
            for visit in self.visits:
                visit.left_s -= 1
                if visit.left_s < 0:
                    visit.task.cancel()
            await asyncio.sleep(LOOK_S)

    async def _accept(self, listener):
        while True:
            await listener.ready()
            while len(self.visits) >= _CONNECTIONS:  # who has not finished asking gives way: browsers open some they may never use
                await asyncio.sleep(_GRACE_MS / 1000)
                for visit in self.visits:
                    if visit.asking:
                        visit.task.cancel()
                        await asyncio.sleep(0)
                        break
            visit = listener.accept()
            if visit is None:
                await asyncio.sleep(0.05)
                continue
            try:
                self.visits.append(visit)
                asyncio.create_task(self._attend(visit))
            except MemoryError:
                self._leave(visit)
                raise

    async def _attend(self, visit):
        visit.task = asyncio.current_task()
        try:
            try:
                piece = await visit.read(_PIECE_BYTES)
                if self._is_full:
                    await self.say_busy(visit)
                elif piece:
                    if self._site is None:
                        self._site = self._make_site()
                    await self._site.attend(visit, piece)
                    self.answered += 1
            except MemoryError:
                await self.say_busy(visit)
            except asyncio.CancelledError:
                if self._is_full or not visit.asking:
                    await self.say_busy(visit)
        except (OSError, asyncio.CancelledError):
            pass  # the visitor has gone, or is too slow to be waited for
        except Exception as failure:
            self._log("http: an answer broke off, %r" % failure)
        finally:
            self._leave(visit)

    def _leave(self, visit):
        visit.close()
        self.visits.remove(visit)

    async def say_busy(self, visit):
        """Ask to come again who has had nothing of an answer yet. Raises OSError."""
        if not visit.begun:
            self.busy += 1
            await visit.write(BUSY)
