"""The stand-ins on MicroPython: what platform.md's boards do, they do."""

import interpreters
import pytest
from board_script import output_of, write_app
from simulator import weather_sensor
from simulator.world import checked
from virtual_device import VirtualDevice

JOIN = """
import network, time
sta = network.WLAN(network.STA_IF)
sta.active(True)
sta.connect("Home", "correct horse")
while not sta.isconnected():
    time.sleep_ms(100)
"""


def test_time_is_whole_seconds_since_2000_and_ticks_wrap(tmp_path):
    printed = output_of(tmp_path, """
        import time
        print(time.time() < 1000, isinstance(time.time(), int), time.gmtime(0), time.mktime((2026, 11, 22, 1, 2, 3, 0, 0)))
        print(time.ticks_add(2 ** 30 - 1, 2), time.ticks_diff(1, 2 ** 30 - 1), time.ticks_ms() < 10 ** 6)
        print(time.localtime(848626923) == time.gmtime(848626923))
    """)
    assert printed.splitlines() == ["True True (2000, 1, 1, 0, 0, 0, 5, 1) 848624523", "1 2 True", "True"]


def test_rtc_memory_and_clock_outlive_a_reset_and_the_watchdog_but_no_power_cut(tmp_path):
    app = write_app(tmp_path / "app", """
        import machine, time
        rtc = machine.RTC()
        print("start", machine.reset_cause(), rtc.memory(), time.gmtime()[0])
        starts = len(rtc.memory())
        rtc.memory(rtc.memory() + b"x")
        if starts == 0:
            rtc.datetime((2026, 11, 22, 6, 12, 0, 0, 0))
            machine.reset()
        if starts == 1:
            machine.WDT(timeout=500)
            while True:
                pass
        if starts == 2:
            raise SystemExit
    """)
    with VirtualDevice(tmp_path / "device", app=app) as device:
        device.wait_for("start 5")
        assert [line for line in device.serial().splitlines() if line.startswith("start")] == [
            "start 1 b'' 2000", "start 2 b'x' 2026", "start 3 b'xx' 2026", "start 5 b'xxx' 2026"]
        device.restart()
        assert device.wait_for(lambda: device.serial().splitlines()[:1]) == ["start 1 b'' 2000"]


def test_a_board_keeps_its_identity(tmp_path):
    app = write_app(tmp_path / "app", "import machine; print(machine.unique_id().hex())")
    with VirtualDevice(tmp_path / "one", app=app) as one, VirtualDevice(tmp_path / "two", app=app) as two:
        first = one.wait_for(one.serial)
        assert two.wait_for(two.serial) != first
        one.restart()
        assert one.wait_for(one.serial) == first


def test_an_unexpected_error_leaves_a_dead_board_with_its_traceback(tmp_path):
    printed = output_of(tmp_path, "def f():\n    1 / 0\nf()")
    assert printed.startswith("Traceback (most recent call last):") and printed.rstrip().endswith("ZeroDivisionError: divide by zero")


def test_the_watchdog_bites_a_dead_board_too(tmp_path):
    app = write_app(tmp_path / "app", "import machine\nprint('cause', machine.reset_cause())\nmachine.WDT(timeout=1000)")
    with VirtualDevice(tmp_path / "device", app=app) as device:
        device.wait_for("cause 3")


def test_a_scan_blocks_its_thread_for_seconds_while_others_run(tmp_path):
    networks = [{"ssid": "net %d" % i, "rssi_dbm": -40 - i} for i in range(40)] + [{"ssid_hex": "ff22fe", "security": "open"}]
    printed = output_of(tmp_path, """
        import _thread, network, time
        ticks = 0
        def tick():
            global ticks
            while True:
                time.sleep_ms(10)
                ticks += 1
        _thread.stack_size(6 * 1024)
        _thread.start_new_thread(tick, ())
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        begin = time.ticks_ms()
        found = sta.scan()
        print(2000 < time.ticks_diff(time.ticks_ms(), begin), ticks > 5)
        print(len(found), found[0][0], b"\\xff\\x22\\xfe" in [row[0] for row in found])
    """, world={"networks": networks})
    assert printed.splitlines() == ["True True", "41 b'net 0' True"]


