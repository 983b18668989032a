"""The guarded HTTP server under both web apps: who may connect, how many at once, and what becomes of those who dawdle.

What happens on a connection is told in answering.py, which is in memory only while somebody is there.
"""

import asyncio

from core.memory import can_allocate, has_free
from core.on_demand import forget, paged

CONNECTIONS = 4
STREAMS = {"text/event-stream": 2, "text/csv": 1}
"""How many answers of these kinds may run at once, without an end: one place always stays free for a page."""
GRACE_S = 0.25  # for a request to follow its connection when every place is taken; halved while nothing but silence comes
SHORTEST_GRACE_S = 0.05
FIRST_BYTE_S = 5
BEAT_S = 5
ANSWERING_BYTES = 14 * 1024
"""What answering.py, the app and a small page take together."""
SHORT_OF_MEMORY = "Short of memory: a page had to be left out."

BUSY = b"HTTP/1.0 503 Busy\r\nRetry-After: 5\r\nRefresh: 5\r\nContent-Length: 16\r\nConnection: close\r\n\r\nDewlog is busy.\n"
"""`Refresh` makes a browser ask again by itself."""


class Visit:
    """One connection from accept to close.

    asking: it has not sent its whole request yet. begun: a part of the answer is out. endless: the answer is one of STREAMS.
    task: who attends to it, None until then: a task that is cancelled before its first step never comes to close the connection.
    """

    def __init__(self, connection):
        self.connection = connection
        self.asking = True
        self.begun = self.endless = False
        self.task = None

    def send_away(self):
        if self.task:
            self.task.cancel()


class Server:
    """Serves the Microdot application `app`, which may be exchanged while it runs.

    listen: callable -> a listener (hardware/listener.py). access: core/access.Access. log: callable(sentence).
    beat: callable, called while the server makes progress. An application with an attribute `foreign_host`, callable(request) ->
    Response, answers requests for other hosts itself; for the others they end with 421.

    With `make_app`, a callable that makes the application, there is one only while somebody is connected.
    """

    @paged
    def __init__(self, listen, access, log, beat):
        self.app = self.make_app = None
        self.access = access
        self.log = log
        self.answered = 0
        self.streams = dict(STREAMS)
        """How many more answers of these kinds may begin."""
        self._listen = listen
        self._beat = beat
        self._visits = []
        self._grace_s = GRACE_S
        self._is_full = self._is_loaded = False

    def quiet(self):
        """True when nobody is connected."""
        return not self._visits

    def rest(self):
        """Give back the memory of the application, and send away who is still there: their pages come back by themselves.

        An answer that is on its way and soon complete is not cut short.
        """
        for visit in self._visits:
            if visit.endless or not visit.begun:
                visit.send_away()
        self._give_back()

    def _give_back(self):
        if self.make_app and self._is_loaded:
            self.app = None
            self._is_loaded = False
            forget("receiving")
            forget("answering")

    def make_room(self, wanted=True):
        """Something needs the memory more than a page does. Until `make_room(False)`, who comes is asked to come back."""
        self._is_full = wanted
        if wanted:
            self.rest()

    async def serve(self):
        """Serve for ever; an accept loop that ends is started again."""
        while True:
            try:
                listener = self._listen()
                try:
                    await self._accept(listener)
                finally:
                    listener.close()
            except (OSError, MemoryError) as failure:
                self.log("The web server starts again (%s)." % repr(failure))
            await asyncio.sleep(1)

    async def _accept(self, listener):
        while True:
            self._beat()
            try:
                await asyncio.wait_for(listener.ready(), BEAT_S)
            except asyncio.TimeoutError:
                if not self._visits:
                    self.rest()
                continue
            await self._wait_for_a_place()
            connection = listener.accept()
            if connection is None:
                await asyncio.sleep(SHORTEST_GRACE_S)
            else:
                self._welcome(connection)

    async def _wait_for_a_place(self):
        """Returns once a place is free. Who has not finished asking gives way: browsers, too, open connections they may never use."""
        while len(self._visits) >= CONNECTIONS:
            waiting = [visit for visit in self._visits if visit.asking]
            await asyncio.sleep(self._grace_s)
            self._grace_s = max(SHORTEST_GRACE_S, self._grace_s / 2)
            for visit in waiting:
                if visit.asking:
                    visit.send_away()
            await asyncio.sleep(0)

    def _welcome(self, connection):
        try:
            visit = Visit(connection)
            self._visits.append(visit)
            asyncio.create_task(self._attend(visit))
        except MemoryError:
            connection.close()
            self._visits = [visit for visit in self._visits if visit.connection is not connection]
            raise

    async def _attend(self, visit):
        visit.task = asyncio.current_task()
        connection = visit.connection
        try:
            try:
                await asyncio.wait_for(connection.ready(), FIRST_BYTE_S)
                await self._answering().attend(self, visit)
            except MemoryError:
                self.log(SHORT_OF_MEMORY)
                if self._visits == [visit]:
                    self._give_back()  # what comes back may lie better
                await _say_busy(visit)
            except asyncio.CancelledError:
                if self._is_full or not visit.asking:
                    await _say_busy(visit)
                raise
        except (OSError, asyncio.TimeoutError):
            pass  # the visitor has gone, or is too slow to be waited for
        except Exception as failure:
            self.log("An answer broke off (%s)." % repr(failure))
        finally:
            visit.asking = False
            connection.close()
            self._visits.remove(visit)

    def _answering(self):
        """The module, with the app made. Raises MemoryError."""
        is_made = self.app is not None
        if self._is_full or not is_made and not (has_free(ANSWERING_BYTES) and can_allocate()):
            raise MemoryError
        self._is_loaded = True
        import answering

        if not is_made:
            self.app = self.make_app()
        return answering

    def asked(self, visit):
        """The whole request is there."""
        visit.asking = False
        self._grace_s = GRACE_S


async def _say_busy(visit):
    if not visit.begun:
        await visit.connection.write(BUSY)
        visit.connection.drain()
