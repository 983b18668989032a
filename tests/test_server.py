"""The server's own part, with visitors and a site that are made up: places, deadlines, room, and going on after failures."""

import asyncio

import server
from server import BUSY, Server

CONNECTIONS, FIRST_BYTE_S = 4, 5
server.LOOK_S = 0.02
ANSWER = b"HTTP/1.1 200 OK\r\n\r\nhello"


class Visitor:
    """Says its pieces one after the other; then it waits (`waits`) or has finished."""

    def __init__(self, *pieces, waits=False):
        self.pieces = list(pieces)
        self.waits = waits
        self.peer = ("192.168.1.20", 50000)
        self.received = b""
        self.closed = 0

    async def read(self, size):
        await asyncio.sleep(0)
        while self.waits and not self.pieces:
            await asyncio.sleep(0.01)
        return self.pieces.pop(0)[:size] if self.pieces else b""

    async def write(self, data):
        await asyncio.sleep(0)
        self.received += data

    def close(self):
        self.closed += 1


class Hangup(Visitor):
    """One that is gone when it is answered."""

    async def write(self, data):
        raise OSError(104)


class Listener:
    def __init__(self, *visitors, failure=None):
        self.visitors = list(visitors)
        self.failure = failure
        self.closed = 0

    async def ready(self):
        while not self.visitors:
            if self.failure:
                raise self.failure
            await asyncio.sleep(0.01)

    def accept(self):
        return self.visitors.pop(0)

    def close(self):
        self.closed += 1


class Site:
    """Does what the first word of a request tells it to."""

    async def attend(self, visit, piece):
        word = piece.split(b" ")[0]
        while word == b"half":
            if not await visit.connection.read(100):
                return
        visit.asking = False
        visit.allow(15)
        if word == b"memory":
            raise MemoryError
        if word == b"bug":
            raise KeyError("bug")
        if word == b"slow":
            await asyncio.sleep(60)
        visit.begun = True
        await visit.connection.write(ANSWER)
        if word == b"viewer":
            visit.endless = "text/event-stream"
        if word in (b"viewer", b"long"):
            await asyncio.sleep(60 if word == b"viewer" else 0.3)
        if word == b"cut":
            raise MemoryError
        visit.server.answered += 1


class World:
    """A server with all it needs. Its clock is moved by hand; `sites` counts how often a site was made."""

    def __init__(self, *listeners, make_site=Site):
        self.listeners = list(listeners)
        self.said = []
        self.beats = self.sites = self.now_s = 0
        self.make = make_site
        self.server = Server(lambda: self.listeners.pop(0), self.make_site, lambda: self.now_s, self.said.append, self.beat)

    def make_site(self):
        self.sites += 1
        return self.make()

    def beat(self):
        self.beats += 1

    def run(self, story):
        """Serve while `story(self)`, a coroutine, is told."""

        async def main():
            serving = asyncio.create_task(self.server.serve())
            await story(self)
            serving.cancel()
            try:
                await serving
            except asyncio.CancelledError:
                pass

        asyncio.run(main())
        return self


async def until_closed(*visitors, tries=500):
    while tries and not all(visitor.closed for visitor in visitors):
        tries -= 1
        await asyncio.sleep(0.01)
    assert tries, [(visitor.closed, visitor.received) for visitor in visitors]


def served(*visitors, **options):
    """The world after these visitors have been served."""
    return World(Listener(*visitors), **options).run(lambda world: until_closed(*visitors))


def test_a_visitor_is_answered_and_the_site_is_kept_for_the_next():
    visitors = Visitor(b"page"), Visitor(b"page")
    world = served(*visitors)
    assert [visitor.received for visitor in visitors] == [ANSWER, ANSWER]
    assert [visitor.closed for visitor in visitors] == [1, 1]
    assert world.sites == 1 and world.server.answered == 2 and not world.server.visits and not world.said


def test_the_server_knows_how_long_nobody_was_there():
    async def story(world):
        world.now_s = 100
        assert world.server.idle_s() == 100
        listener.visitors.append(visitor)
        await asyncio.sleep(0.1)
        world.now_s = 103
        assert world.server.idle_s() == 0 and world.server.visits
        visitor.waits = False
        await until_closed(visitor)
        world.now_s = 110
        assert world.server.idle_s() == 7

    listener, visitor = Listener(), Visitor(waits=True)
    World(listener).run(story)


def test_a_site_that_was_given_back_is_made_again():
    async def story(world):
        await until_closed(first)
        world.server.give_back()
        listener.visitors.append(second)
        await until_closed(second)

    first, second = Visitor(b"page"), Visitor(b"page")
    listener = Listener(first)
    assert World(listener).run(story).sites == 2
    assert second.received == ANSWER


def test_who_says_nothing_costs_no_site():
    assert served(Visitor()).sites == 0


