"""The settings form: what was typed becomes settings, or a code for its field."""

from core import settings_form
from core.networks import listed
from core.settings import DEFAULTS

KEY = "ABCDEFGHIJKLMN09"
FIELDS = {"ssid": "Home", "password": "correct horse", "api_key": KEY}
AROUND = listed([(b"Home", b"", 6, -50, 3, False), (b"Cafe", b"", 6, -60, 0, False), (b"Office", b"", 6, -60, 5, False)])
WORKING = dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key=KEY, channel_id=7, units="F")
PLAIN = dict(WORKING, https=False)


def typed(**changes):
    fields = dict(FIELDS)
    for name, value in changes.items():
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = value
    return fields


def read_form(fields, start=DEFAULTS, networks=()):
    return settings_form.read_form(fields, start, networks)


def errors_of(networks=(), **changes):
    return read_form(typed(**changes), DEFAULTS, networks)[1]


def test_the_least_form_gives_settings_with_the_defaults():
    settings, errors = read_form(FIELDS)
    assert errors == {}
    assert settings == dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key=KEY)


def test_a_whole_form_is_taken_over():
    settings, errors = read_form(
        typed(
            interval_s="300",
            name=" Cellar ",
            units="f",
            sensor="DHT11",
            temperature_offset_c="-0,5",
            humidity_offset_pct="2",
            temperature_slope="1,02",
            humidity_slope="1",
            pin="4",
            https="no",
        )
    )
    assert errors == {}
    assert (settings["interval_s"], settings["name"], settings["units"], settings["sensor"]) == (300, "Cellar", "F", "dht11")
    assert (settings["temperature_slope"], settings["humidity_slope"], settings["pin"]) == (1.02, 1, 4)
    assert (settings["temperature_offset_c"], settings["humidity_offset_pct"], settings["https"]) == (-0.5, 2.0, False)


def test_a_network_chosen_from_the_list_wins_over_a_typed_name():
    assert read_form(typed(network="fffe"))[0]["ssid"] == b"\xff\xfe"
    assert read_form(typed(network="436166E9", ssid_hex="00"))[0]["ssid"] == b"Caf\xe9"
    assert read_form(typed(network="other"))[0]["ssid"] == b"Home"
    assert read_form(typed(network=""))[0]["ssid"] == b"Home"
    assert read_form(typed(ssid_hex="436166E9"))[0]["ssid"] == b"Caf\xe9"


def test_a_pasted_key_is_understood():
    url = "https://api.thingspeak.com/update?api_key=%s&field1=0" % KEY
    for pasted in (
        " abcd efgh\tijkl mn09\n",
        "\u200b\ufeff%s\u00a0" % KEY,
        "ABCD\u00adEFGH\u2060IJKL\u202fMN09\u200e",
        url,
        url.replace("https", "GET  https"),
        url.lower(),
        "\u200b" + url + "\r\n",
        "API_KEY = no, api_key=" + KEY,
        "Write API Key: %s." % KEY,
        '"%s"' % KEY,
        "\u2022 " + KEY,
        "X-THINGSPEAKAPIKEY: " + KEY,
        url.replace("=", "%3D").replace("&", "%26"),
        "%20" + KEY + "%20",
    ):
        settings, errors = read_form(typed(api_key=pasted))
        assert errors == {} and settings["api_key"] == KEY, pasted


def test_what_was_shown_of_a_name_that_is_no_text_leaves_it_as_it_is():
    current = dict(WORKING, ssid=b"Caf\xe9")
    assert read_form({"ssid": "Caf\ufffd", "units": "C"}, current) == (dict(current, units="C"), {})


def test_numbers_are_understood_as_people_and_programs_write_them():
    for written, value in (("\u22120,5", -0.5), ("–0.5", -0.5), (" +1 ", 1.0), ("\u00a02", 2.0), (".5", 0.5), ("-20", -20.0), (
        "\u2009\uff0d1\u202f0\u200b", -10.0), ("\ufeff\u20105", -5.0)):  # fmt: skip
        settings, errors = read_form(typed(temperature_offset_c=written))
        assert errors == {} and settings["temperature_offset_c"] == value, written
    for written in ("300", "300.0", "300,0", " 300\u00a0"):
        settings, errors = read_form(typed(interval_s=written))
        assert errors == {} and settings["interval_s"] == 300 and type(settings["interval_s"]) is int, written


