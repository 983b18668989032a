"""The server's own part, with visitors and a site that are made up: places, deadlines, room, and going on after failures."""

import asyncio

import server
from server import BUSY, Server
from visitor import Visitor

CONNECTIONS = 4
ANSWER = b"HTTP/1.1 200 OK\r\n\r\nhello"


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

    async def attend(self, visitor, piece):
        word = piece.split(b" ")[0]
        visitor.left_s = 5
        while word == b"half":
            if not await visitor.read(100):
                return
        visitor.asking = False
        visitor.left_s = 15
        if word == b"memory":
            raise MemoryError
        if word == b"bug":
            raise KeyError("bug")
        if word == b"slow":
            await asyncio.sleep(60)
        if word == b"viewer":
            visitor.endless = "text/event-stream"
        await visitor.write(ANSWER)
        if word == b"long":
            await asyncio.sleep(0.3)
        if word == b"cut":
            raise MemoryError

    def event(self):
        yield "one "
        yield "event"


class World:
    """A server with all it needs, its device. `sites` counts how often a site was made, `looks` how often the server looked around."""

    look_s = 0.02  # instead of a second
    room_bytes = 100_000
    reads = 0
    thermometer = property(lambda self: self)

    def __init__(self, *listeners, make_site=Site):
        self.listeners = list(listeners)
        self.said = []
        self.log = self.said.append
        self.looks = self.sites = self.beats = self.hurries = self.given_back = 0
        self.make = make_site
        self.server = Server(self)

    def make_site(self):
        self.sites += 1
        return self.make()

    def give_back(self):
        self.given_back += 1
        self.server.site = None

    def has_room(self, wanted):
        return wanted <= self.room_bytes

    def beat(self, loop):
        self.beats += 1

    def hurry(self):
        self.hurries += 1

    async def look(self):
        while True:
            self.looks += 1
            self.server.look()
            await asyncio.sleep(self.look_s)

    def run(self, story):
        """Serve while `story(self)`, a coroutine, is told."""

        async def main():
            tasks = [asyncio.create_task(self.server.serve(lambda _: self.listeners.pop(0), 80)), asyncio.create_task(self.look())]
            await story(self)
            for task in tasks:
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError:
                    pass

        asyncio.run(main())
        return self


async def until(is_true):
    tries = 500
    while not is_true():
        tries -= 1
        assert tries
        await asyncio.sleep(0.01)


async def until_closed(*visitors):
    await until(lambda: all(visitor.closed for visitor in visitors))


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
        await until(lambda: world.server.idle_s > 1)
        listener.visitors.append(visitor)
        await until(lambda: world.server.idle_s == 0)
        assert world.server.visits
        visitor.waits = False
        await until_closed(visitor)
        await until(lambda: world.server.idle_s > 1)

    listener, visitor = Listener(), Visitor(waits=True)
    visitor.left_s = 1000
    World(listener).run(story)


def test_a_site_that_was_given_back_is_made_again():
    async def story(world):
        await until_closed(first)
        world.server.site = None
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
        assert visitor.received == BUSY and world.server.busy == 1 and world.server.answered == 0
        assert world.given_back == (make_site is Site), "or the next visitor would find what is free as it is"
    visitor = Visitor(b"cut")
    assert served(visitor).server.busy == 0 and visitor.received == ANSWER, "an answer that has begun stays alone"


