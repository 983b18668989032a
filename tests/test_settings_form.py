"""The settings form: what was typed becomes settings, or a sentence beside its field."""

from core.networks import listed
from core.settings import DEFAULTS
from core.settings_form import read_form

KEY = "ABCDEFGHIJKLMN09"
FIELDS = {"ssid": b"Home", "password": b"correct horse", "api_key": KEY.encode()}
AROUND = listed([(b"Home", b"", 6, -50, 3, False), (b"Cafe", b"", 6, -60, 0, False), (b"Office", b"", 6, -60, 5, False)])
WORKING = dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key=KEY, channel_id=7, units="F")


def typed(**changes):
    fields = dict(FIELDS)
    for name, value in changes.items():
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = value
    return fields


def errors_of(current=None, networks=(), **changes):
    return read_form(typed(**changes), current, networks)[1]


def test_the_least_form_gives_settings_with_the_defaults():
    settings, errors = read_form(FIELDS)
    assert errors == {}
    assert settings == dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key=KEY)


def test_a_whole_form_is_taken_over():
    settings, errors = read_form(
        typed(
            interval_s=b"300",
            name=" Cellar ".encode(),
            units=b"F",
            sensor=b"dht11",
            temperature_offset_c=b"-0,5",
            humidity_offset_pct=b"2",
            https=b"no",
        )
    )
    assert errors == {}
    assert (settings["interval_s"], settings["name"], settings["units"], settings["sensor"]) == (300, "Cellar", "F", "dht11")
    assert (settings["temperature_offset_c"], settings["humidity_offset_pct"], settings["https"]) == (-0.5, 2.0, False)


def test_a_network_chosen_from_the_list_wins_over_a_typed_name():
    assert read_form(typed(network=b"fffe"))[0]["ssid"] == b"\xff\xfe"
    assert read_form(typed(network=b"other"))[0]["ssid"] == b"Home"
    assert read_form(typed(network=b""))[0]["ssid"] == b"Home"


def test_a_pasted_key_is_mended():
    settings, _ = read_form(typed(api_key=" abcd efgh\tijkl mn09\n".encode()))
    assert settings["api_key"] == KEY
    for pasted in (
        "\u200b%s\u00a0" % KEY, "\ufeff" + KEY, KEY[:8] + "\u00ad\u2060" + KEY[8:],
        "https://api.thingspeak.com/update?api_key=%s&field1=0" % KEY, "GET /update?API_KEY=%s" % KEY.lower(),
    ):  # fmt: skip
        settings, errors = read_form(typed(api_key=pasted.encode()))
        assert settings["api_key"] == KEY and not errors, pasted


def test_numbers_come_as_people_write_them():
    for written, number in (("-0,5", -0.5), ("\u22120.5", -0.5), (" 1,25 ", 1.25)):
        assert read_form({"temperature_offset_c": written.encode()}, WORKING)[0]["temperature_offset_c"] == number, written


def test_a_password_that_an_open_network_does_not_want_is_dropped():
    settings, errors = read_form(typed(password=b"correct horse"), None, [{"ssid": b"Home", "security": "open"}])
    assert settings["password"] == "" and not errors


def test_each_wrong_field_gets_its_own_sentence():
    cases = (
        ("ssid", {"ssid": None}),
        ("ssid", {"ssid": b""}),
        ("ssid", {"ssid": b"x" * 33}),
        ("ssid", {"network": b"zz"}),
        ("ssid", {"network": b"\xff"}),
        ("ssid", {"network": b"00" * 33}),
        ("ssid", {"network": b"other", "ssid": None}),
        ("password", {"password": b"short"}),
        ("password", {"password": b"x" * 64}),
        ("password", {"password": b"\xff" * 10}),
        ("password", {"password": b"with\nnewline"}),
        ("api_key", {"api_key": None}),
        ("api_key", {"api_key": b"  "}),
        ("api_key", {"api_key": b"ABC"}),
        ("api_key", {"api_key": b"\xff"}),
        ("api_key", {"api_key": b"ABCDEFGHIJKLMN0-"}),
        ("interval_s", {"interval_s": b"14"}),
        ("interval_s", {"interval_s": b"86401"}),
        ("interval_s", {"interval_s": b"1e3"}),
        ("interval_s", {"interval_s": b"-60"}),
        ("interval_s", {"interval_s": b"\xff"}),
        ("interval_s", {"interval_s": "٣٠٠".encode()}),
        ("name", {"name": b"\xff"}),
        ("name", {"name": b"n" * 33}),
        ("name", {"name": b"a\x07b"}),
        ("units", {"units": b"K"}),
        ("sensor", {"sensor": b"bme280"}),
        ("https", {"https": b"maybe"}),
        ("temperature_offset_c", {"temperature_offset_c": b"nan"}),
        ("temperature_offset_c", {"temperature_offset_c": b"warm"}),
        ("humidity_offset_pct", {"humidity_offset_pct": b"51"}),
    )
    for name, changes in cases:
        errors = errors_of(**changes)
        assert list(errors) == [name], (changes, errors)
        assert errors[name].endswith(".") and len(errors[name]) > 10


def test_a_short_key_is_told_its_length():
    assert "has 15" in errors_of(api_key=KEY[:15].encode())["api_key"].replace("this one ", "")


def test_only_an_open_network_needs_no_password():
    assert "password" in errors_of(networks=AROUND, password=b"")
    assert read_form(typed(ssid=b"Cafe", password=b""), None, AROUND)[0]["password"] == ""
    assert read_form(typed(ssid=b"Unseen", password=b""), None, AROUND)[0]["password"] == ""


def test_a_company_network_is_refused_before_it_is_tried():
    errors = errors_of(networks=AROUND, ssid=b"Office")
    assert list(errors) == ["ssid"] and "wpa2-enterprise" in errors["ssid"]


def test_empty_secrets_stay_as_they_are():
    settings, errors = read_form({"password": b"", "api_key": b"", "interval_s": b"120"}, WORKING)
    assert errors == {}
    assert settings == dict(WORKING, interval_s=120)


def test_another_network_does_not_inherit_the_password():
    settings, _ = read_form({"ssid": b"Unseen"}, WORKING)
    assert settings["password"] == ""
    assert "password" in read_form({"ssid": b"Home"}, dict(WORKING, ssid=b"Old"), AROUND)[1]


def test_a_password_typed_beside_a_wrong_name_is_kept():
    draft, errors = read_form(typed(ssid=b"x" * 33))
    assert "ssid" in errors and draft["password"] == "correct horse"
    settings, errors = read_form({"ssid": b"Home"}, draft, AROUND)
    assert errors == {} and settings["password"] == "correct horse"


def test_another_key_forgets_the_channel():
    assert read_form({"api_key": b"Z" * 16}, WORKING)[0]["channel_id"] is None
    assert read_form({"api_key": KEY.encode()}, WORKING)[0]["channel_id"] == 7


def test_what_it_starts_from_is_left_alone():
    before = dict(WORKING)
    read_form(typed(units=b"C", name=b"x"), WORKING)
    assert WORKING == before


def test_no_sentence_repeats_a_secret():
    errors = errors_of(password=b"hush", api_key=b"SECRETSECRET")
    assert "hush" not in str(errors) and "SECRET" not in str(errors)
