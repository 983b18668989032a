from core.heartbeat import Heartbeats


def test_a_loop_that_stops_is_named():
    hearts = Heartbeats({"measuring": 60, "uploading": 900})
    hearts.beat("measuring", 0)
    hearts.beat("uploading", 0)
    assert hearts.overdue(60) is None
    assert hearts.overdue(61) == "measuring"
    hearts.beat("measuring", 61)
    assert hearts.overdue(121) is None
    hearts.beat("measuring", 900)
    assert hearts.overdue(901) == "uploading"


def test_a_loop_is_watched_from_its_first_beat():
    hearts = Heartbeats({"measuring": 60})
    assert hearts.overdue(10000) is None
