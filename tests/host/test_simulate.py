"""tools/simulate.py as a person uses it: options, sentences, and nothing left behind."""

import json
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import interpreters
import pytest
import simulate
from board_script import write_app
from local_thingspeak import LocalThingSpeak
from simulator import flash_image, heap, options, virtual_time
from simulator.flash_image import FlashImage, install
from simulator.virtual_time import VirtualClock
from simulator.world import World
from virtual_device import SIMULATE, VirtualDevice, free_ports

ALIVE = "import time\nprint('alive')\nwhile True:\n    time.sleep(1)"


def run(tmp_path, *words, timeout=120):
    """Run the command to its end on free ports. Returns (exit status, standard output, standard error)."""
    ports = free_ports(3)
    command = [sys.executable, SIMULATE, "--state", tmp_path / "device", "--app", write_app(tmp_path / "app", ALIVE), "--port", ports[0],
               "--dns-port", ports[1], "--thingspeak-port", ports[2], *words]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout)
    return done.returncode, done.stdout, done.stderr


def is_one_sentence(text):
    lines = text.strip().splitlines()
    return len(lines) == 1 and "Traceback" not in text and lines[0].endswith(".")


@pytest.fixture
def taken():
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_help_names_every_option_of_the_contract(tmp_path):
    status, said, _ = run(tmp_path, "--help")
    assert status == 0
    for option in ("--state", "--fresh", "--port", "--hotspot-port", "--dns-port", "--thingspeak-port", "--thingspeak", "--heap",
                   "--micropython", "--speed", "--host", "--power-cut-after"):
        assert option + " " in said


WRONG_USAGE = (
    ("--frsh",), ("--speed", "0.5"), ("--speed", "1001"), ("--speed", "fast"), ("--heap", "64q"), ("--heap", "1k"), ("--port", "70000"),
    ("--power-cut-after", "0"), ("--thingspeak", "ftp://x"), ("--thingspeak", "http://x:99999"), ("--thingspeak", "http://me:word@x/path"),
    ("--port", "0"), ("--thingspeak-port", "0"), ("--port", "http"), ("--dns-port", "-1"), ("--power-cut-after", "x"), ("--speed", "nan"),
    ("--host", ""), ("--host", "::1"), ("--port", "9000", "--thingspeak-port", "9000"), ("--port", "9001", "--thingspeak-port", "9000"),
    ("--hotspot-port", "x"), ("--hotspot-port", "9001", "--thingspeak-port", "9000"),
    ("--state", ""), ("--micropython", ""), ("--app", ""), ("--heap", "2000m"), ("--thingspeak", "nonsense"), ("--host", "no.such.invalid"),
)


def test_wrong_usage_is_status_2_and_says_what_is_wrong(capsys):
    for words in WRONG_USAGE:
        with pytest.raises(SystemExit) as ended:
            options.parsed(words, "")
        assert ended.value.code == 2 and words[0] in capsys.readouterr().err, words


@pytest.mark.parametrize("option", ["--port", "--hotspot-port", "--thingspeak-port"])
def test_a_port_in_use_gets_a_sentence(tmp_path, taken, option):
    status, _, said = run(tmp_path, option, taken)
    assert status == 1
    assert is_one_sentence(said) and str(taken) in said and option in said


def test_a_name_server_port_in_use_gets_a_sentence(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        status, _, said = run(tmp_path, "--dns-port", taken.getsockname()[1])
    assert status == 1
    assert is_one_sentence(said) and "--dns-port" in said


def test_an_address_of_somebody_else_gets_a_sentence(tmp_path):
    status, _, said = run(tmp_path, "--host", "192.0.2.1")
    assert status == 1
    assert is_one_sentence(said) and "192.0.2.1" in said


def test_a_missing_interpreter_gets_a_sentence(tmp_path):
    status, _, said = run(tmp_path, "--micropython", tmp_path / "nowhere")
    assert status == 1
    assert is_one_sentence(said) and "nowhere" in said


def test_a_program_that_is_no_micropython_gets_a_sentence(tmp_path):
    status, _, said = run(tmp_path, "--micropython", "/bin/true")
    assert status == 1
    assert is_one_sentence(said)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x00" * 4096 * 512, random.Random(1).randbytes(4096 * 512)],
                         ids=["empty", "short", "zeros", "noise"])
def test_a_damaged_image_gets_a_sentence_and_is_left_as_it_is(tmp_path, content):
    (tmp_path / "device").mkdir()
    image = tmp_path / "device" / "flash.img"
    image.write_bytes(content)
    status, _, said = run(tmp_path)
    assert status == 1
    assert is_one_sentence(said) and "--fresh" in said
    assert image.read_bytes() == content


