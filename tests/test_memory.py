import gc
import sys

from core import memory
from core.memory import GROWN_BYTES, LEFT_BYTES, LONGEST_SHORT_S, SHORT_S, Shortage, ask, can_allocate, free, has_free, has_grown


def test_a_small_block_can_be_had_and_a_huge_one_cannot():
    assert can_allocate(16)
    assert not can_allocate(sys.maxsize // 4)


def told(bytes_free, run):
    """What `run()` returns while that is all that can be had without growing."""
    ask(lambda: bytes_free)
    try:
        return run()
    finally:
        memory._tellers.clear()


def test_what_would_make_the_heap_grow_is_not_to_be_had():
    assert told(5000, free) == 5000
    assert told(5000, lambda: has_free(5000)) and not told(4999, lambda: has_free(5000))
    assert told(512 + LEFT_BYTES, lambda: can_allocate(512)) and not told(511 + LEFT_BYTES, lambda: can_allocate(512))
    assert told(-4000, lambda: not has_free(0)), "it has grown already"


def test_where_nobody_tells_the_collector_does():
    assert free() is None if not hasattr(gc, "mem_free") else free() > 0
    assert told(None, lambda: has_free(1 << 40))


def test_a_heap_that_is_larger_than_it_was_made_has_grown():
    assert not has_grown(87648, 87648 + GROWN_BYTES) and has_grown(87648, 87649 + GROWN_BYTES)
    assert not has_grown(None, 4000000)


def test_a_shortage_is_worth_a_restart_at_a_quiet_moment():
    shortage = Shortage()
    assert not shortage.restart_due(enough=False, quiet=True, now=0)
    assert not shortage.restart_due(enough=False, quiet=True, now=SHORT_S - 1)
    assert not shortage.restart_due(enough=False, quiet=False, now=SHORT_S)
    assert shortage.restart_due(enough=False, quiet=True, now=SHORT_S)


def test_a_shortage_that_lasts_does_not_wait_for_a_quiet_moment():
    shortage = Shortage()
    shortage.restart_due(enough=False, quiet=False, now=0)
    assert shortage.restart_due(enough=False, quiet=False, now=LONGEST_SHORT_S)


def test_a_shortage_that_passes_is_forgotten():
    shortage = Shortage()
    shortage.restart_due(enough=False, quiet=True, now=0)
    assert not shortage.restart_due(enough=True, quiet=True, now=SHORT_S)
    assert not shortage.restart_due(enough=False, quiet=True, now=SHORT_S + 1)
