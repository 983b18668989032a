"""The guarded HTTP server: who may connect, how many at once, and what becomes of those who dawdle.

What is said on a connection is portal/exchange.py's, which is in memory only while somebody is there.
"""

import asyncio

from micropython import const

_CONNECTIONS = const(4)
_GRACE_MS = const(150)  # for a request to follow its connection when every place is taken
_HELD_S = const(8)  # who comes while the memory is needed otherwise waits so long before he is asked to come again
_PAUSE_S = const(3)  # who comes while something takes what is promised to it waits so long: a page does not wait for the network
_PIECE_BYTES = const(256)
_REQUEST_BYTES = const(8 * 1024)  # what a small answer takes, with modules that are not here yet, and what the loops need to go on
_BESIDE_BYTES = const(1024)  # what is to stay free besides for each that takes memory
_SPARE_BYTES = const(2 * 1024)  # who is alone may try with so many less: there will not be more

# `Refresh` makes a browser ask again by itself.
BUSY = (
    b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nRefresh: 5\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n"
    b"Cache-Control: no-store\r\nConnection: close\r\n\r\nDewlog is busy. Again in 5 s ...\n"
)


class Server:
    """Lets in at most 4 visitors at once, and each for a limited time.

    Of `device` it uses: log; beat, each second while it listens; has_room; give_back, where there was no memory for an answer; hurry, when
    somebody waits for seconds; thermometer; make_site() -> an object with `async attend(connection, piece)`, which answers a visitor whose
    first bytes are `piece`, and `event()`, the next event of a live stream, in pieces. It is kept in `site`, until that is set to None.
    visits: who is here. answered: requests. busy: who was asked to come again, for want of memory. idle_s: for how long nobody has been
    connected.
    """

    site = None
    answered = busy = idle_s = 0
    paused = 0  # how many take memory that is there, until each says `go_on`
    _is_listening = _is_held = False
    _is_awaited = False  # somebody waits for the room that a large answer takes: nobody else begins
    _working = 0  # visits that the site attends to

    def __init__(self, device):
        self.visits = []
        self._device = device

    async def hold(self):
        """Something needs the memory more than a page does: who comes waits until `go_on`, and who is here has the time to be done.

        Returns whether nobody is attended to any more: who takes a long file is left in peace. A live stream ends: it is begun again.
        """
        self._is_held = True
        for _ in range(20 * _HELD_S):  # by then who is late has been sent away
            self._end_streams()
            await asyncio.sleep(0.1)
            if self._working <= sum([1 for visit in self.visits if visit.endless]):
                break
        return not self._working

    def _end_streams(self):
        """Live streams give way: a browser begins its own again by itself."""
        for visit in self.visits:
            if visit.endless == "text/event-stream":
                visit.task.cancel()

    async def be_alone(self):
        """For an answer that did not fit beside others: streams end, and those who are attended to have a moment to be done."""
        self._is_awaited = True
        try:
            for _ in range(20):
                self._end_streams()
                await asyncio.sleep(0.1)
                if self._working == 1:
                    break
        finally:
            self._is_awaited = False

    def pause(self):
        self.paused += 1

    def go_on(self):
        self.paused -= 1
        self._is_held = self._is_held and self.paused > 0

    async def serve(self, listen, port):
        """Serve for ever; an accept loop that ends is started again. listen: callable(port) -> a listener (hardware/listener.py)."""
        self._device.beat("serving")
        while True:
            try:
                listener = listen(port)
                self._is_listening = True
                try:
                    await self._accept(listener)
                finally:
                    self._is_listening = False
                    listener.close()
            except (OSError, MemoryError) as failure:
                self._device.log("http: starts again, %r" % failure)
            await asyncio.sleep(1)

    def look(self):
        """Send away who is late. One look each second costs less than a timer for every step of every visitor."""
        if self._is_listening:
            self._device.beat("serving")
        self.idle_s = 0 if self.visits else self.idle_s + 1
        for visit in self.visits:
            visit.left_s -= 1
            if visit.left_s < 0:
                visit.task.cancel()

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
            for _ in range(40):
                if not self.visits or self._device.has_room(_REQUEST_BYTES + self.promised()):
                    break
                await asyncio.sleep(0.05)  # one after the other, when they do not fit beside each other
            visit = listener.accept()
            if visit is None:
                await asyncio.sleep(0.05)
                continue
            try:
                self.visits.append(visit)
                visit.task = asyncio.create_task(self.attend(visit))
            except MemoryError:
                visit.close()
                self.visits.remove(visit)
                raise

    async def attend(self, visit):
        """Answer one visitor, who is in `visits`, and see him out."""
        try:
            try:
                piece = await visit.read(_PIECE_BYTES)
                if piece:
                    visit.left_s = 2 * _HELD_S
                    visit.asking = False  # who waits for room keeps his place
                    while not visit.let_in:
                        await self._wait_for_site()
                        await self.wait_for_room(visit, _REQUEST_BYTES)
                        visit.let_in = self.site is not None and not self._is_held  # it may be given back while he waits for room
                    await self._answer(visit, piece)
            except MemoryError:
                if not (self._working or self.paused):
                    self._device.give_back()  # what is free may lie in pieces that are too small: the next visitor finds it whole
                await self.say_busy(visit)
            except asyncio.CancelledError:
                if not visit.asking:
                    await self.say_busy(visit)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the visitor has gone, or is too slow to be waited for
        except Exception as failure:
            self._device.log("http: an answer broke off, %r" % failure)
        finally:
            visit.close()
            self.visits.remove(visit)

    async def _wait_for_site(self):
        """Returns when the site may answer one more. Raises MemoryError when it may not for some seconds."""
        for tenths in range(10 * _HELD_S):
            if not (self._is_held or self._is_awaited or self.paused and (self.site is None or tenths < 10 * _PAUSE_S)):
                try:
                    self.site = self.site or self._device.make_site()
                    return
                except MemoryError:
                    pass  # something has the room that it takes
            if tenths == 10 * _PAUSE_S:
                self._device.hurry()
            await asyncio.sleep(0.1)
        if self._is_held or self.site is None:
            raise MemoryError

    async def _answer(self, visit, piece):
        self._working += 1
        try:
            visit.asking = True
            await self.site.attend(visit, piece)
            self.answered += 1
            if visit.endless == "text/event-stream":
                await self._follow(visit)
        finally:
            self._working -= 1

    async def _follow(self, visit):
        """Go on with a live stream, an event a measurement, when all that it took to answer the request is forgotten. Nothing is queued:
        who reads slowly gets what is newest then."""
        thermometer = self._device.thermometer
        try:
            while self.site:
                visit.left_s = 86400
                reads = thermometer.reads
                for _ in range(40):  # after ten seconds the same again: a page then knows that the device is there
                    await asyncio.sleep(0.25)
                    if reads != thermometer.reads:
                        break
                for piece in self.site.event() if self.site else ():
                    piece = piece.encode()
                    await visit.write(b"%x\r\n%s\r\n" % (len(piece), piece) if visit.in_chunks else piece)
        except asyncio.CancelledError:
            pass  # its memory is needed: it ends in order
        await visit.write(b"0\r\n\r\n" if visit.in_chunks else b"")

    def promised(self):
        """Bytes that those will still take who are let in and have had nothing of their answer yet."""
        return sum([_REQUEST_BYTES for visit in self.visits if visit.let_in and not visit.begun])

    async def wait_for_room(self, visit, wanted):
        """Returns when there are so many bytes for the visit's answer, or nobody else is attended to and there are nearly so many.

        Raises MemoryError when there are none for some seconds.
        """
        visit.let_in = False
        is_large = wanted > _REQUEST_BYTES
        self._is_awaited = self._is_awaited or is_large
        try:
            for fiftieths in range(50 * _HELD_S):
                if fiftieths == 25:
                    self._end_streams()
                if fiftieths == 50:
                    self._device.hurry()
                is_alone = fiftieths > 5 and not (self.paused or [1 for other in self.visits if other.let_in])
                if self._device.has_room(wanted - _SPARE_BYTES if is_alone else wanted + self.promised() + self.paused * _BESIDE_BYTES):
                    visit.let_in = True
                    return
                await asyncio.sleep(0.02)
            raise MemoryError
        finally:
            if is_large:
                self._is_awaited = False

    async def say_busy(self, visit):
        """Ask to come again who has had nothing of an answer yet. Raises OSError."""
        if not visit.begun:
            self.busy += 1
            await visit.write(BUSY)