def test_each_wrong_field_gets_its_own_code():
    cases = (
        ("ssid", "required", {"ssid": None}),
        ("ssid", "required", {"ssid": ""}),
        ("ssid", "required", {"network": "other", "ssid": None}),
        ("ssid", "too_long", {"ssid": "x" * 33}),
        ("ssid", "too_long", {"network": "00" * 33}),
        ("ssid", "not_a_choice", {"network": "zz"}),
        ("ssid", "not_a_choice", {"network": "\xff"}),
        ("ssid", "not_a_choice", {"ssid_hex": "zz"}),
        ("password", "too_short", {"password": "short"}),
        ("password", "too_long", {"password": "x" * 64}),
        ("password", "not_text", {"password": "\x7f" * 10}),
        ("password", "not_text", {"password": "with\nnewline"}),
        ("api_key", "required", {"api_key": None}),
        ("api_key", "required", {"api_key": "  "}),
        ("api_key", "required", {"api_key": "\u200b"}),
        ("api_key", "not_a_key", {"api_key": "ABC"}),
        ("api_key", "not_a_key", {"api_key": "--"}),
        ("api_key", "not_a_key", {"api_key": "X-THINGSPEAKAPIKEY:"}),
        ("api_key", "required", {"api_key": "\xff"}),
        ("api_key", "not_a_key", {"api_key": "ABCDEFGHIJKLMN0-"}),
        ("api_key", "not_a_key", {"api_key": "ABCDEFGHIJKLMN091"}),
        ("api_key", "not_a_key", {"api_key": "ABCDEFGHIJKLMN09 or ABCDEFGHIJKLMN08"}),
        ("api_key", "not_a_key", {"api_key": "https://api.thingspeak.com/update?api_key=XXX&f=ABCDEFGHIJKLMN09"}),
        ("interval_s", "out_of_range", {"interval_s": "14"}),
        ("interval_s", "out_of_range", {"interval_s": "86401"}),
        ("interval_s", "out_of_range", {"interval_s": "-60"}),
        ("interval_s", "out_of_range", {"interval_s": "9" * 60}),
        ("interval_s", "not_a_number", {"interval_s": "1e3"}),
        ("interval_s", "not_a_number", {"interval_s": "60.5"}),
        ("interval_s", "not_a_number", {"interval_s": "15.000"}),
        ("interval_s", "not_a_number", {"interval_s": "\xff"}),
        ("name", "not_text", {"name": "a\x07b"}),
        ("name", "too_long", {"name": "n" * 33}),
        ("units", "not_a_choice", {"units": "K"}),
        ("sensor", "not_a_choice", {"sensor": "bme280"}),
        ("https", "not_a_choice", {"https": "maybe"}),
        ("temperature_offset_c", "out_of_range", {"temperature_offset_c": "nan"}),
        ("temperature_offset_c", "not_a_number", {"temperature_offset_c": "warm"}),
        ("temperature_offset_c", "not_a_number", {"temperature_offset_c": "1-"}),
        ("humidity_offset_pct", "out_of_range", {"humidity_offset_pct": "51"}),
        ("temperature_slope", "out_of_range", {"temperature_slope": "0.4"}),
        ("humidity_slope", "not_a_number", {"humidity_slope": "much"}),
        ("pin", "out_of_range", {"pin": "49"}),
        ("pin", "not_a_number", {"pin": "GPIO 4"}),
    )
    for name, code, changed in cases:
        draft, errors = read_form(typed(**changed))
        assert errors == {name: code}, (changed, errors)
        assert draft[name] == DEFAULTS[name], changed


def test_a_file_in_which_nothing_is_known_is_told_so():
    for fields in ({}, {"colour": "red"}, {"phone_time": "1790000000000"}, {"version": "1", "channel_id": "5"}, {"units": ""}):
        assert read_form(fields, WORKING) == (WORKING, {"form": "unknown"}), fields
    assert read_form({"colour": "red", "units": "C"}, WORKING) == (dict(WORKING, units="C"), {})


def test_only_an_open_network_needs_no_password():
    assert errors_of(networks=AROUND, password="") == {"password": "required"}
    assert read_form(typed(ssid="Cafe", password=""), DEFAULTS, AROUND)[0]["password"] == ""
    assert read_form(typed(ssid="Unseen", password=""), DEFAULTS, AROUND)[0]["password"] == ""


def test_a_password_for_an_open_network_is_not_wanted_and_not_kept():
    for password in ("correct horse", "short", "\x7f"):
        for start in (DEFAULTS, WORKING, dict(WORKING, ssid=b"Cafe")):
            for where in ({"ssid": "Cafe"}, {"network": "43616665"}, {"ssid_hex": "43616665"}):
                draft, errors = read_form(dict(typed(ssid="", password=password), **where), start, AROUND)
                is_kept = password == start["password"] and start["ssid"] == b"Cafe" and "network" not in where
                assert errors == ({} if is_kept else {"password": "password_not_wanted"}), (where, start)
                assert draft["password"] == (password if is_kept else ""), (where, start)
    assert read_form({"ssid": "Cafe"}, WORKING, AROUND) == (dict(WORKING, ssid=b"Cafe", password=""), {})
    assert errors_of(ssid="Unseen", open="yes") == {"password": "password_not_wanted"}, "one that is said to be open takes none either"