def test_station_and_hotspot_answer_as_the_driver_does(tmp_path):
    printed = output_of(tmp_path, """
        import network
        sta, ap = network.WLAN(network.STA_IF), network.WLAN(network.AP_IF)
        for call in (lambda: sta.connect("Home", "correct horse"), sta.scan, lambda: ap.config(ssid="x"), lambda: ap.status("stations")):
            try:
                call()
                print("no error")
            except OSError as error:
                print(error)
        ap.active(True)
        ap.config(ssid="Dewlog-1", security=network.WLAN.SEC_WPA2, key="12345678", channel=11, max_clients=4)
        print(ap.active(), ap.config("ssid"), ap.config("channel"), ap.ifconfig()[0], ap.status("stations"), len(ap.config("mac")))
        try:
            ap.config(key="short")
        except OSError as error:
            print(error)
        sta.active(True)
        network.hostname("dewlog-1")
        sta.connect("Home", "correct horse")
        while sta.status() == network.STAT_CONNECTING:
            pass
        print(sta.status() == network.STAT_GOT_IP, sta.ipconfig("addr4")[0], sta.status("rssi"), sta.config("channel"), network.hostname())
    """, world={"phones": 1})
    assert printed.splitlines() == [
        "Wifi Not Started", "STA must be active", "Wifi Invalid Mode", "Wifi Invalid Mode",
        "True Dewlog-1 11 192.168.4.1 [(b'\\x02\\x00\\x00\\x00\\x00\\x00',)] 6", "Wifi Invalid Password", "True 127.0.0.1 -54 6 dewlog-1"]


def test_the_sensor_fills_its_buffer_slowly_and_fails_as_the_real_one(tmp_path):
    app = write_app(tmp_path / "app", """
        import dht, machine, time
        print("ready")
        sensor = dht.DHT22(machine.Pin(23))
        time.sleep(1.2)
        while True:
            begin = time.ticks_ms()
            try:
                sensor.measure()
                print(sensor.temperature(), sensor.humidity(), time.ticks_diff(time.ticks_ms(), begin) > 250)
            except OSError as error:
                print("silent", error.errno)
            except Exception as error:
                print(type(error), error)
    """)
    with VirtualDevice(tmp_path / "device", app=app, world={"weather": {"temperature_c": -10.5, "humidity_pct": 65.0}}) as device:
        device.wait_for("-10.5 65.0 True")
        for sensor, line in (("silent", "silent 110"), ("checksum", "<class 'Exception'> checksum error"), ("zeros", "0.0 0.0 True"),
                             ("twos_complement", "-3266.3 65.0 True")):
            device.world(sensor=sensor)
            device.wait_for(line)


@pytest.mark.parametrize("celsius, frame", [(21.4, "01e000d6b7"), (-10.1, "01e08065c6"), (0.0, "01e00000e1"), (-0.1, "01e0800162")])
def test_frames_are_those_of_the_data_sheet(celsius, frame):
    world = checked({"weather": {"temperature_c": celsius, "humidity_pct": 48.0}})
    assert weather_sensor.frame(world, 23, 10).hex() == frame
    assert weather_sensor.frame(world, 23, 0.5) is None, "it settles first"
    assert weather_sensor.frame(world, 22, 10) is None, "it is wired to GPIO 23"


def test_a_dht11_sends_whole_and_tenth():
    world = checked({"weather": {"temperature_c": -3.2, "humidity_pct": 41.0}, "sensor_type": "dht11"})
    assert weather_sensor.frame(world, 23, 10) == bytes([41, 0, 3, 0x82, (41 + 3 + 0x82) & 0xFF])


def test_the_sensor_that_is_wired_answers_as_itself_whatever_the_driver_believes(tmp_path):
    printed = output_of(tmp_path, """
        import dht, machine, time
        time.sleep(1.2)
        for kind in (dht.DHT22, dht.DHT11):
            sensor = kind(machine.Pin(23))
            sensor.measure()
            print(bytes(sensor.buf).hex(), round(sensor.temperature(), 1))
    """, world={"weather": {"temperature_c": 21.4, "humidity_pct": 48.0}, "sensor_type": "dht11"})
    assert printed.splitlines() == ["3000150449 538.0", "3000150449 21"]


def test_names_are_found_only_while_there_is_an_internet(tmp_path):
    app = write_app(tmp_path / "app", JOIN + """
import ntptime, socket, urequests
def attempt(call):
    try:
        return call()
    except OSError as error:
        return error.errno
while True:
    check = attempt(lambda: urequests.get("http://connectivitycheck.gstatic.com/generate_204", timeout=5).status_code)
    entry = attempt(lambda: urequests.get("http://api.thingspeak.com/update?api_key=SIMULATEDKEY0001&field1=1", timeout=5).status_code)
    clock = attempt(lambda: ntptime.time() // 1000000)
    print("seen", check, entry, clock)
    time.sleep(0.3)
""")
    with VirtualDevice(tmp_path / "device", app=app) as device:
        device.wait_for("seen 204 200 8")
        assert device.feed()[0]["field1"] == "1"
        device.world(internet=False)
        device.wait_for("seen -202 -202 -202")
        device.world(internet="login", ntp=False)
        device.wait_for("seen 200 200 11")  # EAGAIN: the computer's own timeout of a datagram socket
        device.world(internet=True, ntp=3600)
        device.wait_for("seen 204 200 8")


