import sys

from core.memory import LONGEST_SHORT_S, SHORT_S, Shortage, can_allocate


def test_a_small_block_can_be_had_and_a_huge_one_cannot():
    assert can_allocate(16)
    assert not can_allocate(sys.maxsize // 4)


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
