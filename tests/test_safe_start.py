from core.safe_start import LAST_GOOD, NORMAL, PORTAL_ONLY, sentence, verdict


def test_five_bad_starts_bring_back_the_last_good_settings_and_five_more_only_the_portal():
    assert [verdict(bad_starts) for bad_starts in (0, 4, 5, 9, 10, 250)] == [NORMAL, NORMAL, LAST_GOOD, LAST_GOOD, PORTAL_ONLY, PORTAL_ONLY]


def test_the_person_is_told_why():
    assert sentence(NORMAL, "power") is None
    assert "5 times" in sentence(LAST_GOOD, "watchdog: uploading") and "watchdog: uploading" in sentence(LAST_GOOD, "watchdog: uploading")
    assert "10 times" in sentence(PORTAL_ONLY, "crash") and "set-up" in sentence(PORTAL_ONLY, "crash")
