"""The web app, asked as browsers, phones and scripts ask it."""

import asyncio
import json

from core.networks import listed
from core.reading import Reading
from core.settings import DEFAULTS
from fake_device import KEY, NOW_S, PASSWORD, SECRETS, UPTIME_S, Device, ask, log_in, reading, request_of
from microdot import HTTPException, NoCaseDict, Request
from portal.settings import sent
from trial import start
from visitor import Answer, Visitor

FORM = "network=486f6d65&password=correct+horse&api_key=" + KEY
SCRIPT = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,*/*"}


def hotspot(device, method, path, body=None, headers=None):
    return ask(device, method, path, body, headers, "hotspot")


def started(device):
    """What a trial of settings tells that has just begun."""
    assert start(device, device.settings or dict(DEFAULTS, ssid=b"Home", api_key=KEY))
    return device.trial.told


# the routes


def test_the_address_alone_leads_to_the_readings():
    answer = ask(Device(), "GET", "/")
    assert (answer.status, answer.headers["Location"]) == (302, "/readings")


def test_what_is_unknown_is_not_found():
    for path in (
        "/nothing", "/settings/nothing", "/static/a/b", "/api", "/api/", "/api/readings/now", "/readings/", "/../settings.json",
        "/api/update2", "/setup/other", "//",
    ):  # fmt: skip
        for method in ("GET", "PUT", "OPTIONS"):
            answer = ask(Device(), method, path)
            assert (answer.status, answer.json) == (404, {"error": "not_found"}), path


def test_what_does_not_fit_is_told_what_would():
    for method, path, allowed in (
        ("PUT", "/readings", "GET"),
        ("DELETE", "/api/readings", "GET"),
        ("PUT", "/api/settings", "GET, HEAD, POST"),
        ("PUT", "/setup", "GET, HEAD, POST"),
        ("GET", "/setup/keep", "POST"),
        ("GET", "/api/restart", "POST"),
        ("GET", "/logout", "POST"),
        ("OPTIONS", "/readings", "GET"),
        ("OPTIONS", "/api/settings", "GET, HEAD, POST"),
        ("OPTIONS", "/api/restart", "POST"),
    ):
        answer = ask(Device(), method, path)
        assert answer.status == 405 and answer.headers["Allow"].startswith(allowed), path


def test_a_change_takes_a_log_in_at_home_and_none_on_the_hotspot():
    for path in ("/setup", "/setup/keep", "/setup/retry", "/api/settings", "/api/restart", "/api/setup-mode", "/api/erase", "/api/update"):
        device = Device()
        answer = ask(device, "POST", path, {"name": "Mine", "what": "everything", "confirm": True})
        assert (answer.status, answer.json) == (401, {"error": "login_needed"}), path
        assert device.done == [] and device.trial is None and device.settings["name"] == "Cellar", path
        assert hotspot(Device(), "POST", path, {"name": "Mine"}).status != 401, path
    for path in ("/api/settings", "/api/diagnostics", "/api/update"):
        assert ask(Device(), "GET", path).status == 401, path
        assert hotspot(Device(), "GET", path).status == 200, path
        device = Device()
        assert ask(device, "GET", path, None, log_in(device)).status == 200, path


def test_an_update_is_taken_as_it_comes_and_leads_to_a_restart():
    for size in (100, 3000, 100_000):
        device = Device()
        answer = ask(device, "POST", "/api/update", "u" * size, dict(log_in(device), **{"Content-Type": "application/octet-stream"}))
        assert (answer.status, answer.json) == (202, {"state": "restarting"}), size
        assert device.done == ["update of %d bytes" % size]


def test_an_update_that_cannot_be_used_changes_nothing():
    for code in ("not_a_bundle", "damaged"):
        device = Device()
        answer = ask(device, "POST", "/api/update", "bad%s." % code + "u" * 3000, log_in(device))
        assert (answer.status, answer.json) == (400, {"error": code})
        assert device.done == []
    assert ask(Device(), "POST", "/api/update", "x", {"Content-Length": "600000"}).status == 413
    assert ask(Device(), "POST", "/api/settings", "x", {"Content-Length": "3000"}).status == 413


def test_readings_can_be_had_through_both_doors_in_both_modes():
    for path in ("/api/readings", "/api/history?span=1h", "/readings.csv", "/metrics", "/api/setup", "/api/networks", "/setup/verdict"):
        for device in (Device(), Device(settings=None)):
            assert ask(device, "GET", path).status == hotspot(device, "GET", path).status == 200, path


def test_no_answer_ever_has_a_secret_in_it():
    device = Device([reading(60)])
    device.log("a line about %s" % KEY)
    device.draft = dict(device.settings, password="another secret", api_key="OTHERKEY01234567"), None
    headers = log_in(device)
    for path in ("/api/readings", "/metrics", "/api/settings", "/api/diagnostics", "/api/setup", "/setup/verdict", "/api/networks"):
        text = ask(device, "GET", path, None, headers).text
        for secret in SECRETS + ("another secret", "OTHERKEY01234567"):
            assert secret not in text, path


# foreign hosts


def foreign(host, path, door="hotspot", method="GET"):
    return ask(Device(settings=None), method, path, None, {"Host": host}, door)


def test_every_probe_is_led_to_the_portal():
    for host, path in (
        ("connectivitycheck.gstatic.com", "/generate_204"),
        ("www.google.com", "/gen_204"),
        ("captive.apple.com", "/hotspot-detect.html"),
        ("www.apple.com", "/library/test/success.html"),
        ("www.msftconnecttest.com", "/connecttest.txt"),
        ("www.msftncsi.com", "/ncsi.txt"),
        ("www.msftconnecttest.com", "/redirect"),
        ("detectportal.firefox.com", "/canonical.html"),
        ("nmcheck.gnome.org", "/check_network_status.txt"),
        ("connectivity-check.ubuntu.com", "/"),
        ("network-test.debian.org", "/nm"),
        ("fedoraproject.org", "/static/hotspot.txt"),
        ("spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html"),
        ("", "/"),
    ):
        answer = foreign(host, path)
        assert (answer.status, answer.headers["Location"]) == (302, "http://192.168.4.1/"), host
        assert len(answer.body) > 20, "iOS wants a body"
        assert answer.headers["Cache-Control"] == "no-store"
    assert foreign("captive.apple.com", "/", method="HEAD").body == b""


def test_noise_is_answered_in_a_few_bytes():
    for host, path in (
        ("wpad.home", "/wpad.dat"),
        ("autodiscover.example.com", "/autodiscover/autodiscover.xml"),
        ("ctldl.windowsupdate.com", "/msdownload/update/v3/static/trustedr/en/authrootstl.cab"),
        ("OCSP.digicert.com", "/"),
        ("redirector.gvt1.com", "/edgedl/"),
        ("example.com", "/favicon.ico"),
    ):
        answer = foreign(host, path)
        assert answer.status == 404 and len(answer.body) < 20, host


def test_a_foreign_host_at_home_is_told_the_right_addresses():
    answer = foreign("evil.example", "/", "home")
    assert answer.status == 421 and "Location" not in answer.headers
    assert b"http://dewlog-a1b2c3.local/" in answer.body and b"http://192.168.1.57/" in answer.body


# readings


def test_the_readings_have_the_names_of_the_contract():
    document = ask(Device(), "GET", "/api/readings").json
    assert (document["name"], document["mode"]) == ("Cellar", "station")
    assert document["time"] == "2026-11-18T11:06:37Z"
    assert (document["temperature_c"], document["humidity_pct"]) == (21.4, 48.0)
    assert 9 < document["dew_point_c"] < 11
    assert (document["age_s"], document["quality"], document["problem"]) == (3, "ok", None)
    assert document["raw"] == {"temperature_c": 21.0, "humidity_pct": 48.0}
    assert document["settings"] == {"interval_s": 60, "units": "C"}
    assert document["upload"] == {
        "state": "ok", "last_entry_id": 42, "last_time": "2026-11-18T11:06:20Z", "waiting": 0, "sent": 40, "dropped": 0, "channel_id": 1,
        "channel_url": None, "problem": None,
    }  # fmt: skip
    assert document["sensor"] == {"type": "dht22", "reads": 120, "failures": 2, "rejected": 1, "problem": None}
    assert document["device"] == {
        "version": "1.2.3 3f2a9c01", "uptime_s": UPTIME_S, "rssi_dbm": -54, "ssid": "Home", "address": "192.168.1.57",
        "hostname": "dewlog-a1b2c3.local", "heap_free": 20_000, "idf_heap_free": 90_000, "idf_heap_largest": 88_000,
        "flash_free": 900_000, "reset_cause": "power", "restarts": 0, "time_source": "ntp",
    }  # fmt: skip


def test_before_the_first_reading_everything_is_null():
    device = Device()
    device.thermometer.latest = device.thermometer.raw = None
    device.logger.code = device.thermometer.problem = "sensor_silent"
    document = ask(device, "GET", "/api/readings").json
    for name in ("time", "temperature_c", "humidity_pct", "dew_point_c", "age_s", "raw"):
        assert document[name] is None, name
    assert document["problem"] == document["sensor"]["problem"] == "sensor_silent"


def test_another_problem_is_not_the_sensors():
    device = Device()
    device.logger.code = "wifi_lost"
    document = ask(device, "GET", "/api/readings").json
    assert (document["problem"], document["sensor"]["problem"]) == ("wifi_lost", None)


def test_a_reading_that_is_too_old_shows_no_value_but_its_time():
    device = Device()
    device.thermometer.in_a_row = 8
    document = ask(device, "GET", "/api/readings").json
    assert document["temperature_c"] is None and document["dew_point_c"] is None and document["time"] == "2026-11-18T11:06:37Z"


def test_a_reading_from_before_the_clock_was_known_gets_its_time_afterwards():
    device = Device()
    device.thermometer.latest = Reading(None, UPTIME_S - 10, 7, 20.0, 50.0, 0)
    assert ask(device, "GET", "/api/readings").json["time"] == "2026-11-18T11:06:30Z"
    device.clock.now_s = None
    assert ask(device, "GET", "/api/readings").json["time"] is None


def read(event):
    assert event[:21] == b"event: reading\ndata: " and event[-2:] == b"\n\n"
    return json.loads(event[21:])


def test_a_stream_says_what_it_is_and_begins_with_the_reading_of_this_moment():
    async def watch():
        await device.site.attend(visitor, await visitor.read(512))

    device, visitor = Device(), Visitor(request_of("GET", "/api/events"))
    asyncio.run(watch())
    answer = Answer(visitor.received)
    assert answer.headers["Content-Type"] == "text/event-stream" and visitor.endless == "text/event-stream"
    assert read(answer.body)["temperature_c"] == 21.4 and not answer.is_whole, "it goes on: the server has it"
    device.thermometer.latest = Reading(NOW_S, UPTIME_S, 7, 22.0, 50.0, 0)
    assert read("".join(device.site.event()).encode())["temperature_c"] == 22.0


# history


def test_history_has_means_and_extremes_with_gaps():
    device = Device([reading(age_s, 20.0 if age_s % 120 else 22.0) for age_s in range(3600, 0, -60) if not 1000 < age_s < 2000])
    document = ask(device, "GET", "/api/history?span=1h").json
    assert (document["span"], document["step_s"], document["start"][-1]) == ("1h", 90, "Z")
    for name in ("temperature_c", "temperature_min_c", "temperature_max_c", "humidity_pct", "humidity_min_pct", "humidity_max_pct"):
        assert len(document[name]) == 40 and 9 <= document[name].count(None) <= 12 and None not in document[name][30:], name
    assert document["humidity_pct"][39] == 50.0
    assert set(document["temperature_min_c"][30:]) == {20.0, 22.0} and 21.0 in document["temperature_c"]


def test_no_history_has_more_than_360_points_and_an_unknown_span_is_refused():
    device = Device([reading(age_s) for age_s in (2_000_000, 500_000, 5000, 100)])
    for span, span_s in (("1h", 3600), ("24h", 86400), ("7d", 604800), ("30d", 2592000)):
        document = ask(device, "GET", "/api/history?span=" + span).json
        assert len(document["temperature_c"]) <= 360
        assert span_s * 0.97 < len(document["temperature_c"]) * document["step_s"] <= span_s
    for query in ("?span=2h", "?span=", "?span=24h%20"):
        answer = ask(device, "GET", "/api/history" + query)
        assert (answer.status, answer.json) == (400, {"error": "span"}), query
    assert ask(device, "GET", "/api/history").json["span"] == "24h"


def test_the_extremes_of_a_month_are_those_of_its_readings():
    ages_s = range(86400 * 3, 0, -60)
    device = Device([reading(age_s, 31.5 if age_s == 86400 else -7.25 if age_s == 90000 else 20.0) for age_s in ages_s])
    document = ask(device, "GET", "/api/history?span=30d").json
    assert device.journal.largest_read <= 1024
    assert max(value for value in document["temperature_max_c"] if value is not None) == 31.5
    assert min(value for value in document["temperature_min_c"] if value is not None) == -7.25
    points = document["temperature_c"]
    assert abs(len(points) - points.count(None) - len(points) / 10) <= 1, "3 days of 30"


def test_history_without_a_clock_ends_now_and_has_no_start():
    stamped = Reading(NOW_S - 500, 40, 5, 36.0, 50.0, 0)
    device = Device([stamped] * 50 + [Reading(None, 50, 6, 35.0, 50.0, 0), Reading(None, UPTIME_S - 120, 7, 20.0, 50.0, 0)])
    device.clock.now_s, device.clock.starts = None, {}
    document = ask(device, "GET", "/api/history?span=1h").json
    assert document["start"] is None
    assert [value for value in document["temperature_c"] if value is not None] == [20.0]
    assert document["temperature_c"][-2] == 20.0


def test_a_damaged_record_is_skipped():
    device = Device([reading(120), None, reading(60)])
    assert 20.0 in ask(device, "GET", "/api/history?span=1h").json["temperature_c"]
    assert len(ask(device, "GET", "/readings.csv").text.strip().split("\n")) == 3


def test_csv_has_every_reading_with_its_repaired_time():
    unknown = Reading(None, 10, 3, -5.5, 99.0, 1)
    device = Device([Reading(None, UPTIME_S - 60, 7, 20.25, 50.0, 0), reading(0, 21.0, 48.5), unknown])
    answer = ask(device, "GET", "/readings.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.text.split("\n") == [
        "time,temperature_c,humidity_pct,flags",
        "2026-11-18T11:05:40Z,20.25,50.00,0",
        "2026-11-18T11:06:40Z,21.00,48.50,0",
        ",-5.50,99.00,1",
        "",
    ]


def test_csv_goes_out_in_pieces_of_512_bytes_at_most():
    pieces = ask(Device([Reading(NOW_S, 1, 7, -40.0, 100.0, 255)] * 100), "GET", "/readings.csv").pieces
    assert sum(map(len, pieces)) > 3500 and max(map(len, pieces)) <= 512


def test_csv_can_be_had_for_a_while():
    # one reading an hour, the newest at 2026-11-18T11:06:40Z; the time of one cannot be told
    readings = [reading(3600 * hours, hours) for hours in range(79, -1, -1)]
    device = Device(readings[:40] + [Reading(None, 10, 3, 1.0, 1.0, 0)] + readings[40:])
    for query, lines in (
        ("", 81),
        ("?from=2026-11-18T10:06:40Z", 2),
        ("?from=2026-11-18T10:06:41", 1),
        ("?from=2026-11-18", 12),
        ("?to=2026-11-17&from=2026-11-17", 24),
        ("?from=2026-11-16T00:00:00Z&to=2026-11-16T02:06:40Z", 3),
        ("?to=2026-11-15T04:06:40Z", 1),
        ("?to=2026-01-01", 0),
        ("?from=2027-01-01", 0),
    ):
        assert ask(device, "GET", "/readings.csv" + query).text.count("\n") == 1 + lines, query
    for query, name in (("?from=yesterday", "from"), ("?to=2026-02-30", "to"), ("?from=", "from"), ("?from=2026-01-01&to=x", "to")):
        answer = ask(device, "GET", "/readings.csv" + query)
        assert (answer.status, answer.json) == (400, {"error": name}), query


# set-up


def test_a_good_form_starts_the_trial():
    device = Device(settings=None)
    answer = hotspot(device, "POST", "/setup", FORM + "&interval_s=300&name=Cellar&units=F")
    assert (answer.status, answer.headers["Location"]) == (303, "/setup")
    settings = device.trial.settings
    assert (settings["ssid"], settings["password"], settings["api_key"]) == (b"Home", "correct horse", KEY)
    assert (settings["interval_s"], settings["name"], settings["units"]) == (300, "Cellar", "F")
    assert device.draft is not None and device.settings is None


def test_a_script_is_told_in_json():
    device = Device(settings=None)
    body = {"ssid": "Home", "password": "correct horse", "api_key": KEY, "interval_s": 120}
    answer = hotspot(device, "POST", "/setup", body)
    assert (answer.status, answer.json) == (202, {"state": "running"})
    assert device.trial.settings["ssid"] == b"Home" and device.trial.settings["interval_s"] == 120
    answer = hotspot(device, "POST", "/setup", body)
    assert (answer.status, answer.json) == (409, {"error": "busy"})


def test_wrong_entries_come_back_as_codes_beside_their_fields():
    name = "n" * 33
    for body, headers in (
        ("network=other&ssid=Attic&password=short&api_key=&name=" + name, SCRIPT),
        ({"ssid": "Attic", "password": "short", "name": name}, {}),
    ):
        device = Device(settings=None)
        answer = hotspot(device, "POST", "/setup", body, headers)
        assert answer.status == 400 and device.trial is None
        assert answer.json["errors"] == {"password": "too_short", "api_key": "required", "name": "too_long"}
    answer = hotspot(Device(settings=None), "POST", "/setup", "network=other&ssid=Attic&password=short&api_key=" + KEY, BROWSER)
    assert (answer.status, answer.text) == (400, "password: too_short\n"), "a browser without scripts gets lines of text"


def test_damaged_forms_get_a_code_never_a_500():
    as_json = {"Content-Type": "application/json"}
    for body, headers, status in (
        ("ssid=%zz", {}, 400),
        ("ssid=a&ssid=b", {}, 400),
        (b"\xff\xfe=\xff", {}, 400),
        ("", {}, 400),
        ("x", as_json, 400),
        ("[]", as_json, 400),
        (b"\xff", as_json, 400),
        ("5", as_json, 400),
        ("[" * 200, as_json, 400),
        ('{"name": %s1%s}' % ("[" * 70, "]" * 70), as_json, 400),
        ('{"ssid": true}', as_json, 400),
        ("{}", {"Content-Type": "application/jsonx"}, 415),
        ('{"ssid": ["a"]}', as_json, 400),
        ('{"ssid": {}}', as_json, 400),
        ('{"name": "\\ud83d"}', as_json, 400),
        ("name=%ff%fe&units=%ff", {}, 400),
        ("ssid=a&%73sid=b", {}, 400),
        ("--x\r\nContent-Disposition: form-data\r\n", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ("x", {"Content-Type": "text/plain"}, 415),
    ):
        for path in ("/setup", "/api/settings"):
            device = Device()
            answer = hotspot(device, "POST", path, body, dict(headers, Accept="application/json"))
            assert answer.status == status and device.trial is None and device.done == [], (path, body)
            assert answer.json == {"error": "unsupported"} if status == 415 else answer.json["errors"], body


def test_what_was_typed_stays_on_the_device_and_is_never_sent_back():
    device = Device(settings=None)
    answer = hotspot(device, "POST", "/setup", FORM + "&interval_s=7&name=Cellar", SCRIPT)
    assert answer.json["errors"] == {"interval_s": "out_of_range"}
    told = hotspot(device, "GET", "/api/setup")
    assert "correct horse" not in told.text and KEY not in told.text
    draft = told.json["draft"]
    assert (draft["ssid"], draft["network"], draft["name"]) == ("Home", "486f6d65", "Cellar")
    assert draft["has_password"] and draft["has_api_key"]
    again = hotspot(device, "POST", "/setup", "network=486f6d65&password=&api_key=&interval_s=60&kept=yes")
    assert again.status == 303
    assert (device.trial.settings["password"], device.trial.settings["api_key"]) == ("correct horse", KEY)


def test_the_page_keeps_what_a_device_in_use_has():
    device = Device()
    assert hotspot(device, "POST", "/setup", {"ssid": "Home", "interval_s": 300, "kept": True}).status == 202
    assert (device.trial.settings["password"], device.trial.settings["api_key"]) == (device.settings["password"], KEY)


def test_a_script_has_to_send_what_is_required_each_time():
    complete = {"ssid": "Home", "password": "correct%20horse", "api_key": KEY}
    device = Device(settings=None)
    for field in complete:
        for empty in ("", "&%s=" % field):
            body = "&".join("%s=%s" % (name, complete[name]) for name in complete if name != field) + empty
            answer = hotspot(device, "POST", "/setup", body, SCRIPT)
            assert answer.status == 400 and field in answer.json["errors"], body
    assert device.trial is None


def test_the_phone_tells_the_time():
    for written, told in (
        ("1790000000123", (1790000000, "phone")),
        ("1704067200000", (1704067200, "phone")),
        ("1704067199999", None),
        ("4102444800000", None),
        ("", None),
        ("5", None),
        ("99999999999999", None),
        ("179000000000x", None),
        ("%ff", None),
    ):
        device = Device(settings=None)
        hotspot(device, "POST", "/setup", FORM + "&phone_time=" + written)
        assert device.clock.told == told, written
    device = Device()
    hotspot(device, "POST", "/api/settings", {"name": "Attic", "phone_time": 1790000000123})
    assert device.clock.told == (1790000000, "phone")


def test_a_stranger_tells_no_time():
    device = Device()
    for password in ("guess", device.state["hotspot_password"]):
        ask(device, "POST", "/login", {"password": password, "phone_time": 1790000000123})
        assert device.clock.told is None


def test_progress_has_the_names_of_the_contract():
    device = Device(settings=None)
    device.notice = "settings_damaged"
    told = hotspot(device, "GET", "/api/setup").json
    assert [step["name"] for step in told["steps"]] == ["sensor", "wifi", "address", "internet", "thingspeak"]
    for name, value in (
        ("state", "idle"), ("error", None), ("address", None), ("hostname", "dewlog-a1b2c3.local"), ("channel_id", None), ("draft", None),
        ("restart_in_s", None), ("notice", "settings_damaged"), ("mode", "setup"),
        ("open", True), ("hotspot", "Dewlog-A1B2C3"), ("version", "1.2.3 3f2a9c01"),
    ):  # fmt: skip
        assert told[name] == value, name
    started(device).update({"state": "failed"})
    device.clock.up_s = 77
    assert hotspot(device, "GET", "/api/setup").json["state"] == "failed" and device.trial.seen_s == 77
    assert ask(Device(), "GET", "/api/setup").json["open"] is False


def test_the_verdict_can_be_read_without_scripts():
    device = Device()
    told = started(device)
    told["steps"][1] = {"name": "wifi", "state": "ok", "detail": "-54 dBm"}
    answer = ask(device, "GET", "/setup/verdict")
    assert answer.headers["Refresh"] == "3" and "text/plain" in answer.headers.get("Content-Type", "text/plain")
    assert answer.text.split("\n") == [
        "sensor: waiting", "wifi: ok -54 dBm", "address: waiting", "internet: waiting", "thingspeak: waiting", "running", "",
    ]  # fmt: skip
    told.update({"state": "failed", "error": {"step": "wifi", "code": "wrong_password", "field": "password"}})
    answer = ask(device, "GET", "/setup/verdict")
    assert "Refresh" not in answer.headers and answer.text.split("\n")[-2] == "failed wrong_password"
    told.update({"state": "done", "error": None, "address": "192.168.1.57"})
    assert ask(device, "GET", "/setup/verdict").text.split("\n")[-2] == "done 192.168.1.57"


def test_keeping_and_trying_again_are_possible_only_after_a_failure():
    for path in ("/setup/keep", "/setup/retry"):
        assert hotspot(Device(), "POST", path).status == 409
        for state, address in (("failed", "192.168.1.57"), ("failed", None), ("running", None), ("done", "192.168.1.57")):
            is_possible = state == "failed" and (address or path == "/setup/retry")
            for headers, status in ((BROWSER, 303), (SCRIPT, 200)):
                device = Device()
                started(device).update({"state": state, "address": address})
                assert hotspot(device, "POST", path, "", headers).status == (status if is_possible else 409), (path, state)


def test_the_networks_are_told():
    told = ask(Device(), "GET", "/api/networks").json
    assert told["scanning"] is False and [network["ssid"] for network in told["networks"]] == ["Home", "Cafe", "Office", "Caf\ufffd"]
    expected = {"ssid": "Home", "rssi_dbm": -50, "channel": 6, "security": "wpa2", "bars": 4, "id": b"Home".hex(), "supported": True}
    assert told["networks"][0] == expected
    assert told["networks"][2]["supported"] is False and told["networks"][3]["id"] == "436166e9"
    device = Device()
    device.wifi.networks = []
    assert ask(device, "GET", "/api/networks").json == {"scanning": False, "networks": []}


def test_a_scan_is_begun_only_when_asked_for_and_never_during_a_trial():
    for query, held, scanning in (("", False, False), ("?refresh=1", False, True), ("?refresh=1", True, False)):
        device = Device()
        device.wifi.held = held
        assert ask(device, "GET", "/api/networks" + query).json["scanning"] is scanning
    device.wifi.scanning = True  # the trial looks for its network
    assert ask(device, "GET", "/api/networks?refresh=1").json["scanning"] is True


# forms


def fields_of(body, kind="application/x-www-form-urlencoded", device=None):
    """What the portal makes of a body: the fields, or the status and the document by which it is refused."""
    device = device or Device()
    request = Request(None, None, "POST", "/setup", "1.1", NoCaseDict({"Content-Type": kind}), body=body)
    try:
        return sent(device, request)
    except HTTPException as refusal:
        return refusal.status_code, refusal.reason


def test_the_fields_of_a_form_are_text():
    for body, fields in (
        (b"", {}),
        (b"a=1", {"a": "1"}),
        (b"a=1&b=2&", {"a": "1", "b": "2"}),
        (b"a=&b", {"a": "", "b": ""}),
        (b"a=x+y%2B%20z", {"a": "x y+ z"}),
        (b"a=1=2", {"a": "1=2"}),
        (b"a=%00%c3%a9", {"a": "\x00é"}),
        (b"a%20b=1", {"a b": "1"}),
    ):
        assert fields_of(body) == fields_of(body, "application/x-www-form-urlencoded; charset=UTF-8") == fields, body


def test_a_json_object_is_taken_as_well():
    for body, fields in (
        (b"{}", {}),
        (b' {"a": 1}\r\n', {"a": "1"}),
        (b'{"ssid": "Home", "interval_s": 60}', {"ssid": "Home", "interval_s": "60"}),
        (b'{"https": false, "a": true, "b": null}', {"https": "False", "a": "True"}),
        (b'{"temperature_offset_c": -0.5}', {"temperature_offset_c": "-0.5"}),
        ('{"ssid": "Zoë 😀"}'.encode(), {"ssid": "Zoë 😀"}),
        (b'{"ssid": "\\ud83d\\ude00"}', {"ssid": "😀"}),
        (b'\xef\xbb\xbf {"ssid": "Home"}', {"ssid": "Home"}),  # with the mark that some editors begin with
    ):
        assert fields_of(body, "application/json") == fields_of(body, "application/json; charset=utf-8") == fields, body


def test_damage_is_not_guessed_at():
    for body in (b"a=%zz", b"a=%0x", b"a=%\xff\xff", b"%ff=1", b"a=%ff", b"a=1&a=2", b"a=1&%61=2"):
        assert fields_of(body) == (400, {"errors": {"form": "damaged"}}), body
    nested = (b"[" * 200, b'[{"a": 1}', b'{"a": ["a"]}', b'{"a": {}}')
    for body in (b"", b"{", b"[]", b"5", b"}", b"null", b"\xff", b'{"a": "\\ud83d"}', b'{"static": {"a": "}"}') + nested:
        assert fields_of(body, "application/json") == (400, {"errors": {"form": "damaged"}}), body


def test_a_value_of_another_kind_is_told_beside_its_field():
    for name, field, code in (
        ("interval_s", "interval_s", "not_a_number"), ("temperature_offset_c", "temperature_offset_c", "not_a_number"),
        ("channel_id", "channel_id", "not_a_number"), ("units", "units", "not_a_choice"), ("sensor", "sensor", "not_a_choice"),
        ("https", "https", "not_a_choice"), ("name", "name", "not_text"), ("country", "country", "not_text"), ("ssid", "ssid", "not_text"),
        ("network", "ssid", "not_text"), ("ssid_hex", "ssid", "not_text"), ("password", "password", "not_text"),
        ("open", "password", "not_text"), ("api_key", "api_key", "not_text"),
    ):  # fmt: skip
        for value in ("{}", "[]", '{"a": 1}', '["a", 2]'):
            body = '{"%s": %s, "name": "Attic"}' % (name, value) if name != "name" else '{"name": %s}' % value
            assert fields_of(body.encode(), "application/json") == (400, {"errors": {field: code}}), body
    for name in ("ssid", "password", "api_key", "name"):
        assert fields_of(b'{"%s": true}' % name.encode(), "application/json") == (400, {"errors": {name: "not_text"}}), name
    for value, code in (({}, "out_of_range"), ([], "out_of_range"), (5, "out_of_range")):
        assert hotspot(Device(), "POST", "/api/settings", {"static": value}).json == {"errors": {"static": code}}, value


def test_other_kinds_of_bodies_are_told_so():
    for kind in ("multipart/form-data; boundary=x", "text/plain", "application/octet-stream", ""):
        assert fields_of(b"a=1", kind) == (415, {"error": "unsupported"}), kind


# settings


def test_settings_are_told_without_secrets():
    told = hotspot(Device(), "GET", "/api/settings").json
    assert told == {
        "ssid": "Home", "name": "Cellar", "interval_s": 60, "units": "C", "sensor": "dht22", "https": True, "temperature_offset_c": 0.0,
        "humidity_offset_pct": 0.0, "temperature_slope": 1.0, "humidity_slope": 1.0,
        "pin": 0, "pins": [23, 4, 22], "channel_id": 1, "has_password": True, "has_api_key": True,
        "networks": [{"ssid": "Home", "has_password": True}], "country": "", "static": None,
        "lease": ["192.168.1.57", "255.255.255.0", "192.168.1.1", "192.168.1.1"],
    }  # fmt: skip
    assert hotspot(Device(settings=None), "GET", "/api/settings").json["has_password"] is False


def test_what_needs_no_proof_is_saved_and_empty_means_unchanged():
    for body, headers, status in (
        ("ssid=Home&password=&api_key=&name=Attic&interval_s=300", {}, 303),
        ({"ssid": "Home", "name": "Attic", "interval_s": 300}, {}, 200),
    ):
        device = Device()
        answer = hotspot(device, "POST", "/api/settings", body, headers)
        assert answer.status == status and device.done == ["saved"] and device.trial is None
        assert (device.settings["name"], device.settings["interval_s"]) == ("Attic", 300)
        assert (device.settings["password"], device.settings["api_key"]) == SECRETS[:2]


def test_wrong_entries_change_nothing():
    device = Device()
    answer = hotspot(device, "POST", "/api/settings", {"interval_s": 3, "api_key": "short", "name": "Attic"})
    assert (answer.status, answer.json) == (400, {"errors": {"interval_s": "out_of_range", "api_key": "not_a_key"}})
    assert device.done == [] and device.settings["name"] == "Cellar"


def test_the_pin_is_one_of_those_that_the_board_offers():
    device = Device()
    for door in ("/api/settings", "/setup"):
        fields = {"pin": 5, "name": "Attic", "ssid": "Home", "password": SECRETS[0], "api_key": KEY}
        answer = hotspot(device, "POST", door, fields)
        assert (answer.status, answer.json) == (400, {"errors": {"pin": "not_a_choice"}}), door
    assert device.done == [] and device.draft[0]["pin"] == 0 and device.draft[0]["name"] == "Attic"
    device = Device(settings=dict(Device().settings, pin=5))
    assert hotspot(device, "POST", "/api/settings", {"name": "Attic"}).status == 200, "one that is there may stay, it is not used"


def test_what_can_be_proven_is_tried_before_it_is_kept():
    for fields in (
        {"ssid": "Other", "password": "another password"},
        {"password": "a new password"},
        {"api_key": "OTHERKEY01234567"},
        {"https": False, "api_key": KEY},
        {"sensor": "dht11"},
        {"pin": 4},
    ):
        device = Device()
        answer = hotspot(device, "POST", "/api/settings", fields)
        assert (answer.status, answer.json) == (202, {"state": "running"}), fields
        assert device.done == [] and device.settings["ssid"] == b"Home" and device.draft[0] is device.trial.settings
        assert hotspot(device, "POST", "/api/settings", fields).status == 409
    answer = hotspot(Device(), "POST", "/api/settings", "password=a+new+password")
    assert (answer.status, answer.headers["Location"]) == (303, "/setup")


def test_a_network_whose_name_is_no_text_stays_as_it_is():
    device = Device()
    device.settings["ssid"] = b"caf\xe9"
    told = hotspot(device, "GET", "/api/settings").json
    assert told["ssid_hex"] == "636166e9"
    answer = hotspot(device, "POST", "/api/settings", {"ssid": told["ssid"], "name": "Attic"})
    assert answer.json == {"state": "saved"} and device.settings["ssid"] == b"caf\xe9"


def test_a_full_flash_is_said():
    device = Device()

    def refuse(settings):
        raise OSError(28)

    device.save_settings = refuse
    answer = hotspot(device, "POST", "/api/settings", {"name": "Attic"})
    assert (answer.status, answer.json) == (507, {"error": "flash_full"})


def test_the_board_restarts_sets_up_and_is_erased():
    for path, body, status, done in (
        ("/api/restart", None, 202, ["restart"]),
        ("/api/setup-mode", None, 202, ["setup"]),
        ("/api/erase", None, 415, []),
        ("/api/erase", {"what": "nothing"}, 400, []),
        ("/api/erase", {"what": "readings"}, 202, ["erase readings"]),
        ("/api/erase", {"what": "settings", "confirm": True}, 202, ["erase settings"]),
        ("/api/erase", "what=everything", 202, ["erase everything"]),
        ("/api/erase", "what=%ff", 400, []),
    ):
        device = Device()
        answer = hotspot(device, "POST", path, body)
        assert (answer.status, device.done) == (status, done), (path, body)
        assert status >= 400 or answer.json == {"state": "restarting"}


# logging in


def test_the_session_cookie_is_for_this_site_and_no_script():
    answer = ask(Device(), "POST", "/login", "password=" + PASSWORD, BROWSER)
    assert (answer.status, answer.headers["Location"]) == (303, "/settings")
    cookie = answer.headers["Set-Cookie"]
    for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert word in cookie
    assert PASSWORD not in cookie


def test_wrong_passwords_wait_longer_and_longer():
    device = Device()
    for later_s, password, status, code, wait_s in (
        (0, "wrong", 401, "wrong_password", None),
        (0, PASSWORD, 429, "too_many_tries", "1"),
        (1, "wrong", 401, "wrong_password", None),
        (1, PASSWORD, 429, "too_many_tries", "1"),
        (1, PASSWORD, 200, None, None),
    ):
        device.clock.up_s += later_s
        answer = ask(device, "POST", "/login", {"password": password})
        assert (answer.status, answer.json.get("error"), answer.headers.get("Retry-After")) == (status, code, wait_s)


def test_logging_out_ends_the_session():
    device = Device()
    headers = log_in(device)
    assert ask(device, "GET", "/api/settings", None, headers).status == 200
    assert ask(device, "POST", "/logout", "", headers).json == {"state": "logged_out"}
    assert ask(device, "GET", "/api/settings", None, headers).status == 401
    answer = ask(device, "POST", "/logout", "", BROWSER)
    assert (answer.status, answer.headers["Location"]) == (303, "/readings")


def test_a_damaged_login_form_is_no_server_error():
    for body in ("password=%zz", "password=%ff%fe", "", "password=a&password=b", b"\xff\xfe"):
        assert ask(Device(), "POST", "/login", body).status in (400, 401), body


# diagnostics


def test_diagnostics_tell_what_happened():
    for device in (Device(), Device(settings=None)):
        device.log("Something happened, with %s." % PASSWORD)
        told = hotspot(device, "GET", "/api/diagnostics").json
        assert (told["version"], told["reset_cause"], told["time_source"]) == ("1.2.3 3f2a9c01", "power", "ntp")
        assert told["events"] == ["Something happened, with [hidden]."]
        assert told["crashes"][0]["where"] == ["in [hidden]"]
        assert told["sensor"]["failures"] == 2 and told["counters"]["busy"] == 1 and told["heap_free"] == 20_000
    assert told["settings"] is None


def test_a_password_that_is_a_word_leaves_the_names_whole():
    device = Device()
    device.settings["password"] = "settings"
    told = hotspot(device, "GET", "/api/diagnostics").json
    assert told["settings"]["has_password"] is True


def test_metrics_are_those_of_the_readings():
    text = ask(Device(), "GET", "/metrics").text
    for line in ("dewlog_temperature_celsius 21.4", "dewlog_busy_total 1", "dewlog_idf_heap_free_bytes 90000"):
        assert line + "\n" in text, line


HOLIDAY = (b"Holiday", "sea and sand")
OFFICE = (b"Attic", "")


def with_three_networks():
    device = Device()
    device.settings = dict(device.settings, networks=[HOLIDAY, OFFICE])
    return device


def test_a_new_network_is_tried_and_the_one_in_use_stays_known():
    device = Device()
    assert hotspot(device, "POST", "/api/settings", {"ssid": "Holiday", "password": "sea and sand"}).status == 202
    tried = device.trial.settings
    assert (tried["ssid"], tried["password"]) == (b"Holiday", "sea and sand")
    assert tried["networks"] == [(b"Home", SECRETS[0])]
    device = Device()
    hotspot(device, "POST", "/setup", {"ssid": "Holiday", "password": "sea and sand", "api_key": KEY})
    assert device.trial.settings["networks"] == tried["networks"], "by a script that says it all, too"


def test_a_fourth_network_makes_no_known_one_forgotten():
    device = with_three_networks()
    answer = hotspot(device, "POST", "/api/settings", {"ssid": "Fourth", "password": "correct horse"})
    assert (answer.status, answer.json) == (400, {"errors": {"ssid": "too_many"}}) and device.trial is None


def test_networks_are_told_without_secrets_and_the_current_one_first():
    told = hotspot(with_three_networks(), "GET", "/api/settings")
    assert [(one["ssid"], one["has_password"]) for one in told.json["networks"]] == [("Home", True), ("Holiday", True), ("Attic", False)]
    assert "sea and sand" not in told.text
    diagnosed = Device()
    diagnosed.settings = dict(diagnosed.settings, networks=[HOLIDAY])
    diagnosed.log.lines.append("heard sea and sand")
    assert "sea and sand" not in hotspot(diagnosed, "GET", "/api/diagnostics").text


def test_the_list_of_networks_is_changed_as_a_whole_and_passwords_that_are_left_out_stay():
    device = with_three_networks()
    answer = hotspot(device, "POST", "/api/settings", {"networks": [{"ssid": "Home"}, {"ssid": "Attic"}, {"ssid": "Holiday"}]})
    assert answer.status == 200 and device.settings["networks"] == [OFFICE, HOLIDAY], "another order of the others needs no trial"
    assert hotspot(device, "POST", "/api/settings", {"networks": [{"ssid": "Home"}]}).status == 200
    assert device.settings["networks"] == [] and device.settings["password"] == SECRETS[0]


def test_the_first_of_the_list_is_tried_and_a_new_one_comes_first():
    for networks in ([{"ssid": "Holiday"}, {"ssid": "Home"}], [{"ssid": "Home"}, {"ssid": "Holiday", "password": "sea and storm"}]):
        device = Device()
        device.settings = dict(device.settings, networks=[HOLIDAY])
        assert hotspot(device, "POST", "/api/settings", {"networks": networks}).status == 202
        tried = device.trial.settings
        assert tried["ssid"] == b"Holiday" and [ssid for ssid, _ in tried["networks"]] == [b"Home"]
        assert tried["password"] == networks[-1].get("password", "sea and sand")


def test_a_list_of_networks_that_cannot_be_is_refused_with_one_code():
    new = {"ssid": "New", "password": "correct horse"}
    for networks, code in (
        ([], "required"), ([{"ssid": "New"}], "required"), ([{}], "damaged"),
        ([dict(new, password="short")], "too_short"), ([dict(new, password=5)], "damaged"),
        ([{"ssid_hex": "zz"}], "not_a_choice"), ([7], "damaged"), ("Home", "damaged"), (5, "damaged"), ({"ssid": "Home"}, "damaged"),
        ([new, {"ssid": "Home"}, {"ssid": "Home"}, {"ssid": "Home"}], "too_many"),
        ([{"ssid": "A"}, {"ssid": "B"}, {"ssid": "C"}, {"ssid": "D"}], "too_many"),
        ([new, dict(new, ssid="Newer")], "one_at_a_time"), ([new, {"ssid": "Home", "password": "sea and sand"}], "one_at_a_time"),
    ):  # fmt: skip
        answer = hotspot(Device(), "POST", "/api/settings", {"networks": networks})
        assert (answer.status, answer.json) == (400, {"errors": {"networks": code}}), networks


def test_a_list_of_networks_beside_other_fields_that_are_wrong_has_its_own_code():
    answer = hotspot(Device(), "POST", "/api/settings", {"networks": [{"ssid": "New"}], "interval_s": 3})
    assert answer.json == {"errors": {"networks": "required", "interval_s": "out_of_range"}}
    assert hotspot(Device(), "POST", "/api/settings", {"networks": "", "name": "Attic"}).json == {"state": "saved"}, "empty means unchanged"


def test_a_list_of_networks_goes_by_what_is_in_sight_of_the_first_one():
    around = listed([(b"Attic", b"", 6, -50, 3, False), (b"Home", b"", 6, -60, 0, False), (b"Holiday", b"", 6, -60, 0, False)])
    for networks, expected in (
        ([{"ssid": "Attic"}, {"ssid": "Home"}], {"errors": {"password": "required"}}),
        ([{"ssid": "Attic", "password": "sea and storm"}, {"ssid": "Home"}], {"state": "running"}),
        ([{"ssid": "Holiday"}, {"ssid": "Home"}], {"errors": {"password": "password_not_wanted"}}),
        ([{"ssid": "Holiday", "password": ""}, {"ssid": "Home"}], {"state": "running"}),
        ([{"ssid": "Home"}], {"state": "saved"}),  # a stranger's of our name takes nothing away
    ):
        device = with_three_networks()
        device.wifi.networks = around
        assert hotspot(device, "POST", "/api/settings", {"networks": networks}).json == expected, networks
        assert (device.settings["ssid"], device.settings["password"]) == (b"Home", SECRETS[0])