def test_the_busy_answer_is_complete():
    head, _, body = BUSY.partition(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head
    assert b"\r\nRetry-After: " in head and b"\r\nRefresh: " in head


def test_a_bug_and_a_visitor_that_hangs_up_cost_nobody_else_anything():
    page, hangup, bug = Visitor(b"page"), Visitor(b"page", stays=0), Visitor(b"bug")
    world = served(hangup, bug, page)
    assert page.received == ANSWER and hangup.closed == bug.closed == 1
    assert len(world.said) == 1 and "KeyError" in world.said[0]


def test_who_is_late_is_sent_away():
    for first_bytes, looks, answer in ((None, 5, b""), (b"half", 5, b""), (b"slow", 15, BUSY)):
        visitor = Visitor(*([first_bytes] if first_bytes else []), waits=True)
        world = served(visitor)
        assert visitor.received == answer and visitor.closed == 1, first_bytes
        assert looks <= world.looks <= looks + 5, (first_bytes, world.looks)


class Measuring(World):
    """Something is measured once, as soon as somebody looks, and after the second event the site goes."""

    def __init__(self, *listeners):
        super().__init__(*listeners, make_site=lambda: self)
        self.looked, self.told_s, self.attend = 0, [], Site().attend

    @property
    def reads(self):
        self.looked += 1
        return min(self.looked, 2)

    def event(self):
        self.told_s.append(Hurry.slept[0])
        self.left_s = self.server.visits[0].left_s
        if len(self.told_s) == 2:
            self.server.site = None
        return Site().event()


def test_a_stream_goes_on_measurement_after_measurement_and_ends_in_order():
    for event, end in ((b"4\r\none \r\n5\r\nevent\r\n", b"0\r\n\r\n"), (b"one event", b"")):
        viewer = Visitor(b"viewer")
        viewer.in_chunks = bool(end)
        world = Measuring(Listener(viewer))
        begins_s = Hurry.slept[0]
        hurried(world, lambda world: until_closed(viewer))  # noqa: B023
        assert viewer.received == ANSWER + event + event + end and world.left_s > 3600
        assert [told_s - begins_s for told_s in world.told_s] == [0.25, 10.25], "a sign of life although nothing was measured"


def test_a_stream_whose_viewer_is_gone_ends():
    viewer = Visitor(b"viewer", stays=1)
    hurried(World(Listener(viewer)), lambda world: until_closed(viewer))
    assert viewer.received == ANSWER


def test_who_has_not_finished_asking_gives_way():
    silent = [Visitor(*pieces, waits=True) for pieces in ([], [b"half"]) for _ in range(CONNECTIONS)]
    page = Visitor(b"page")
    world = World(Listener(*silent, page))
    world.look_s = 1  # none of them is late
    world.run(lambda world: until_closed(page))
    assert page.received == ANSWER
    assert [visitor.closed for visitor in silent[: CONNECTIONS + 1]] == [1] * (CONNECTIONS + 1)


def test_who_is_being_answered_does_not_give_way():
    async def story(world):
        most = 0
        while not page.closed:
            most = max(most, len(world.server.visits))
            await asyncio.sleep(0.01)
        assert most == CONNECTIONS

    readers = [Visitor(b"long") for _ in range(CONNECTIONS)]
    page = Visitor(b"page")
    World(Listener(*readers, page)).run(story)
    assert [visitor.received for visitor in readers + [page]] == [ANSWER] * (CONNECTIONS + 1)


def test_who_comes_while_the_memory_is_needed_waits():
    async def story(world):
        await until(lambda: viewer.begun and reader.begun)
        world.server.pause()
        assert await world.server.hold(), "nobody is attended to any more"
        assert viewer.closed and reader.closed
        listener.visitors.append(newcomer)
        await until(lambda: not newcomer.pieces)
        await asyncio.sleep(0.05)
        assert not newcomer.begun
        world.server.go_on()
        await until_closed(newcomer)

    viewer, reader, newcomer = Visitor(b"viewer"), Visitor(b"long"), Visitor(b"page")
    listener = Listener(viewer, reader)
    world = World(listener).run(story)
    assert [visitor.received for visitor in (viewer, reader, newcomer)] == [ANSWER] * 3
    assert world.server.busy == 0


def test_who_comes_while_something_takes_its_memory_waits():
    async def story(world):
        world.server.pause()
        listener.visitors.append(newcomer)
        await until(lambda: not newcomer.pieces)
        await asyncio.sleep(0.05)
        assert not newcomer.begun
        world.server.go_on()
        await until_closed(newcomer)

    newcomer = Visitor(b"page")
    listener = Listener()
    World(listener).run(story)
    assert newcomer.received == ANSWER


class Hurry:
    """asyncio for somebody who does not wait."""

    create_task, current_task, CancelledError = asyncio.create_task, asyncio.current_task, asyncio.CancelledError
    slept = [0]  # seconds in steps of a quarter, which only a live stream takes

    @staticmethod
    async def sleep(seconds):
        Hurry.slept[0] += seconds * (seconds == 0.25)
        await asyncio.sleep(seconds / 100)


def hurried(world, story):
    """Tell the story to a server whose waits are short, and whose visitors are never late."""
    world.look_s = 100
    server.asyncio = Hurry
    try:
        world.run(story)
    finally:
        server.asyncio = asyncio


def test_nobody_waits_for_a_network_that_is_dead():
    """Unless there is no site, for the memory that it takes is promised: then he is asked to come again."""
    for site, received in ((Site(), ANSWER), (None, BUSY)):

        async def story(world):
            world.server.site = site  # noqa: B023
            world.server.pause()  # for good
            listener.visitors.append(newcomer)  # noqa: B023
            await until_closed(newcomer)  # noqa: B023

        newcomer = Visitor(b"page")
        listener = Listener()
        world = World(listener)
        hurried(world, story)
        assert newcomer.received == received and world.hurries == (site is None) and world.sites == 0


def test_beside_what_takes_memory_there_has_to_be_more_room():
    for room_bytes, received in ((9 * 1024 - 1, BUSY), (9 * 1024, ANSWER)):

        async def story(world):
            world.server.site = Site()
            world.server.pause()
            world.room_bytes = room_bytes  # noqa: B023
            listener.visitors.append(newcomer)  # noqa: B023
            await until_closed(newcomer)  # noqa: B023

        newcomer = Visitor(b"page")
        listener = Listener()
        hurried(World(listener), story)
        assert newcomer.received == received


def test_what_is_promised_to_one_visitor_is_not_promised_to_another():
    async def story(world):
        world.room_bytes = 10_000
        await until(lambda: first.let_in)
        assert not second.let_in and world.server.promised() > 5000
        await until_closed(first, second)

    first, second = Visitor(b"half", b"", waits=True), Visitor(b"page")
    first.pieces = [b"half", b"rest"]
    world = World(Listener(first, second)).run(story)
    assert first.received == b"" and second.received == ANSWER and not world.server.promised()


def test_who_takes_long_is_left_in_peace_and_who_waits_too_long_is_asked_to_come_again():
    async def story(world):
        await until(lambda: not slow.asking)
        world.server.pause()
        assert not await world.server.hold(), "somebody is still there"
        listener.visitors.append(newcomer)
        await until_closed(newcomer)
        assert world.server.busy == 1 and not slow.closed

    slow, newcomer = Visitor(b"slow"), Visitor(b"page")
    listener = Listener(slow)
    world = World(listener)
    hurried(world, story)
    assert newcomer.received == BUSY and world.hurries == 1


def test_an_answer_waits_for_room():
    async def story(world):
        world.room_bytes = 1000
        listener.visitors.append(visitor)
        await until(lambda: world.sites)
        await asyncio.sleep(0.05)
        assert not visitor.begun
        world.room_bytes = 100_000
        await until_closed(visitor)

    visitor = Visitor(b"page")
    listener = Listener()
    World(listener).run(story)
    assert visitor.received == ANSWER


def test_an_answer_does_not_wait_for_room_for_ever():
    async def story(world):
        world.room_bytes = 1000
        listener.visitors.append(visitor)
        await until_closed(visitor)

    visitor = Visitor(b"page")
    listener = Listener()
    world = World(listener)
    hurried(world, story)
    assert visitor.received == BUSY and world.server.busy == 1 and world.hurries


def test_what_did_not_fit_beside_others_is_alone_a_moment_later():
    async def story(world):
        listener.visitors.append(stream)
        await until(lambda: stream.begun)
        world.server._working += 1  # the answer that did not fit
        await world.server.be_alone()
        assert stream.closed and world.server._working == 1
        world.server._working -= 1

    stream = Visitor(b"viewer", waits=True)
    listener = Listener()
    World(listener).run(story)


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


def test_it_beats_while_it_listens():
    World(Listener()).run(lambda world: until(lambda: world.beats > 1))
    world = World(Listener(failure=OSError(98))).run(lambda world: until(lambda: world.looks > 5))
    assert world.beats < 2