FOLDERS_IN_THE_WAY = "mac board.json clock.json rtc_memory thingspeak.json wear.json light.log joins.log serial.log flash.img".split()


@pytest.mark.parametrize(("name", "content"), [
    ("mac", b"\xff"), ("mac", b"0102"), ("board.json", b"{"), ("board.json", b"[1]"), ("certificates", b"a file"),
    *((name, None) for name in FOLDERS_IN_THE_WAY),
])
def test_a_state_folder_with_something_wrong_in_it_gets_a_sentence(tmp_path, name, content):
    path = tmp_path / "device" / name
    path.parent.mkdir()
    path.mkdir() if content is None else path.write_bytes(content)
    status, _, said = run(tmp_path)
    assert status == 1 and "Traceback" not in said
    assert said.strip().splitlines()[-1].endswith(".") and str(path) in said.strip().splitlines()[-1]


@pytest.mark.parametrize("place", ["a file", "a file/below"])
def test_a_state_folder_that_cannot_be_made_gets_a_sentence(tmp_path, place):
    (tmp_path / "a file").touch()
    status, _, said = run(tmp_path, "--state", tmp_path / place)
    assert status == 1 and is_one_sentence(said) and "cannot be used" in said


def test_fresh_starts_over_and_touches_nothing_else(tmp_path):
    (tmp_path / "device").mkdir()
    image = tmp_path / "device" / "flash.img"
    image.write_bytes(b"damaged")
    (tmp_path / "device" / "notes.txt").write_text("keep")
    run(tmp_path, "--fresh", "--thingspeak-port", 65535 - 1, "--micropython", "/bin/true")
    assert image.exists(), "a start that is refused erases nothing"
    with VirtualDevice(tmp_path / "device", app=write_app(tmp_path / "app", ALIVE), fresh=True) as device:
        device.wait_for("alive")
        assert FlashImage(image).read("/main.py") == ALIVE.encode()
    assert (tmp_path / "device" / "notes.txt").read_text() == "keep"


def test_two_simulations_do_not_share_a_folder(tmp_path):
    with VirtualDevice(tmp_path / "device", app=write_app(tmp_path / "app", ALIVE)):
        status, _, said = run(tmp_path)
    assert status == 1
    assert is_one_sentence(said) and "Another simulation" in said