def test_a_known_network_that_is_protected_now_needs_a_password_at_once():
    open_once = dict(WORKING, password="")
    for fields in ({"ssid": "Home"}, {"network": "486f6d65"}, {"ssid": "Home", "password": ""}, {"ssid_hex": "486f6d65", "open": "yes"}):
        assert read_form(fields, open_once, AROUND)[1] == {"password": "required"}, fields


def test_a_hidden_network_can_be_said_to_be_open():
    assert read_form({"open": "yes"}, WORKING) == (dict(WORKING, password=""), {})
    assert read_form({"open": "no", "units": "F"}, WORKING) == (WORKING, {})


def test_a_network_in_sight_that_needs_a_password_is_not_open_because_somebody_says_so():
    assert errors_of(networks=AROUND, password="", open="yes") == {"password": "required"}


def test_a_network_that_stands_in_for_ours_without_a_password_does_not_take_ours_away():
    stranger = listed([(b"Home", b"", 6, -20, 0, False)])
    for fields in ({"ssid": "Home", "units": "F"}, {"ssid": "Home", "password": "correct horse"}):
        assert read_form(fields, WORKING, stranger) == (WORKING, {}), fields
    assert read_form({"password": "a new one"}, WORKING, stranger)[1] == {"password": "password_not_wanted"}
    assert read_form({"network": "486f6d65"}, WORKING, stranger)[0]["password"] == "", "chosen from the list, it is meant"


def test_a_company_network_is_refused_before_it_is_tried():
    for password in ("", "correct horse"):
        assert errors_of(networks=AROUND, ssid="Office", password=password) == {"ssid": "security_not_supported"}


def test_what_is_empty_or_left_out_stays_as_it_is():
    settings, errors = read_form({"ssid": "", "password": "", "api_key": "", "name": " ", "interval_s": "120"}, WORKING)
    assert errors == {}
    assert settings == dict(WORKING, interval_s=120)


def test_a_kept_password_never_follows_to_another_network():
    assert read_form({"ssid": "Unseen", "password": ""}, WORKING) == (dict(WORKING, ssid=b"Unseen", password=""), {})
    assert read_form({"ssid": "Unseen"}, WORKING) == (dict(WORKING, ssid=b"Unseen", password=""), {"password": "type_again"})
    draft, errors = read_form({"ssid": "Home"}, dict(WORKING, ssid=b"Old"), AROUND)
    assert errors == {"password": "required"} and draft["password"] == ""
    draft, errors = read_form({"ssid": "Thief", "password": "short"}, WORKING)
    assert errors == {"password": "too_short"} and draft["password"] == "", "nor beside a wrong one"
    draft, errors = read_form({"ssid": "x" * 33}, WORKING)
    assert errors == {"ssid": "too_long"} and draft["password"] == "", "nor on the way over a wrong name"
    assert read_form({"ssid": "Thief"}, draft)[0]["password"] == ""


def test_a_kept_key_never_follows_to_where_it_can_be_read():
    for fields, current in (
        ({"https": "no"}, WORKING),
        ({"https": "no", "ssid": "Thief", "password": ""}, WORKING),
        ({"ssid": "Thief", "password": "12345678"}, PLAIN),
    ):
        draft, errors = read_form(fields, current)
        assert errors == {"api_key": "type_again"} and draft["api_key"] == "", fields
        assert read_form(fields, draft)[1] == {"api_key": "required"}, "nor at the second try"
        again = dict(fields)
        again["api_key"] = KEY
        assert read_form(again, current)[1] == {}
    assert read_form({"https": "no", "units": "C"}, PLAIN) == (dict(PLAIN, units="C"), {})
    assert read_form({"https": "yes"}, PLAIN) == (WORKING, {})
    assert read_form({"ssid": "New", "password": "12345678"}, WORKING)[1] == {}, "over HTTPS nobody reads it"


def test_a_password_typed_beside_a_wrong_name_is_kept():
    draft, errors = read_form(typed(ssid="x" * 33))
    assert "ssid" in errors and draft["password"] == "correct horse"
    settings, errors = read_form({"ssid": "Home"}, draft, AROUND)
    assert errors == {} and settings["password"] == "correct horse"


