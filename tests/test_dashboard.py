"""Tests of the dashboard: the web app of station mode, over a station made of small fakes."""

import asyncio
import json

from microdot import Response
from microdot.test_client import TestClient

from core.access import Access
from core.journal import RECORD_BYTES, pack, unpack
from core.reading import Reading
from core.settings import DEFAULTS
from dashboard import make_app
from events import Events, Viewer

NOW_S = 1_795_000_000
UPTIME_S = 3_000_000
PASSWORD = "device-password"
SECRETS = ("correct horse battery", "SECRETKEY0123456", PASSWORD)


class FakeClock:
    source = "ntp"
    session = 7

    def __init__(self, now_s=NOW_S, uptime_s=UPTIME_S):
        self.now_s = now_s
        self.up_s = uptime_s
        self.starts = {7: now_s - uptime_s} if now_s else {}

    def now(self):
        return self.now_s

    def uptime_s(self):
        return self.up_s

    def offset(self, session):
        return self.starts.get(session)


class FakeJournal:
    """Readings in memory, with the walk of the one on flash. A None in `records` is a damaged record."""

    damaged = 0
    first = 0

    def __init__(self, readings=()):
        self.records = [pack(reading) if reading else bytes(RECORD_BYTES) for reading in readings]
        self.largest_read = 0

    @property
    def end(self):
        return len(self.records)

    def read_into(self, position, buffer):
        self.largest_read = max(self.largest_read, len(buffer))
        found = b"".join(self.records[position : position + len(buffer) // RECORD_BYTES])
        buffer[: len(found)] = found
        return len(found) // RECORD_BYTES

    def walk(self, position, batch=16):
        for place in range(position, self.end):
            yield place, unpack(self.records[place])


class FakeLogger:
    def __init__(self):
        self.latest = Reading(NOW_S - 3, UPTIME_S - 3, 7, 21.43, 48.04, 0)
        self.word = "ok"
        self.reads, self.failures, self.rejected = 120, 2, 1
        self.code = None
        self.upload = {"state": "ok", "last_entry_id": 42, "last_time": NOW_S - 20, "waiting": 0, "sent": 40, "dropped": 0}
        self.upload.update({"channel_id": 1, "problem": None})
        self.changed = asyncio.Event()

    @property
    def upload_state(self):
        return dict(self.upload)

    def age_s(self, uptime_s):
        return self.latest and uptime_s - self.latest.uptime_s

    def quality(self, uptime_s):
        return self.word

    def problem(self):
        return self.code


class FakeWifi:
    hostname = "dewlog-a1b2c3"
    hotspot_name = "Dewlog-A1B2C3"

    def rssi_dbm(self):
        return -54

    def address(self):
        return "192.168.1.57"


class FakePages:
    """Instead of a page: its name and values as JSON, all of them walked."""

    def render(self, request, name, values, status=200, headers=None):
        body = {"page": name}
        for key, value in values.items():
            body[key] = value if isinstance(value, str) else "".join(value)
        sent = {"Content-Type": "application/json"}
        sent.update(headers or {})
        return Response(json.dumps(body), status, sent)

    def static(self, request, filename):
        return Response(filename, 200)


class FakeTrial:
    started = None

    def start(self, settings):
        self.started = settings

    def state(self, seen=False):
        answer = {"state": "running" if self.started else "idle", "steps": [], "error": None, "can_keep": False}
        answer["hostname"] = "dewlog-a1b2c3.local"
        for name in ("ssid", "message", "address", "channel_id", "restart_in_s", "address_url", "hostname_url", "channel_url"):
            answer[name] = None
        return answer

    def keep(self):
        return False


class FakeLog:
    def __init__(self):
        self.lines = []

    def __call__(self, sentence):
        self.lines.append(sentence)


class FakeBoard:
    SENSOR_PIN = 23
    HTTP_PORT = 80


class FakeStation:
    """What app.py hands to the dashboard."""

    version = "1.2.3"
    reset_cause = "power"
    restarts = 0
    device_password = PASSWORD
    board = FakeBoard

    def __init__(self, readings=(), pages=None):
        self.settings = dict(DEFAULTS)
        self.settings.update({"ssid": b"Home", "password": SECRETS[0], "api_key": SECRETS[1], "name": "Cellar", "channel_id": 1})
        self.clock = FakeClock()
        self.journal = FakeJournal(readings)
        self.logger = FakeLogger()
        self.wifi = FakeWifi()
        self.pages = pages or FakePages()
        self.trial = FakeTrial()
        self.log = FakeLog()
        self.access = Access(lambda: ["192.168.1.57"], PASSWORD, lambda count: bytes(range(count)))
        self.done = []
        self._app = None

    @property
    def app(self):
        """The dashboard of this station, always the same one."""
        if self._app is None:
            self._app = make_app(self)
        return self._app

    def flash_free(self):
        return 900_000

    def idf_heap(self):
        return 60_000, 50_000

    def crashes(self):
        return [{"error": "OSError", "message": "about " + SECRETS[1]}]

    def save_settings(self, settings):
        self.settings.update(settings)
        self.done.append("saved")

    def restart_soon(self, reason):
        self.done.append("restart")

    def open_setup_soon(self):
        self.done.append("setup")

    def erase_soon(self):
        self.done.append("erase")


def reading(age_s, temperature_c=20.0, humidity_pct=50.0):
    return Reading(NOW_S - age_s, UPTIME_S - age_s, 7, temperature_c, humidity_pct, 0)


def get(station, path, headers=None):
    return asyncio.run(TestClient(station.app).get(path, headers))


def form(fields):
    text = "&".join("%s=%s" % (name, value.replace("%", "%25").replace(" ", "+").replace('"', "%22")) for name, value in fields.items())
    return {"Content-Type": "application/x-www-form-urlencoded"}, text.encode()


def logged_in(station, *requests):
    """The last answer to `requests` - (path, fields or None) - by somebody who has logged in."""

    async def visit():
        client = TestClient(station.app)
        headers, body = form({"password": PASSWORD})
        answer = await client.post("/login", headers, body)
        assert answer.status_code == 303
        for path, fields in requests:
            if fields is None:
                answer = await client.get(path)
            else:
                headers, body = form(fields)
                answer = await client.post(path, headers, body)
        return answer

    return asyncio.run(visit())


def test_the_address_alone_leads_to_the_readings():
    answer = get(FakeStation(), "/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/readings"


def test_what_is_unknown_and_what_does_not_fit():
    for path in ("/nothing", "/settings/nothing", "/api", "/readings/", "/../settings.json"):
        assert get(FakeStation(), path).status_code == 404, path
    page = asyncio.run(TestClient(FakeStation().app).get("/nothing", headers={"Accept": "text/html"}))
    assert page.status_code == 404 and page.json["page"] == "message.html"
    for path, allowed in (("/readings", "GET"), ("/api/events", "GET"), ("/", "GET"), ("/static/a.css", "GET"), ("/metrics", "GET")):
        answer = asyncio.run(TestClient(FakeStation().app).post(path))
        assert answer.status_code == 405, path
        assert answer.headers["Allow"] == allowed
    answer = asyncio.run(TestClient(FakeStation().app).put("/readings"))
    assert answer.status_code == 405


def test_the_readings_as_json_have_the_names_of_the_contract():
    document = get(FakeStation(), "/api/readings").json
    assert document["name"] == "Cellar"
    assert document["time"] == "2026-11-18T11:06:37Z"
    assert (document["temperature_c"], document["humidity_pct"]) == (21.4, 48.0)
    assert (document["age_s"], document["quality"], document["problem"]) == (3, "ok", None)
    assert 9 < document["dew_point_c"] < 11 and 20 < document["heat_index_c"] < 22
    assert set(document["upload"]) == {"state", "last_entry_id", "last_time", "waiting", "sent", "dropped", "channel_id", "problem"}
    assert document["sensor"] == {"reads": 120, "failures": 2, "rejected": 1}
    assert set(document["device"]) == {
        "version", "uptime_s", "rssi_dbm", "ssid", "address", "hostname", "heap_free", "idf_heap_free", "idf_heap_largest", "flash_free",
        "reset_cause", "restarts",
    }  # fmt: skip
    assert document["device"]["hostname"] == "dewlog-a1b2c3.local"
    assert (document["device"]["idf_heap_free"], document["device"]["idf_heap_largest"]) == (60_000, 50_000)


def test_before_the_first_reading_everything_is_null():
    station = FakeStation()
    station.logger.latest, station.logger.word, station.logger.code = None, "missing", "sensor_silent"
    document = get(station, "/api/readings").json
    for name in ("time", "temperature_c", "humidity_pct", "dew_point_c", "heat_index_c", "age_s"):
        assert document[name] is None
    assert "GPIO 23" in document["problem"]
    assert "GPIO 23" in get(station, "/readings").json["problem"]


def test_a_reading_from_before_the_clock_was_known_gets_its_time_afterwards():
    station = FakeStation()
    station.logger.latest = Reading(None, UPTIME_S - 10, 7, 20.0, 50.0, 0)
    assert get(station, "/api/readings").json["time"] == "2026-11-18T11:06:30Z"
    station.clock.starts = {}
    assert get(station, "/api/readings").json["time"] is None


def test_the_page_shows_current_values_without_javascript():
    page = get(FakeStation(), "/readings").json
    assert (page["temperature"], page["humidity"], page["units"]) == ("21.4", "48.0", "C")
    assert page["title"] == "21.4\u202f°C · Cellar"
    assert page["seen"] == "Measured 3 s ago"
    assert page["problem_hidden"] == " hidden"
    assert page["interval_s"] == "60"


def test_the_page_shows_fahrenheit_by_setting():
    station = FakeStation()
    station.settings["units"] = "F"
    assert get(station, "/readings").json["temperature"] == "70.5"


def test_a_name_is_text_on_every_page():
    station = FakeStation()
    station.settings["name"] = '<img src=x onerror="alert(1)">'
    for path in ("/readings", "/login"):
        assert "<img" not in get(station, path).json["name"]
    assert "<img" not in logged_in(station, ("/settings", None)).json["name"]


def test_history_is_a_list_of_means_with_gaps():
    station = FakeStation([reading(age_s) for age_s in range(3600, 0, -60) if not 1000 < age_s < 2000])
    answer = get(station, "/api/history?span=1h")
    document = answer.json
    assert document["span"] == "1h"
    assert document["step_s"] == 90
    assert document["start"].endswith("Z")
    assert len(document["temperature_c"]) == len(document["humidity_pct"]) == 40
    assert document["temperature_c"][5] == 20.0 and document["humidity_pct"][39] == 50.0
    assert 9 <= document["temperature_c"].count(None) <= 12
    assert None not in document["temperature_c"][30:]


def test_no_history_has_more_than_360_points_and_an_unknown_span_is_refused():
    station = FakeStation([reading(age_s) for age_s in (2_000_000, 500_000, 5000, 100)])
    for span in ("1h", "24h", "7d", "30d"):
        document = get(station, "/api/history?span=" + span).json
        assert len(document["temperature_c"]) <= 360
        assert len(document["temperature_c"]) * document["step_s"] <= 30 * 86400
    for query in ("?span=2h", "?span=24h&day=x", "?span=", "?span=24h&day=-5"):
        assert get(station, "/api/history" + query).status_code == 400, query
    assert get(station, "/api/history").json["span"] == "24h"


def test_a_month_is_read_in_small_pieces():
    station = FakeStation([reading(age_s, 20.0 if age_s % 120 else 22.0) for age_s in range(86400 * 3, 0, -60)])
    document = get(station, "/api/history?span=30d").json
    assert station.journal.largest_read <= 1024
    present = [value for value in document["temperature_c"] if value is not None]
    assert 35 <= len(present) <= 37
    assert all(20.0 <= value <= 22.0 for value in present)


def test_history_tells_the_extremes_since_the_viewers_midnight():
    station = FakeStation([reading(7200, 35.0), reading(3000, 18.2, 41.0), reading(60, 25.5, 62.5)])
    document = get(station, "/api/history?span=24h&day=%d" % (NOW_S - 3600)).json
    assert document["day"] == {"temperature_c": [18.2, 25.5], "humidity_pct": [41.0, 62.5]}
    assert "day" not in get(station, "/api/history?span=24h").json
    assert get(station, "/api/history?span=24h&day=%d" % NOW_S).json["day"] == {"temperature_c": None, "humidity_pct": None}


def test_history_without_a_clock_ends_now_and_has_no_start():
    old = Reading(None, 50, 6, 35.0, 50.0, 0)
    station = FakeStation([old, Reading(None, UPTIME_S - 120, 7, 20.0, 50.0, 0)])
    station.clock.now_s, station.clock.starts = None, {}
    document = get(station, "/api/history?span=1h&day=%d" % NOW_S).json
    assert document["start"] is None
    assert [value for value in document["temperature_c"] if value is not None] == [20.0]
    assert document["temperature_c"][-2] == 20.0
    assert "day" not in document


def test_a_damaged_record_is_skipped():
    station = FakeStation([reading(120), None, reading(60)])
    document = get(station, "/api/history?span=1h").json
    assert document["temperature_c"].count(20.0) == 2 or document["temperature_c"].count(20.0) == 1
    assert len(get(station, "/readings.csv").text.strip().split("\n")) == 3


def test_csv_has_every_reading_with_its_repaired_time():
    unknown = Reading(None, 10, 3, -5.5, 99.0, 1)
    station = FakeStation([Reading(None, UPTIME_S - 60, 7, 20.25, 50.0, 0), reading(0, 21.0, 48.5), unknown])
    answer = get(station, "/readings.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.text.split("\n") == [
        "time,temperature_c,humidity_pct,flags",
        "2026-11-18T11:05:40Z,20.25,50.00,0",
        "2026-11-18T11:06:40Z,21.00,48.50,0",
        ",-5.50,99.00,1",
        "",
    ]


def test_csv_goes_out_in_pieces_of_512_bytes_at_most():
    station = FakeStation([Reading(NOW_S, 1, 7, -40.0, 100.0, 255)] * 100)

    async def pieces():
        from core.on_demand import load

        answer = await load("readings_csv").get(station, None)
        return list(answer.body)

    sizes = [len(piece) for piece in asyncio.run(pieces())]
    assert sum(sizes) > 3500
    assert max(sizes) <= 512


def station_events(station):
    return Events(station)


async def event(viewer):
    """The pieces of the viewer's next event."""
    pieces = [await viewer.__anext__()]
    while pieces[-1] != b"\n\n":
        pieces.append(await viewer.__anext__())
    return pieces


def read(pieces):
    return json.loads(b"".join(pieces).split(b"data: ")[1])


def test_events_are_the_readings_document_made_once_for_all_viewers():
    async def watch():
        station = FakeStation()
        events = station_events(station)
        first, second = Viewer(events), Viewer(events)
        greeting = await event(first)
        text = b"".join(greeting)
        assert text.startswith(b"event: reading\ndata: {") and text.endswith(b"}\n\n")
        assert read(greeting)["temperature_c"] == 21.4 and max(map(len, greeting)) < 640
        assert all(mine is other for mine, other in zip(greeting, await event(second)))

        waiting = [asyncio.create_task(event(viewer)) for viewer in (first, second)]
        await asyncio.sleep(0.01)
        assert not waiting[0].done()
        for later_s, temperature_c in ((0, 21.8), (5, 22.0)):  # a measurement in the second of the greeting is news as well
            waiting = [asyncio.create_task(event(viewer)) for viewer in (first, second)] if later_s else waiting
            await asyncio.sleep(0.01)
            station.clock.up_s += later_s
            station.logger.latest = Reading(NOW_S, UPTIME_S + later_s, 7, temperature_c, 50.0, 0)
            station.logger.changed.set()
            station.logger.changed.clear()
            news = [await waiting[0], await waiting[1]]
            assert all(mine is other for mine, other in zip(*news))
            assert read(news[0])["temperature_c"] == temperature_c

    asyncio.run(watch())


def test_a_stream_of_events_says_what_it_is():
    async def open_stream():
        return station_events(FakeStation()).stream()

    assert asyncio.run(open_stream()).headers["Content-Type"] == "text/event-stream"


def test_the_settings_are_behind_the_device_password():
    for path in ("/settings", "/diagnostics.txt", "/setup", "/api/setup"):
        answer = get(FakeStation(), path)
        assert answer.status_code == 401, path
        assert answer.json["page"] == "login.html"
    station = FakeStation()
    for path in ("/settings", "/settings/restart", "/settings/erase", "/settings/download", "/settings/apply", "/setup/keep"):
        headers, body = form({"confirm": "yes", "name": "Mine"})
        assert asyncio.run(TestClient(station.app).post(path, headers, body)).status_code == 401, path
    assert station.done == [] and station.settings["name"] == "Cellar"


def test_the_session_cookie_is_for_this_site_and_no_script():
    async def visit():
        headers, body = form({"password": PASSWORD})
        return await TestClient(FakeStation().app).post("/login", headers, body)

    answer = asyncio.run(visit())
    assert answer.headers["Location"] == "/settings"
    cookie = answer.headers["Set-Cookie"][0]
    for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert word in cookie
    assert PASSWORD not in cookie


def test_a_wrong_password_gets_a_sentence_and_a_growing_delay():
    station = FakeStation()

    async def visit():
        client = TestClient(station.app)
        waits = []
        for password, status, problem in (("wrong", 401, "not the device password"), (PASSWORD, 429, "too early")):
            headers, body = form({"password": password})
            answer = await client.post("/login", headers, body)
            assert answer.status_code == status
            assert problem in answer.json["problem"] and "try again in" in answer.json["problem"]
            waits.append(int(answer.headers["Retry-After"]))
        station.clock.up_s += 1
        headers, body = form({"password": "wrong"})
        waits.append(int((await client.post("/login", headers, body)).headers["Retry-After"]))
        station.clock.up_s += 2
        headers, body = form({"password": PASSWORD})
        assert (await client.post("/login", headers, body)).status_code == 303
        return waits

    assert asyncio.run(visit()) == [1, 1, 2]


def test_logging_out_takes_a_form():
    assert get(FakeStation(), "/logout").status_code == 405
    assert logged_in(FakeStation(), ("/setup/keep", None)).status_code == 405


def test_logging_out_ends_the_session():
    station = FakeStation()
    assert logged_in(station, ("/settings", None)).status_code == 200
    assert logged_in(station, ("/logout", {})).status_code == 303
    assert logged_in(station, ("/logout", {}), ("/settings", None)).status_code == 401


def test_a_damaged_login_form_is_no_server_error():
    async def visit(body):
        return await TestClient(FakeStation().app).post("/login", {"Content-Type": "application/x-www-form-urlencoded"}, body)

    for body in (b"password=%zz", b"password=%ff%fe", b"", b"password=a&password=b", b"\xff\xfe"):
        assert asyncio.run(visit(body)).status_code in (400, 401), body


def test_settings_are_saved_and_empty_means_unchanged():
    station = FakeStation()
    entries = {"ssid": "Home", "password": "", "api_key": "", "name": "Attic", "interval_s": "300", "https": "no"}
    answer = logged_in(station, ("/settings", entries))
    assert answer.status_code == 303 and answer.headers["Location"] == "/settings?saved"
    assert station.done == ["saved"]
    assert (station.settings["name"], station.settings["interval_s"], station.settings["https"]) == ("Attic", 300, False)
    assert (station.settings["password"], station.settings["api_key"]) == SECRETS[:2]
    assert station.trial.started is None


def test_wrong_entries_come_back_with_sentences_and_change_nothing():
    station = FakeStation()
    answer = logged_in(station, ("/settings", {"interval_s": "3", "api_key": "short", "name": "Attic"}))
    assert answer.status_code == 400
    assert 'href="#interval_s"' in answer.json["notice"] and 'href="#api_key"' in answer.json["notice"]
    assert (answer.json["name"], answer.json["interval_s"]) == ("Attic", "3"), "what was typed stays"
    assert "type it again" not in answer.json["notice"]
    assert station.done == [] and station.settings["name"] == "Cellar"


def test_a_secret_typed_beside_a_wrong_entry_is_asked_for_again():
    for secret in ({"password": "a new password"}, {"api_key": "OTHERKEY01234567"}):
        answer = logged_in(FakeStation(), ("/settings", dict(secret, interval_s="3")))
        assert "type it again" in answer.json["notice"]
        assert list(secret.values())[0] not in answer.text


def test_another_wifi_is_tried_before_it_is_kept():
    for fields in ({"ssid": "Other", "password": "another password"}, {"ssid": "Home", "password": "a new password"}):
        station = FakeStation()
        answer = logged_in(station, ("/settings", fields))
        assert answer.headers["Location"] == "/setup"
        assert station.trial.started["password"] == fields["password"]
        assert station.settings["ssid"] == b"Home" and station.done == []
        assert logged_in(station, ("/api/setup", None)).json["state"] == "running"
        page = logged_in(station, ("/setup", None)).json
        assert (page["state"], page["way"], page["form_path"]) == ("running", "home", "/settings")


def test_a_network_whose_name_is_no_text_stays_as_it_is():
    station = FakeStation()
    station.settings["ssid"] = b"caf\xe9"
    page = logged_in(station, ("/settings", None)).json
    logged_in(station, ("/settings", {"ssid": page["ssid"], "name": "Attic"}))
    assert station.settings["ssid"] == b"caf\xe9" and station.trial.started is None


def test_another_sensor_takes_a_restart():
    station = FakeStation()
    assert logged_in(station, ("/settings", {"sensor": "dht11"})).json["title"] == "Restarting"
    assert station.done == ["saved", "restart"]


def test_a_full_flash_is_said():
    station = FakeStation()

    def refuse(settings):
        raise OSError(28)

    station.save_settings = refuse
    answer = logged_in(station, ("/settings", {"name": "Attic"}))
    assert answer.status_code == 507
    assert "storage is full" in answer.json["notice"]


def test_the_board_restarts_sets_up_and_is_erased_only_when_confirmed():
    for path, fields, done in (
        ("/settings/restart", {}, ["restart"]),
        ("/settings/setup", {}, ["setup"]),
        ("/settings/erase", {}, []),
        ("/settings/erase", {"confirm": "no"}, []),
        ("/settings/erase", {"confirm": "yes"}, ["erase"]),
    ):
        station = FakeStation()
        assert logged_in(station, (path, fields)).json["page"] == "message.html"
        assert station.done == done, path


def test_the_settings_file_has_secrets_only_when_asked_for():
    answer = logged_in(FakeStation(), ("/settings/download", {}))
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.json["name"] == "Cellar"
    assert not any(secret in answer.text for secret in SECRETS)
    assert SECRETS[1] in logged_in(FakeStation(), ("/settings/download", {"secrets": "yes"})).text


def test_a_settings_file_is_shown_as_a_difference_and_then_applied():
    station = FakeStation()
    text = json.dumps({"name": "<b>Attic</b>", "interval_s": 120, "api_key": "OTHERKEY01234567"})
    page = logged_in(station, ("/settings/restore", {"text": text})).json
    assert page["title"] == "What would change"
    for expected in ("&lt;b&gt;Attic", "120", "another one"):
        assert expected in page["body"]
    assert "OTHERKEY" not in page["body"] and SECRETS[1] not in page["body"]
    assert station.settings["name"] == "Cellar" and station.done == []
    assert logged_in(station, ("/settings/apply", {})).status_code == 303
    assert station.settings["interval_s"] == 120 and station.settings["api_key"] == "OTHERKEY01234567"
    assert station.settings["password"] == SECRETS[0], "what the file does not name stays"
    assert logged_in(station, ("/settings/apply", {})).status_code == 400, "a file is applied once"


def test_a_settings_file_with_another_wifi_is_tried_first():
    station = FakeStation()
    text = json.dumps({"ssid": "Other", "password": "other password"})
    logged_in(station, ("/settings/restore", {"text": text}), ("/settings/apply", {}))
    assert station.trial.started["ssid"] == b"Other"
    assert station.settings["ssid"] == b"Home"


def test_a_file_of_nonsense_is_refused_with_a_sentence():
    for text in ("", "nonsense", "[]", '{"version": 99}', '{"interval_s": 1}', '{"name": 5}'):
        station = FakeStation()
        page = logged_in(station, ("/settings/restore", {"text": text})).json
        assert page["title"] == "This file cannot be used", text
        assert "problem" in page["body"]
    same = logged_in(FakeStation(), ("/settings/restore", {"text": json.dumps({"name": "Cellar"})})).json
    assert same["title"] == "No difference"


def test_no_page_ever_sends_a_secret_back():
    station = FakeStation()
    station.log("a line about %s" % SECRETS[1])
    for path in ("/readings", "/api/readings", "/metrics", "/settings", "/diagnostics.txt", "/login", "/api/setup"):
        text = logged_in(station, (path, None)).text
        assert not any(secret in text for secret in SECRETS), path


def test_diagnostics_tell_what_happened():
    station = FakeStation()
    station.log("Something happened.")
    text = logged_in(station, ("/diagnostics.txt", None)).text
    for expected in ("Dewlog 1.2.3", "reset_cause: power", "OSError", "Something happened.", "source: ntp", "failures: 2"):
        assert expected in text, expected
