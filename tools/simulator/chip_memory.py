"""The memory of an ESP32 without PSRAM: ESP-IDF's heap, from which radio, sockets, threads and TLS live, and how Python's grows into it."""

# All in bytes, measured on official MicroPython 1.26.1 in an emulated ESP32 (platform.md, "Memory of an ESP32 without PSRAM").
BLOCKS = (4_552, 11_848, 14_656, 112_968)
"""The free blocks when main.py starts, in the order in which ESP-IDF tries them."""
TAKES = {
    "network": 4_232,  # import network
    "radio": 36_056,  # the first WLAN(), never given back
    "station": 2_100,  # station active
    "joined": 6_100,  # more while it is joined: 95,548 are left
    "hotspot": 4_840,  # 90,756 are left with both and joined; alone it was 3,932 to 5,072
    "udp": 276,
    "tcp": 404,
    "listening": 272,  # in all
    "accepted": 396,
    "thread": 360,  # beside its stack
}
LARGEST_PIECE = {"radio": 6_656}
"""Wi-Fi takes many pieces, no larger than its task's stack: 96 kB free, 90 in one block with the hotspot up."""
DEFAULT_STACK = 5_120
"""MP_THREAD_DEFAULT_STACK_SIZE of ports/esp32/mpthreadport.c: 4 kB and the margin of 1 kB."""
LEAST_STACK = 4_096
TLS_CONTEXT, TLS_ROOT = 300, 1_580  # the root: RSA; 925 for EC
TLS_LOWEST, TLS_HELD = 34_810, 28_710
"""A handshake at its lowest with an RSA 2048 chain as ThingSpeak's, and what a session holds afterwards (31,030 and 24,810 with EC)."""
TLS_INPUT = 16_717
"""The largest single block of a session: MBEDTLS_SSL_IN_CONTENT_LEN of 16 kB and its head."""
TLS_PIECE = 512
"""The rest comes in small blocks."""
TLS_PASSES = 43_700  # free when a handshake passed
TLS_TIMES_OUT = 37_550  # 39.6 kB gave OSError(116), 35.5 the one below: the line is half way between them
TLS_BAD_CERTIFICATE = TLS_LOWEST  # 35.5 kB gave "certificate is not correctly signed"; below its lowest a handshake cannot end
FIRST_AREA, USABLE = 57_344, (125, 128)
"""Python's first heap: 56 kB, 56,000 of them usable (py/gc.c keeps 3 bits a block of 16 bytes beside it)."""
CHOSEN_AREA = 32 * 1024
"""By how much the firmware lets it grow at the start; with it a board's budget is 88 kB."""
LEAST_GROWTH = 2_048
"""py/gc.c asks for that much beside what is wanted."""
NO_MEMORY = 12


class NoMemory(Exception):
    """What was asked for does not fit; its text is what it was for."""


