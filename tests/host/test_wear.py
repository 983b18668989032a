"""The flash write budget: how its years are counted, and that they are enough."""

import wear

MEASURED = {"uptime_s": 8640, "writes": 2000, "written_bytes": 1 << 20, "erases": 100, "free_blocks": 500, "most_erases_of_a_block": 2}


def test_a_measurement_is_stretched_to_a_day():
    assert wear.per_day(MEASURED, "erases") == 1000


def test_years_are_counted_from_the_erases_a_block_lasts():
    even, worst = wear.years(MEASURED)
    assert round(even) == round(100_000 / (1000 / 500) / 365.25)
    assert round(worst) == round(100_000 / 20 / 365.25)
    assert wear.years({**MEASURED, "erases": 0})[0] > even


def test_the_flash_lasts_ten_years_at_the_default_interval():
    measured = wear.measured(hours=0.5, speed=40)
    print("\n".join(wear.report(measured, 60)))
    assert measured["erases"] > 0
    assert wear.years(measured)[0] > 10