def test_another_key_forgets_the_channel():
    assert read_form({"api_key": "Z" * 16}, WORKING)[0]["channel_id"] is None
    assert read_form({"api_key": KEY}, WORKING)[0]["channel_id"] == 7


def test_the_sensor_by_its_other_name_is_the_same_sensor():
    assert read_form(typed(sensor="AM2302"))[0]["sensor"] == "dht22"


def test_what_it_starts_from_is_left_alone():
    before = dict(WORKING, from_the_future=[1])
    draft, _ = read_form(typed(units="C", name="x"), before)
    assert before == dict(WORKING, from_the_future=[1]) and draft["from_the_future"] == [1]


def test_no_code_repeats_a_secret():
    errors = errors_of(password="hush", api_key="SECRETSECRET")
    assert "hush" not in str(errors) and "SECRET" not in str(errors)


def test_a_country_is_two_letters():
    assert read_form(typed(country=" de "))[0]["country"] == "DE"
    for country in ("d", "deu", "d-", "ée"):
        assert errors_of(country=country)["country"] in ("not_a_choice", "not_text"), country


FIXED = {"address": "192.168.1.20", "netmask": "255.255.255.0", "gateway": "192.168.1.1", "dns": "9.9.9.9"}


def test_a_fixed_address_is_four_addresses_that_fit_together():
    cases = (
        (None, {}),
        (None, {"netmask": "255.255.255.252", "address": "192.168.1.2"}),
        (None, {"netmask": "128.0.0.0", "gateway": "193.0.0.1"}),
        (None, {"address": "10.255.255.254", "netmask": "255.0.0.0", "gateway": "10.0.0.1", "dns": "10.0.0.1"}),
        ("out_of_range", {"address": "192.168.2.20"}),
        ("out_of_range", {"address": "192.168.1.1"}),
        ("out_of_range", {"address": "192.168.1.0"}),
        ("out_of_range", {"address": "192.168.1.255"}),
        ("out_of_range", {"gateway": "192.168.1.0"}),
        ("out_of_range", {"gateway": "192.168.1.255"}),
        ("out_of_range", {"gateway": "192.168.0.1"}),
        ("out_of_range", {"netmask": "255.255.255.240"}),
        ("out_of_range", {"netmask": "0.0.0.0"}),
        ("out_of_range", {"netmask": "255.255.255.254"}),
        ("out_of_range", {"netmask": "255.255.255.255"}),
        ("out_of_range", {"netmask": "255.0.255.0"}),
        ("out_of_range", {"netmask": "0.0.0.255"}),
        ("out_of_range", {"netmask": "24"}),
        ("out_of_range", {"address": "127.0.0.2", "gateway": "127.0.0.1"}),
        ("out_of_range", {"address": "224.0.0.2", "gateway": "224.0.0.1"}),
        ("out_of_range", {"address": "0.0.0.2", "gateway": "0.0.0.1"}),
        ("out_of_range", {"dns": "255.255.255.255"}),
        ("out_of_range", {"more": "1"}),
    )
    for code, changes in cases:
        static = dict(FIXED, **changes)
        settings, errors = read_form({"static": static}, WORKING)
        assert errors == ({"static": code} if code else {}), changes
        assert settings["static"] == (None if code else static)
    without = dict(FIXED)
    del without["dns"]
    for wrong in (without, {}, [], 5, True, "192.168.1.20"):
        assert read_form({"static": wrong}, WORKING)[1] == {"static": "out_of_range"}, wrong
    texts = ("", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "01.2.3.4", "1.2.3.4\n", " 1.2.3.4", "1.2.3.4a", "1,2,3,4")
    for wrong in texts + ("9" * 99 + ".2.3.4", "\u0661.2.3.4", "1.2.3.", None, 7, ["1.2.3.4"], {}):
        for name in FIXED:
            assert read_form({"static": dict(FIXED, **{name: wrong})}, WORKING)[1] == {"static": "out_of_range"}, (name, wrong)


def test_a_fixed_address_stays_with_its_network_and_null_means_that_the_router_gives_one():
    fixed = dict(WORKING, static=FIXED)
    assert read_form({"units": "C"}, fixed)[0]["static"] == FIXED
    assert read_form({"static": ""}, fixed)[0]["static"] == FIXED, "empty means unchanged"
    assert read_form({"static": None}, fixed) == (WORKING, {})
    assert read_form({"ssid": "Holiday", "password": "sea and sand"}, fixed)[0]["static"] is None
    assert read_form({"ssid": "Holiday", "password": "sea and sand", "static": FIXED})[0]["static"] == FIXED