TLS = JOIN + """
import ntptime, socket, tls
def visit(root):
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    context.load_verify_locations(open("/a/" + root, "rb").read())
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("api.thingspeak.com", 443)[0][-1])
    try:
        secure = context.wrap_socket(sock, server_hostname="api.thingspeak.com")
        secure.write(b"GET /channels/1/feeds/last.json HTTP/1.0\\r\\n\\r\\n")
        print("read", secure.read(15))
        sock = secure
    except Exception as error:
        print("refused", str(error).strip())
    sock.close()
visit("thingspeak_root.der")
ntptime.settime()
visit("thingspeak_root.der")
visit("other.der")
"""


def test_https_is_verified_against_the_simulated_authority_in_place_of_the_shipped_root(tmp_path):
    import certifi
    from build import build
    from ssl import PEM_cert_to_DER_cert

    root = (build() / "flash" / "thingspeak_root.der").read_bytes()
    first = certifi.contents().split("-----END CERTIFICATE-----")[0]
    other = PEM_cert_to_DER_cert(first[first.index("-----BEGIN"):] + "-----END CERTIFICATE-----\n")
    lines = output_of(tmp_path, TLS, files={"thingspeak_root.der": root, "other.der": other}).splitlines()
    assert lines[0] == "refused The certificate validity starts in the future"
    assert lines[1] == "read b'HTTP/1.1 200 OK'"
    assert lines[2].startswith("refused") and "correctly signed" in lines[2]


def test_fast_time_moves_clocks_and_sleeps_alike_but_leaves_other_programs_their_time(tmp_path):
    printed = output_of(tmp_path, JOIN + """
import asyncio, ntptime
def passed(begin):
    return time.ticks_diff(time.ticks_ms(), begin) // 1000
async def main():
    begin, clock = time.ticks_ms(), ntptime.time()
    await asyncio.sleep(60)
    print(60 <= passed(begin) < 1000, 60 <= ntptime.time() - clock < 1000)  # 60 real ones would be 1200
    begin = time.ticks_ms()
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 2)
    except asyncio.TimeoutError:
        print("left its two seconds", passed(begin) > 30)
    begin = time.ticks_ms()
    time.sleep(30)
    time.sleep_ms(30000)
    print(60 <= passed(begin) < 1000)
asyncio.run(main())
""", speed=20)
    assert printed.splitlines() == ["True True", "left its two seconds True", "True"]


def test_the_button_is_read_and_the_light_is_seen(tmp_path):
    app = write_app(tmp_path / "app", """
        import machine
        button, led = machine.Pin(0, machine.Pin.IN, machine.Pin.PULL_UP), machine.Pin(2, machine.Pin.OUT)
        led.off()
        print("waiting")
        while button.value():
            pass
        led.on()
        print("pressed")
        while not button.value():
            pass
        print("let go")
    """)
    with VirtualDevice(tmp_path / "device", app=app) as device:
        device.wait_for("waiting")
        device.world(button=0.5)
        device.wait_for("let go")
        assert [row[1:] for row in device.wait_for(lambda: len(device.light()) == 2 and device.light())] == [(2, 0), (2, 1)]


def test_every_interpreter_at_hand_runs_the_board(tmp_path):
    found, _ = interpreters.available(fetch=False)
    assert found
    for number, interpreter in enumerate(found):
        printed = output_of(tmp_path / str(number), JOIN + """
import asyncio, machine, os
async def wait():
    await asyncio.sleep(5)
asyncio.run(wait())
with open("/new", "w") as file:
    file.write("x" * 5000)
os.rename("/new", "/kept")
machine.RTC().memory(b"note")
print(len(open("/kept").read()), "new" in os.listdir("/"), machine.RTC().memory(), sta.status())
""", micropython=interpreter.path, speed=10)
        assert printed.strip() == "5000 False b'note' 1010", interpreter.name


def test_the_heap_left_to_the_app_is_the_one_that_was_asked_for(tmp_path):
    for heap_kb, first_kb in ((64, 32), (100, 68)):  # until the app has it grow by 32 kB
        printed = output_of(tmp_path / str(heap_kb), """
            held = []
            try:
                while True:
                    held.append(bytearray(500))
            except MemoryError:
                taken = len(held) * 500
                held = None
                print(taken)
        """, heap="%dk" % heap_kb)
        taken = int(printed)
        assert first_kb * 1024 * 0.6 < taken < heap_kb * 1024
