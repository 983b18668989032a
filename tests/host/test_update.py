"""An update over Wi-Fi: what is sent becomes what runs, and whatever is wrong with it, the device goes on with what it had."""

import http.client
import http.server
import json
import os
import subprocess
import sys
import threading

import build
import micropython_process
import over_wifi
import pytest
import slots
import terminal
from virtual_device import ROOT, VirtualDevice

pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120
BACK_S = 100  # three starts that each end by the watchdog, at a speed of 10


def bundle(version="1.1.0 fedcba98", **changed):
    """The bundle of the build as another version. changed: {module, with "__" for "/": (text of its source, what stands there instead)}."""
    contents = dict(build.read(build.build())[0], version=version.encode() + b"\n")
    for name, (old, new) in changed.items():
        path = name.replace("__", "/") + ".py"
        source = (ROOT / "device" / path).read_text()
        assert source.count(old) == 1
        contents[path[:-3] + ".mpy"] = build.compile_module(source.replace(old, new), path, build.BUILD / "cache")
    return slots.bundle(contents)


def send(device, content, headers=None):
    """Returns (status, document) of POST /api/update."""
    headers = {**(headers or device.log_in()), "Content-Type": "application/octet-stream"}
    reply = device.unless_busy(lambda: device.post("/api/update", body=content, headers=headers))
    return reply.status, reply.json()


def told(device):
    """GET /api/update as soon as it is answered."""

    def answered():
        reply = device.get("/api/update", headers=device.log_in())
        return reply.json() if reply.status == 200 else None

    return device.wait_for(answered, PATIENCE_S)


def wait_for_state(device, state, timeout=PATIENCE_S):
    return device.wait_for(lambda: told(device)["state"] == state and told(device), timeout)


def kept(device):
    """What must be there after every update: settings, and the first readings."""
    image = device.image()
    return json.loads(image.read("/settings.json"))["name"], image.read("/journal/000000.seg")[:16]


def test_it_fits_into_the_memory_of_a_board(new_device):
    device = new_device(heap=None, speed=5)
    device.set_up(https="no")
    for version in ("1.1.0 fedcba98", "1.2.0 00000000"):
        device.wait_for(lambda version=version: send(device, bundle(version))[0] == 202, PATIENCE_S)
        device.wait_for(lambda: device.image().read("/active")[1:2] == b"", PATIENCE_S)
        device.wait_for(lambda version=version: told(device)["version"] == version, PATIENCE_S)


@pytest.fixture
def station(tmp_path):
    with VirtualDevice(tmp_path / "station", speed=10) as device:
        device.set_up(name="Balcony", interval_s="15")
        device.wait_for(lambda: len(device.feed()) > 1, PATIENCE_S)
        yield device


def test_what_is_sent_runs_and_proves_itself(station):
    before, first = told(station), kept(station)
    assert before["state"] == "good"
    assert send(station, bundle()) == (202, {"state": "restarting"})
    now = wait_for_state(station, "on_trial")
    assert (now["version"], now["previous"]) == ("1.1.0 fedcba98", before["version"])
    assert wait_for_state(station, "good")["version"] == "1.1.0 fedcba98"
    assert kept(station) == first
    station.restart()
    assert told(station)["version"] == "1.1.0 fedcba98", "the simulator leaves it there"
    sent = len(station.feed())
    station.wait_for(lambda: len(station.feed()) > sent, PATIENCE_S)
    times = [entry["created_at"] for entry in station.feed()]
    assert len(set(times)) == len(times)


NOT_FOUND = ("        return await radio.join(self, settings, if_better)", "        return 'not_found'")


@pytest.mark.parametrize(
    "changed, why",
    [
        ({"app": ('"""The app:', 'import not_there\n"""The app:')}, "ImportError"),
        ({"app": ("            looks += 1\n", "            looks += 1\n            assert looks < 30, 'late'\n")}, "AssertionError late"),
        ({"power_on": ("    gc.threshold(1024)", "    while True:\n        pass\n    gc.threshold(1024)")}, "three starts"),
        ({"hardware__wifi": NOT_FOUND, "hardware__slots": ("_WIFI_S = const(300)", "_WIFI_S = const(61)")}, "three starts"),
        ({"portal__readings": ("def members(", "def members(*_):\n    return 1 / 0\n\n\ndef unused(")}, "ZeroDivisionError"),
    ],
    ids=["is no app", "crashes after thirty seconds", "hangs", "does not join the Wi-Fi", "gives no page"],
)
def test_one_that_does_not_run_well_is_taken_back(station, changed, why):
    before, first = told(station)["version"], kept(station)
    assert send(station, bundle(**changed))[0] == 202
    station.wait_for(lambda: station.image().read("/active")[1:2] == b"-", BACK_S)
    after = told(station)
    assert (after["version"], after["state"], after["previous"]) == (before, "taken_back", "1.1.0 fedcba98")
    assert why in after["why"]
    assert kept(station) == first
    assert station.get("/api/diagnostics", headers=station.log_in()).json()["update"] == after
    sent = len(station.feed())
    station.wait_for(lambda: len(station.feed()) > sent, PATIENCE_S)
    assert send(station, bundle("1.2.0 00000000"))[0] == 202, "the next one has its chance"


