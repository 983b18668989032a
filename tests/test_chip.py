"""The chip: what its heaps have free, the one growth that is chosen, memory that survives a restart."""

import sys


class Machine:
    """What hardware/chip.py uses of the module machine."""

    kept = b""

    class RTC:
        def memory(self, content=None):
            if content is None:
                return Machine.kept
            assert len(content) <= 2048
            Machine.kept = bytes(content)

    WDT = reset = None


class Heaps:
    """Stands for the modules esp32, gc, _thread and time of a chip: an area of 56 kB for Python, and one free block of ESP-IDF's."""

    HEAP_DATA = 4

    def __init__(self, total=56000, largest=110000, used=30000, is_late=False):
        self.area, self.largest, self.used, self.is_late = total, largest, used, is_late
        self.stack = self.asked = self.coming_back = 0

    def idf_heap_info(self, kind):
        assert kind == self.HEAP_DATA
        self.asked += 1
        if self.stack and self.asked > 4:  # what was allocated in between has filled the first area
            self.area += self.largest
            self.largest = 20000
        self.largest, self.coming_back = self.largest + self.coming_back, 0
        return [(120000, self.largest, self.largest, 0), (12000, 4000, 3000, 0)]

    # gc
    def collect(self):
        self.used = 30000

    def mem_alloc(self):
        return self.used

    def mem_free(self):
        return self.area - self.used + self.largest

    # _thread
    def allocate_lock(self):
        return self

    def acquire(self):
        pass

    def release(self):
        if self.is_late:  # the stack comes back in the midst of measuring
            self.coming_back, self.stack = self.stack, 0
        self.largest, self.stack = self.largest + self.stack, 0

    def stack_size(self, size):
        self.wanted = size or self.wanted

    def start_new_thread(self, function, arguments):
        self.stack = self.wanted
        self.largest -= self.stack

    def sleep_ms(self, ms):
        pass


sys.modules["esp32"] = Heaps()
sys.modules["machine"], _real = Machine, sys.modules.get("machine")
from hardware import chip, profile  # noqa: E402

del sys.modules["esp32"]
if _real:
    sys.modules["machine"] = _real
else:
    del sys.modules["machine"]


def memory():
    """The chip's, when power has just come."""
    Machine.kept = b""
    chip.RTC = Machine.RTC  # whoever imported the module first
    return chip.Memory()


def test_memory_is_empty_after_power_on():
    empty = memory()
    assert empty.get("bad_starts") == 0 and empty.get("reason", "") == "" and empty.get("crash", None) is None


def test_memory_survives_a_restart():
    kept = memory()
    crash = {"error": "ValueError", "where": ['File "logger.py", line 7, in measure'] * 3, "message": "\u00e9" * 120}
    kept.set("bad_starts", 3)
    kept.set("uptime_base_s", -946684800)
    kept.set("reason", "watchdog: measuring")
    kept.set("crash", crash)
    again = chip.Memory()
    assert (again.get("bad_starts"), again.get("uptime_base_s"), again.get("starts")) == (3, -946684800, 0)
    assert again.get("reason") == "watchdog: measuring" and again.get("crash") == crash
    again.set("crash", None)
    assert chip.Memory().get("crash") is None and chip.Memory().get("bad_starts") == 3


def test_memory_that_is_damaged_starts_empty():
    memory().set("bad_starts", 3)
    good = Machine.kept
    for damaged in [b"", b"Dew", good[:-1], good + b"x", b"\0" * 2048] + [
        good[:index] + bytes([good[index] ^ 1]) + good[index + 1 :] for index in range(len(good))
    ]:
        Machine.kept = damaged
        assert chip.Memory().get("bad_starts") == 0, damaged


def on(heaps, run):
    """What `run()` returns with `heaps` in the place of the modules."""
    real = chip.esp32, chip.gc, profile.gc, profile.time, profile._thread
    chip.esp32 = chip.gc = profile.gc = profile.time = profile._thread = heaps
    try:
        return run()
    finally:
        chip.esp32, chip.gc, profile.gc, profile.time, profile._thread = real


def test_free_does_not_count_what_python_would_grow_by():
    heaps = Heaps()
    chip.size = 56000
    assert on(heaps, chip.free) == 26000
    assert on(heaps, chip.idf) == (114000, 110000)


def test_garbage_is_collected_only_where_there_is_too_little():
    heaps = Heaps(used=50000)
    chip.size = 56000
    assert on(heaps, lambda: chip.has(6000)) and heaps.used == 50000
    assert on(heaps, lambda: chip.has(26000)) and heaps.used == 30000
    assert not on(heaps, lambda: chip.has(26001))


def test_a_heap_that_grew_by_itself_measures_more_than_its_size():
    heaps = Heaps()
    chip.size = on(heaps, chip.measured)
    assert chip.size == 56000
    heaps.area, heaps.largest = 112000, 54000
    assert on(heaps, chip.measured) == 112000 and chip.size == 56000


def test_the_heap_grows_once_by_the_chosen_amount():
    for is_late in (False, True):
        before, after = on(Heaps(is_late=is_late), lambda: profile.grow(chip, 32768))
        assert before == 56000 and after - before == 32768 and chip.size == after, is_late


def test_a_board_with_enough_does_not_grow():
    assert on(Heaps(total=4000000), lambda: profile.grow(chip, 32768)) is None and chip.size == 4000000
    assert on(Heaps(), lambda: profile.grow(chip, 0)) is None


def test_what_board_json_says_is_taken_where_it_can_be_read():
    class Board:
        SENSOR_PIN = 22

    useless = b'{"OTHER": 1, "sensor_pin": 5}', b'{"SENSOR_PIN": "5"}'
    for content in (None, b"", b"\xff", b"[]", b"5", b"{", b"{1: 2}", b"{null: 1}") + useless:
        profile.configure(Board, content, "")
        assert Board.SENSOR_PIN == 22 and not hasattr(Board, "OTHER"), content
    profile.configure(Board, b'{"SENSOR_PIN": 5}', "")
    assert Board.SENSOR_PIN == 5