def test_shortage_of_memory_is_told_and_counted():
    def none():
        raise MemoryError

    for visitor, make_site in ((Visitor(b"memory"), Site), (Visitor(b"page"), none)):
        world = served(visitor, make_site=make_site)
        assert visitor.received == BUSY
        assert world.server.busy == 1 and len(world.said) == 1 and "memory" in world.said[0]
    visitor = Visitor(b"cut")
    assert served(visitor).server.busy == 0 and visitor.received == ANSWER, "an answer that has begun stays alone"


def test_the_busy_answer_is_complete():
    head, _, body = BUSY.partition(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head
    assert b"\r\nRetry-After: " in head and b"\r\nRefresh: " in head


def test_a_bug_and_a_visitor_that_hangs_up_cost_nobody_else_anything():
    page, hangup, bug = Visitor(b"page"), Hangup(b"page"), Visitor(b"bug")
    world = served(hangup, bug, page)
    assert page.received == ANSWER and hangup.closed == bug.closed == 1
    assert len(world.said) == 1 and "KeyError" in world.said[0]


def test_who_is_late_is_sent_away():
    for first_bytes, seconds, answer in (
        (None, FIRST_BYTE_S, b""),
        (b"half", FIRST_BYTE_S, b""),
        (b"slow", 15, BUSY),
        (b"viewer", 15, ANSWER),
    ):

        async def story(world, visitor, seconds):
            await asyncio.sleep(0.05)
            world.now_s = 2
            await asyncio.sleep(0.1)
            assert not visitor.closed
            while world.now_s <= seconds:
                world.now_s += 2
                await asyncio.sleep(0.05)
            await until_closed(visitor)

        visitor = Visitor(*([first_bytes] if first_bytes else []), waits=True)
        World(Listener(visitor)).run(lambda world, visitor=visitor, seconds=seconds: story(world, visitor, seconds))
        assert visitor.received == answer and visitor.closed == 1, first_bytes


def test_nobody_is_late_because_the_device_stood_still():
    async def story(world):
        await asyncio.sleep(0.05)
        world.now_s = 60
        visitor.pieces.append(b"page")
        await until_closed(visitor)

    visitor = Visitor(waits=True)
    World(Listener(visitor)).run(story)
    assert visitor.received == ANSWER


def test_who_has_not_finished_asking_gives_way():
    silent = [Visitor(*pieces, waits=True) for pieces in ([], [b"half"]) for _ in range(CONNECTIONS)]
    page = Visitor(b"page")
    World(Listener(*silent, page)).run(lambda world: until_closed(page))
    assert page.received == ANSWER
    assert [visitor.closed for visitor in silent[: CONNECTIONS + 1]] == [1] * (CONNECTIONS + 1)


def test_who_is_being_answered_does_not_give_way():
    readers = [Visitor(b"long") for _ in range(CONNECTIONS)]
    page = Visitor(b"page")
    served(*readers, page)
    assert [visitor.received for visitor in readers + [page]] == [ANSWER] * (CONNECTIONS + 1)


def test_room_is_made():
    async def story(world):
        await asyncio.sleep(0.1)
        world.server.make_room()
        await until_closed(viewer, slow, half, reader)
        listener.visitors.append(newcomer)
        await until_closed(newcomer)
        world.server.make_room(False)
        listener.visitors.append(page)
        await until_closed(page)

    viewer, slow, half, reader = visitors = Visitor(b"viewer"), Visitor(b"slow"), Visitor(b"half", waits=True), Visitor(b"long")
    newcomer, page = Visitor(b"page"), Visitor(b"page")
    listener = Listener(*visitors)
    world = World(listener).run(story)
    assert [visitor.received for visitor in visitors] == [ANSWER, BUSY, BUSY, ANSWER]
    assert newcomer.received == BUSY and page.received == ANSWER
    assert world.server.busy == 3 and world.server.answered == 2


def test_who_comes_at_the_moment_when_room_is_made_is_answered_too():
    async def story(world):
        listener.visitors.append(visitor)
        while listener.visitors:
            await asyncio.sleep(0)
        world.server.make_room()
        await until_closed(visitor)

    listener, visitor = Listener(), Visitor(b"page")
    World(listener).run(story)
    assert visitor.received == BUSY and visitor.closed == 1


def test_the_accept_loop_is_started_again():
    for failure in (OSError(103), MemoryError()):
        broken, page = Listener(failure=failure), Visitor(b"page")
        world = World(broken, Listener(page)).run(lambda world, page=page: until_closed(page))
        assert broken.closed == 1 and page.received == ANSWER
        assert len(world.said) == 1 and "again" in world.said[0]


def test_a_visitor_that_is_gone_before_it_is_accepted_is_none():
    page = Visitor(b"page")
    World(Listener(None, page)).run(lambda world: until_closed(page))
    assert page.received == ANSWER


def test_it_beats_while_nobody_comes():
    async def story(world):
        await asyncio.sleep(0.1)

    assert World(Listener()).run(story).beats >= 2