def damaged(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_what_cannot_be_used_is_refused_by_name(station):
    good, before, first = bundle(), told(station), kept(station)
    image_file = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 64
    for content, code in (
        (b"{}", "not_a_bundle"),
        (image_file, "not_a_bundle"),
        (bytes(100_000), "not_a_bundle"),
        (b"\n", "not_a_bundle"),
        (good[: good.index(b"\n") + 1] + b"\n", "not_a_bundle"),
        (good[: good.index(b"\n") + 1] + b"end\n", "not_a_bundle"),
        (good.replace(b"dewlog-bundle 6 ", b"dewlog-bundle 7 ", 1), "other_mpy"),
        (damaged(good, 60), "damaged"),
        (damaged(good, len(good) // 2), "damaged"),
        (good[: len(good) // 2], "damaged"),
        (good[:-4], "damaged"),
        (good.replace(b" app.mpy\n", b" apq.mpy\n", 1), "damaged"),
        (good + b"more", "not_a_bundle"),
        (good.replace(b" app.mpy\n", b" ../app.mpy\n", 1), "not_a_bundle"),
        (good.replace(b" app.mpy\n", b" /b/app.mpy\n", 1), "not_a_bundle"),
    ):
        assert send(station, content) == (400, {"error": code}), content[:40]
    assert station.post("/api/update", body=bytes(600_000), headers=station.log_in()).status == 413
    assert station.post("/api/update", body=b"{}").status == 401
    assert station.get("/api/update").status == 401
    assert station.post("/api/update", body=b"{}", headers={**station.log_in(), "Origin": "http://elsewhere.example"}).status == 403
    after = told(station)
    assert (after["version"], after["state"], kept(station)) == (before["version"], "good", first)
    assert send(station, good)[0] == 202


def begun(device, headers, content, size):
    """A POST of `content` of which only `size` bytes have been sent. Returns its connection."""
    connection = http.client.HTTPConnection(device.host, device.port, timeout=60)
    connection.putrequest("POST", "/api/update")
    for name, value in {**headers, "Content-Length": str(len(content))}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(content[:size])
    return connection


def test_two_at_once_and_one_that_breaks_off(station):
    station.restart(speed=1)  # a stream that stands still is cut off after 5 s
    good, headers = bundle(), station.log_in()
    first = begun(station, headers, good, 50_000)
    assert station.wait_for(lambda: send(station, b"{}", headers)) == (409, {"error": "busy"})
    assert station.wait_for(station.readings)["name"] == "Balcony", "pages are there meanwhile"
    first.close()
    station.wait_for(lambda: send(station, b"{}", headers) == (400, {"error": "not_a_bundle"}))
    for size in (0, 1_000, 10_000, 100_000, len(good) - 1):
        begun(station, headers, good, size).close()
        assert told(station)["state"] == "good"
    station.wait_for(lambda: send(station, good)[0] == 202)


def test_a_flash_without_room_says_so(station):
    station.stop()
    image = station.image()
    room = image.free_bytes() - 100 * 1024
    image.write("/others.bin", bytes(room))
    image.save()
    station.start()
    before = told(station)["version"]
    assert send(station, bundle()) == (507, {"error": "flash_full"})
    assert (told(station)["version"], station.readings()["name"]) == (before, "Balcony")


def test_a_power_cut_or_a_lost_connection_leaves_a_device_that_starts():
    """At every single write to flash, and behind every kilobyte."""
    result = json.loads(micropython_process.run("cut_update.py"))
    assert result["broken"] == []
    assert result["writes"] > 50
    assert result["cuts"] > 0.9 * result["writes"]
    assert result["kilobytes"] > 20


def do_nothing(*_):
    pass


@pytest.mark.parametrize("answer", ["{}", "[" * 100_000, '{"version": 5}', "null", '{"error": "\\u001b[2J"}'])
def test_an_answer_that_makes_no_sense_is_a_sentence(answer, monkeypatch, capsys):
    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404 if "error" in answer else 200)
            self.end_headers()
            self.wfile.write(answer.encode())

        do_POST = do_GET
        log_message = do_nothing

    monkeypatch.setenv("DEWLOG_PASSWORD", "kp7m4xwqab")
    with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        hosts = ["127.0.0.1:%d" % server.server_port, "a..b"]
        assert over_wifi.update_all(hosts, {"version": b"1"}, terminal.screen(), False) == 1
        server.shutdown()
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 2 and "\x1b" not in said


def test_deploy_sends_it_over_wi_fi(station, tmp_path):
    host = "%s:%d" % (station.host, station.port)

    def deploy(*arguments, password=None):
        environment = {**os.environ, "DEWLOG_PASSWORD": password or station.password(), "COLUMNS": "120"}
        command = [sys.executable, str(ROOT / "tools" / "deploy.py"), "--over-wifi", host, *arguments]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
        return ran.returncode, ran.stdout + ran.stderr

    running = told(station)["version"]
    status, said = deploy()
    assert status == 0 and "%s runs %s already." % (host, running) in said
    assert send(station, bundle())[0] == 202
    wait_for_state(station, "good")
    status, said = deploy("--dry-run")
    assert status == 0 and "1.1.0 fedcba98 becomes " + running in said and "becomes 1.1.0" not in said
    status, said = deploy()
    assert status == 0 and "%s runs %s." % (host, running) in said
    assert told(station)["state"] == "good"
    status, said = deploy(password="wrong")
    assert status == 1 and "This is not its device password" in said
    station.kill()
    status, said = deploy()
    assert status == 1 and "It cannot be reached" in said