class ChipMemory:
    """The account of both heaps since the chip was plugged in. `heap_bytes` is what Python has once the firmware has let it grow."""

    def __init__(self, heap_bytes=FIRST_AREA + CHOSEN_AREA):
        self._first_area = max(LEAST_GROWTH, heap_bytes - CHOSEN_AREA)
        self.panics = 0
        self.refused = {}
        self._lowest_free, self._lowest_python = sum(BLOCKS), self._first_area
        self.start()

    def start(self):
        """The chip starts: everything is given back."""
        self._free = list(BLOCKS)
        self._least = list(BLOCKS)
        self._taken = {}
        self._area = self._first_area
        self._live = 0
        self.growths = 0
        self.is_tls_broken = False

    def forget_lowest(self):
        """From now on `lowest` means: since now."""
        self._lowest_free, self._lowest_python = self.free(), self.python_bytes() - self._live

    # ESP-IDF's heap

    def free(self):
        return sum(self._free)

    def largest(self):
        return max(self._free)

    def regions(self):
        """As esp32.idf_heap_info(): (total, free, largest block, lowest free) of each; the total is what was free when main.py started."""
        return [(total, free, free, least) for total, free, least in zip(BLOCKS, self._free, self._least)]

    def take(self, what, size=None, piece=None, kind=None, may_fail=True):
        """Take `size` (default: what the table says of `kind`, or of `what`) under the name `what`, in place of what it had.

        Raises NoMemory, and takes nothing, when a piece of it (at most `piece` each, else all in one) fits nowhere; without `may_fail` it
        takes what there is.
        """
        self.give_back(what)
        kind = kind or what
        size = TAKES[kind] if size is None else size
        piece = piece or LARGEST_PIECE.get(kind, size)
        pieces = self._taken[what] = []
        while size > 0:
            wanted = min(size, piece)
            place = next((number for number, free in enumerate(self._free) if free >= wanted), None)
            if place is None and not may_fail:
                return
            if place is None:
                self.give_back(what)
                self.refused[kind] = self.refused.get(kind, 0) + 1
                raise NoMemory(kind)
            self._change(place, -wanted)
            pieces.append((place, wanted))
            size -= wanted

    def has(self, what):
        return what in self._taken

    def give_back(self, what):
        for place, size in self._taken.pop(what, ()):
            self._change(place, size)

    def hold(self, what, is_held):
        """Take or give back what the table says of `what`; of what does not fit only what there is."""
        if is_held == (what in self._taken):
            return
        if not is_held:
            return self.give_back(what)
        self.take(what, may_fail=False)

    def leave(self, size):
        """Let somebody take all but `size` bytes, in the smallest pieces; None: nobody."""
        self.give_back("somebody")
        if size is not None:
            self.take("somebody", self.free() - size, piece=64, may_fail=False)

    def _change(self, place, size):
        self._free[place] += size
        self._least[place] = min(self._least[place], self._free[place])
        self._lowest_free = min(self._lowest_free, self.free())

    # Python's heap

    def python_bytes(self):
        """What Python has, used and free."""
        return self._area * USABLE[0] // USABLE[1]

    def see_python(self, live):
        """Python has `live` bytes that it cannot do without: when that is more than it has, its heap grows."""
        self._live = live
        while live > self.python_bytes() and self.grow():
            pass
        self._lowest_python = min(self._lowest_python, self.python_bytes() - live)

    def grow(self):
        """py/gc.c adds an area as large as all before, at most the largest free block. Returns whether there was one."""
        size = min(self._area, self.largest())
        if size < LEAST_GROWTH:
            return False
        self._area += size
        self.growths += 1
        place = self._free.index(self.largest())
        self._taken["area %d" % self.growths] = [(place, size)]
        self._change(place, -size)
        self._lowest_python = self.python_bytes() - self._live
        return True

    # TLS

    def handshake(self, session):
        """A TLS session begins on a connected socket. Returns one of the outcomes of `handshake_outcome`, or "panic".

        One that "passes" has what a handshake needs at its lowest until it is settled().
        """
        if self.is_tls_broken:
            self.panics += 1
            return "panic"
        outcome = handshake_outcome(self.free(), self.largest())
        if outcome != "memory":
            self.take(session + " input", TLS_INPUT)
            self.take(session, TLS_LOWEST - TLS_INPUT + TLS_CONTEXT + TLS_ROOT, piece=TLS_PIECE, may_fail=False)
        if outcome != "passes":
            self.end_session(session)
            self.refused["tls"] = self.refused.get("tls", 0) + 1
        self.is_tls_broken = outcome == "digest"
        return outcome

    def settled(self, session):
        """The handshake is over: the session keeps what it needs to talk."""
        if session in self._taken:
            self.take(session, TLS_HELD - TLS_INPUT + TLS_CONTEXT + TLS_ROOT, piece=TLS_PIECE)

    def end_session(self, session):
        self.give_back(session)
        self.give_back(session + " input")

    def summary(self):
        """What is left of both heaps, and what happened; `lowest` since it was plugged in, `growths` since the chip's last start."""
        return {"python": {"total": self.python_bytes(), "free": self.python_bytes() - self._live, "lowest": self._lowest_python},
                "idf": {"free": self.free(), "largest": self.largest(), "lowest": self._lowest_free},
                "growths": self.growths, "panics": self.panics, "refused": self.refused}


def handshake_outcome(free, largest):
    """What a handshake ends with that begins with so much: "passes", "timeout", "certificate", "digest" or "memory"."""
    if free < TLS_HELD + TLS_CONTEXT + TLS_ROOT or largest < TLS_INPUT:
        return "memory"
    for least, outcome in ((TLS_PASSES, "passes"), (TLS_TIMES_OUT, "timeout"), (TLS_BAD_CERTIFICATE, "certificate")):
        if free >= least:
            return outcome
    return "digest"
