"""The two heaps: what is free without growing, and the one growth that is chosen."""

import sys


class Chip:
    """Stands for the modules esp32, gc, _thread and time of a chip: an area of 56 kB for Python, and one free block of ESP-IDF's."""

    HEAP_DATA = 4

    def __init__(self, total=56000, largest=110000, used=30000):
        self.area, self.largest, self.used = total, largest, used
        self.stack = self.asked = 0

    def idf_heap_info(self, kind):
        assert kind == self.HEAP_DATA
        self.asked += 1
        if self.stack and self.asked > 4:  # what was allocated in between has filled the first area
            self.area += self.largest
            self.largest = 20000
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
        self.largest, self.stack = self.largest + self.stack, 0

    def stack_size(self, size):
        self.wanted = size or self.wanted

    def start_new_thread(self, function, arguments):
        self.stack = self.wanted
        self.largest -= self.stack

    def sleep_ms(self, ms):
        pass


sys.modules["esp32"] = Chip()
from hardware import growth, heap  # noqa: E402

del sys.modules["esp32"]


def on(chip, run):
    """What `run()` returns with `chip` in the place of the modules."""
    real = heap.esp32, heap.gc, growth.gc, growth.time, growth._thread
    heap.esp32 = heap.gc = growth.gc = growth.time = growth._thread = chip
    try:
        return run()
    finally:
        heap.esp32, heap.gc, growth.gc, growth.time, growth._thread = real


def test_free_does_not_count_what_python_would_grow_by():
    chip = Chip()
    assert on(chip, heap.free) == 26000
    assert on(chip, heap.idf) == (114000, 110000)


def test_it_grows_once_by_the_chosen_amount():
    chip = Chip()
    before, after = on(chip, lambda: growth.grow(32768))
    assert before == 56000 and after - before == 32768


def test_a_board_with_enough_does_not_grow():
    assert on(Chip(total=4000000), lambda: growth.grow(32768)) is None
    assert on(Chip(), lambda: growth.grow(0)) is None