def children(process_id):
    """The processes that run in `process_id`'s place or below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = {process_id}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found - {process_id}
        found |= more


def is_alive(process_id):
    try:
        return (Path("/proc") / str(process_id) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for left-over processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_however_it_ends(tmp_path, how):
    with VirtualDevice(tmp_path / "device", app=write_app(tmp_path / "app", "print('alive')\nwhile True:\n    pass")) as device:
        device.wait_for("alive")
        left = children(device.process_id)
        assert left, "there was a MicroPython"
        device.end(how)
        ends = time.monotonic() + 60
        while any(is_alive(child) for child in left) and time.monotonic() < ends:
            time.sleep(0.05)
        assert not [child for child in left if is_alive(child)]


def test_ctrl_c_is_a_good_end_and_the_ports_are_free_at_once(tmp_path):
    device = VirtualDevice(tmp_path / "device", app=write_app(tmp_path / "app", ALIVE)).start()
    device.wait_for("alive")
    assert device.stop() == 0
    assert "Traceback" not in device.said()
    with device.start():
        device.wait_for("alive")


def test_a_person_is_told_what_to_do_next(tmp_path):
    app = write_app(tmp_path / "app", """
        import network, time
        ap, sta = network.WLAN(network.AP_IF), network.WLAN(network.STA_IF)
        ap.active(True)
        ap.config(ssid="Dewlog-A1B2C3", security=3, key="secret word")
        time.sleep(1)
        ap.active(False)
        sta.active(True)
        sta.connect("Home", "correct horse")
        while not sta.isconnected():
            time.sleep_ms(100)
        print("joined")
    """)
    with VirtualDevice(tmp_path / "device", app=app) as device:
        device.wait_for("joined")
        device.wait_for(lambda: "The local ThingSpeak" in device.said())
        for told in ("The hotspot Dewlog-A1B2C3 is up, password secret word", "open %s/" % device.hotspot_url, "The hotspot is off",
                     "Joined Home",
                     "network Home, password correct horse, ThingSpeak key SIMULATEDKEY0001", device.url + "/readings",
                     "http://127.0.0.1:%d/channels/1" % device.thingspeak_port):
            assert told in device.said()
        device.world(networks=[])
        device.wait_for(lambda: "Left Home" in device.said())


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path):
    app = write_app(tmp_path / "app", "import time\nwhile True:\n    print('alive')\n    time.sleep_ms(20)")
    ports = free_ports(3)
    command = "%s %s --state %s --app %s --port %d --dns-port %d --thingspeak-port %d | head -n 3" % (
        sys.executable, SIMULATE, tmp_path / "device", app, *ports)
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert done.stdout == "alive\n" * 3
    assert "Traceback" not in done.stderr and "Error" not in done.stderr


def test_what_the_device_prints_comes_before_what_is_said_about_it(tmp_path):
    app = write_app(tmp_path / "app", """
        import network, time
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        sta.connect("Home", "correct horse")
        while not sta.isconnected():
            time.sleep_ms(100)
        print("that was all")
    """)
    ports = free_ports(3)
    command = [sys.executable, SIMULATE, "--state", tmp_path / "device", "--app", app, "--port", ports[0], "--dns-port", ports[1],
               "--thingspeak-port", ports[2]]
    running = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    for line in running.stdout:
        said.append(line)
        if "main.py has ended" in line:
            running.send_signal(signal.SIGINT)
    assert running.wait(120) == 0
    order = ["that was all" in line or 2 * ("main.py has ended" in line) or 3 * ("Switched off" in line) for line in said]
    assert [place for place in order if place] == [1, 2, 3], "".join(said)


def test_an_unreadable_world_is_said_once_and_changes_nothing(tmp_path):
    app = write_app(tmp_path / "app", """
        import dht, machine, time
        sensor = dht.DHT22(machine.Pin(23))
        time.sleep(1.2)
        while True:
            sensor.measure()
            print(sensor.temperature())
    """)
    with VirtualDevice(tmp_path / "device", app=app, world={"weather": {"temperature_c": 12.5, "humidity_pct": 50}}) as device:
        device.wait_for("12.5")
        good = (device.state / "world.json").read_text()
        (device.state / "world.json").write_text(good[:20])
        device.wait_for(lambda: "cannot be used" in device.said())
        seen = device.serial().count("12.5")
        device.wait_for(lambda: device.serial().count("12.5") > seen + 3)
        assert device.said().count("cannot be used") == 1 and "Traceback" not in device.said()
        device.world_file(good.replace("12.5", "13.5"))
        device.wait_for("13.5")


@pytest.mark.parametrize("content", [
    "[]", "{", "[" * 3000, '{"networks": 3}',
    '{"networks": [3]}', '{"networks": [{"ssid": ""}]}', '{"networks": [{"ssid_hex": "zz"}]}',
    '{"weather": {"humidity_pct": NaN}}', '{"weather": {"temperature_c": Infinity}}', '{"weather": {"temperature_c": "warm"}}',
    '{"weather": 3}',
    '{"networks": [{"ssid": "x", "bssid": "02:00"}]}', '{"networks": [{"ssid": "x", "bssid": 3}]}', '{"sensor_type": "dht12"}',
    '{"sensor_pin": "4"}', '{"sensor_pin": 49}',
    '{"networks": [{"ssid": "\\ud800"}]}', '{"networks": [{"ssid": "x", "password": "\\ud800"}]}',
    '{"networks": [{"ssid_hex": 5}]}', '{"networks": [{"ssid": "x", "channel": 1%s}]}' % ("0" * 30),
    '{"sensor": "gone"}', '{"sensor": []}', '{"internet": "maybe"}', '{"internet": {}}', '{"ntp": "no"}', '{"phones": 99}', "\udcff",
])
def test_a_world_that_cannot_be_leaves_the_last_good_one(tmp_path, content):
    path = tmp_path / "world.json"
    said = []
    world = World(path, said.append)
    good = world.read()
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert world.read() is good and world.read() is good
    assert len(said) == 1 and str(path) in said[0]
    path.write_text('{"sensor": "silent"}')
    assert world.read()["sensor"] == "silent"
    path.unlink()
    assert world.read()["sensor"] == world.read()["sensor"] == "silent" and len(said) == 2
    path.mkdir()
    assert world.read()["sensor"] == world.read()["sensor"] == "silent" and len(said) == 3


def test_a_world_that_cannot_be_at_the_first_start_is_the_one_of_the_box(tmp_path):
    (tmp_path / "device").mkdir()
    (tmp_path / "device" / "world.json").write_text('{"networks": [{"ssid": 3}]}')
    app = write_app(tmp_path / "app", """
        import network
        station = network.WLAN(network.STA_IF)
        station.active(True)
        print([row[0] for row in station.scan()][0])
    """)
    with VirtualDevice(tmp_path / "device", app=app) as device:
        device.wait_for("b'Home'")
        assert device.said().count("cannot be used") == 1


def test_a_speed_above_what_the_computer_can_do_is_said_once(monkeypatch):
    said, busy, clock = [], [0.0], [0.0]
    monkeypatch.setattr(virtual_time.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(virtual_time, "_busy_s", lambda process_id: busy[0])
    pace = virtual_time.Pace(500, said.append)
    for share in (0.5, 0.99, 0.99, 0.99):
        assert not said or share == 0.99
        for _ in range(30):
            pace.look(7)
            clock[0] += 0.5
            busy[0] += 0.5 * share
    assert len(said) == 1 and "--speed 500" in said[0]


def test_which_interpreter_runs_is_said_and_why_it_is_not_the_boards(monkeypatch):
    def unavailable(architecture):
        raise interpreters.Unavailable("this is not a Debian system")

    monkeypatch.setattr(simulate.interpreters, "debian", unavailable)
    interpreter, why = simulate.chosen_interpreter(None)
    assert interpreter == interpreters.pypi() and why.endswith("cannot be had: this is not a Debian system.")
    assert simulate.chosen_interpreter(Path(interpreter.path)) == (interpreter, None)


def test_virtual_time_never_goes_back(tmp_path):
    fast = VirtualClock(tmp_path / "clock.json", 1000)
    time.sleep(0.05)
    fast.keep()
    seen = fast.now()
    assert seen > time.time() + 40
    assert VirtualClock(tmp_path / "clock.json", 1).now() >= seen


def test_a_device_that_listens_everywhere_is_called_by_an_address_that_can_be_visited(tmp_path):
    assert simulate.own_address("127.0.0.1") == "127.0.0.1"
    app = write_app(tmp_path / "app", """
        import network, time
        station = network.WLAN(network.STA_IF)
        station.active(True)
        station.connect("Home", "correct horse")
        while not station.isconnected():
            time.sleep_ms(100)
        print("called", station.ifconfig()[0])
    """)
    with VirtualDevice(tmp_path / "device", app=app, host="0.0.0.0") as device:
        device.wait_for("called %s" % simulate.own_address("0.0.0.0"))
    assert simulate.own_address("0.0.0.0") != "0.0.0.0"


def test_another_thingspeak_gets_the_readings_in_place_of_the_local_one(tmp_path):
    device = VirtualDevice(tmp_path / "device", speed=10)
    with device:
        device.set_up(interval_s="15")
    image = device.image()
    settings = json.loads(image.read("/settings.json"))
    image.write("/settings.json", json.dumps({**settings, "https": False}).encode())  # a stranger's certificate would be refused
    image.save()
    with LocalThingSpeak(0, None) as another, device.start(thingspeak="http://127.0.0.1:%d" % another.http_port):
        feed = "http://127.0.0.1:%d/channels/1/feeds.json" % another.http_port
        arrived = device.wait_for(lambda: json.load(urllib.request.urlopen(feed))["feeds"], 60)
        assert float(arrived[0]["field1"]) == 21.4
        with pytest.raises(OSError):
            device.feed()
        assert "channel feed" not in device.said(), "it is not ours to show"


def test_heaps_are_read_with_their_suffix():
    assert heap.parse("64k") == heap.parse("65536") == heap.parse("64K") == 64 * 1024
    assert heap.parse("1m") == 1024 * 1024


def test_the_build_is_put_into_the_other_slot_only_when_it_differs(tmp_path):
    image = FlashImage(tmp_path / "flash.img")
    install(image, b"main", {"app.mpy": b"one", "core/x.mpy": b"x"}, {"HTTP_PORT": 80})
    image.save()
    image = FlashImage(tmp_path / "flash.img")
    assert image.read("/active") == b"a"
    install(image, b"main", {"app.mpy": b"one", "core/x.mpy": b"x"}, {"HTTP_PORT": 80})
    assert image.read("/active") == b"a"
    image.write("/settings.json", b"mine")
    for content, slot in ((b"two", b"b"), (b"three", b"a"), (b"four", b"b")):
        install(image, b"main", {"app.mpy": content}, {"HTTP_PORT": 81})
        assert image.read("/active") == slot
        assert image.names("/" + slot.decode()) == ["/%s/app.mpy" % slot.decode()] and image.read("/%s/app.mpy" % slot.decode()) == content
    assert image.read("/settings.json") == b"mine" and image.read("/board.json") == b'{"HTTP_PORT": 81}'
    assert image.free_bytes() < flash_image.BLOCKS * flash_image.BLOCK_BYTES


def test_board_names_of_the_state_folder_reach_the_device(tmp_path):
    app = write_app(tmp_path / "app", "print(open('/board.json').read())")
    with VirtualDevice(tmp_path / "device", app=app, board={"OPEN_HOTSPOT": True}) as device:
        device.wait_for('"OPEN_HOTSPOT": true')
        device.wait_for('"HTTP_PORT": %d' % device.port)
