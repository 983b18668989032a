"""What the chip's stand-ins ask and note, and what the virtual board around it answers."""

import json
import secrets
import struct
import time

from . import weather_sensor
from .doors import phone
from .light import Joins, Light
from .radio import ACCESS_POINT, STATION, AccessPoint, RadioError, Station, subnet_of
from .state import StateRefused
from .takers import Takers
from .wear import Wear

BUTTON_PIN = 0
INTERFACES = {STATION: "station", ACCESS_POINT: "hotspot"}
POWER_ON, HARD_RESET, WATCHDOG_RESET, SOFT_RESET = 1, 2, 3, 5
RTC_MEMORY_BYTES = 2048
UNIX_2000 = 946684800
NTP_PORT = 123
THINGSPEAK = "api.thingspeak.com"
NAME_SERVER_PATIENCE_S = 14
"""How long lwIP asks a name server that is silent."""
WATCHDOG_PATIENCE_S = 5.0
"""Real seconds a watchdog leaves at least: at high speed this computer's own hiccups would bite."""
TOLD_TO_TAKERS = "accepted heap heap_info radio socket thread tls".split()
ESPRESSIF = bytes.fromhex("246f28")


class Wiring:
    """Everything around the chip; it lives from power-on to power-off, over the resets of the chip.

    `addresses` says what names resolve to: {"host": its own, "listen": where it binds, "internet": (web port, time port),
    "thingspeak": (host, http port, https port)}; `phones` is HotspotDoor.phones; `facts` is what boot.py is told beside what the wiring
    knows; `heap_bytes` is Python's heap; `power_cut_after` counts flash writes, None never cuts. `ended` holds the note that ends the run
    of the chip: ("reset", reset cause), ("panic", reset cause), ("power_cut", None) or ("main_ended", None).
    """

    def __init__(self, state, clock, world, addresses, phones, facts, heap_bytes, power_cut_after):
        self.takers = Takers(state, heap_bytes)
        self._clock, self._world, self._addresses, self._phones_by_port, self._facts = clock, world, addresses, phones, facts
        self._power_cut_after = power_cut_after
        self.mac = _lasting_mac(state / "mac")
        self._power_on_s = clock.now()
        self._button = (False, 0)  # what the world says of it, and when it was first seen to say so
        self._rtc_offset = UNIX_2000 - clock.now()
        self._rtc_memory = state / "rtc_memory"
        self._rtc_memory.write_bytes(bytes(2 + RTC_MEMORY_BYTES))
        self.wear = Wear(state / "wear.json", self.uptime_s)
        self.light = Light(state / "light.log", self.uptime_s)
        self.joins = Joins(state / "joins.log", clock.now)
        self.new_start(POWER_ON)

    def new_start(self, cause):
        """The chip starts again: the radio and the watchdog forget, the RTC does not."""
        self.cause = cause
        self.ended = None
        self.is_ready = False
        self.hostname = None
        self.watchdog_ends = None
        self._watchdog_s = 0
        self._found = []
        self.station = Station(self._clock.now, lambda: self._world.read()["networks"], self.joins.note)
        self.access_point = AccessPoint(self.mac[:5] + bytes([self.mac[5] + 1 & 0xFF]))

    def settle(self):
        """Live through the time that has passed."""
        self.station.settle()
        self.takers.look(self.station, self.access_point)

    def uptime_s(self):
        return self._clock.now() - self._power_on_s

    def take(self, message):
        """Handle one message. Returns the answer's bytes, None when none is wanted."""
        if message[:1] == b"f":
            self._feed()
        elif message[:1] in (b"w", b"e"):
            verb, _, block, length = struct.unpack("<BBHI", message)
            self.wear.note(verb == ord("w"), block, length)
        else:
            verb, *arguments = json.loads(message)
            if verb in TOLD_TO_TAKERS:
                self.settle()
            note = getattr(self, "note_" + verb, None) or getattr(self.takers, "note_" + verb, None)
            if note is None:
                return self._answer(getattr(self, "ask_" + verb, None) or getattr(self.takers, "ask_" + verb), arguments)
            note(*arguments)
        return None

    def _answer(self, ask, arguments):
        try:
            return json.dumps((True, ask(*arguments))).encode()
        except RadioError as error:
            return json.dumps((False, error.args)).encode()
        except (KeyError, ValueError, TypeError) as error:
            return json.dumps((None, str(error))).encode()

    def ask_power_on(self):
        writes_left = self._power_cut_after and self._power_cut_after - self.wear.writes
        return {**self._facts, "speed": self._clock.speed, "virtual_start": self._clock.virtual_start, "real_start": self._clock.real_start,
                "rtc_offset": self._rtc_offset, "cause": self.cause, "unique_id": self.mac.hex(), "rtc_memory": self._rtc_memory.name,
                "writes_left": writes_left, "python_bytes": self.takers.memory.python_bytes()}

    # the chip's own life

    def note_ready(self, heap_bytes):
        self.is_ready = True

    def note_reset(self):
        self.ended = ("reset", HARD_RESET)

    def note_soft_reset(self):
        self.ended = ("reset", SOFT_RESET)

    def note_main_ended(self):
        self.ended = ("main_ended", None)

    def note_power_cut(self):
        self.ended = ("power_cut", None)

    def note_watchdog(self, timeout_ms):
        self._watchdog_s = timeout_ms / 1000
        self._feed()

    def _feed(self):
        patience_s = max(self._clock.real_s(self._watchdog_s), min(self._watchdog_s, WATCHDOG_PATIENCE_S))
        self.watchdog_ends = time.monotonic() + patience_s

    def note_rtc(self, offset_s):
        self._rtc_offset = offset_s

    def note_light(self, pin, level):
        self.light.note(pin, level)

    def note_hostname(self, name):
        self.hostname = name

    def note_country(self, code):
        self.station.country = code

    def ask_pin(self, pin):
        """The level. A button that is a number is let go so many seconds after the device first felt it, however late that was."""
        said = self._world.read()["button"]
        if said != self._button[0]:
            self._button = (said, self.uptime_s())
        is_held = said if isinstance(said, bool) else self.uptime_s() - self._button[1] < said
        return 0 if pin == BUTTON_PIN and is_held else 1

    def ask_dht(self, pin):
        frame = weather_sensor.frame(self._world.read(), pin, self.uptime_s())
        return frame and frame.hex()

    def ask_tls(self, number, live):
        outcome = self.takers.ask_tls(number, live)
        if outcome == "panic":
            self.ended = ("panic", HARD_RESET)  # ports/esp32/modmachine.c: ESP_RST_PANIC is reported like ESP_RST_SW
        return outcome

    # the air

    def ask_wifi_active(self, interface):
        return self._interface(interface).is_active

    def ask_wifi_set_active(self, interface, is_active):
        if is_active and not self.takers.memory.has(INTERFACES[interface]):
            self.takers.take(INTERFACES[interface])
        self._interface(interface).set_active(is_active)
        return is_active

    def ask_wifi_connect(self, ssid, key, bssid):
        self.station.connect(None if ssid is None else bytes.fromhex(ssid), bytes.fromhex(key), bytes.fromhex(bssid))

    def ask_wifi_disconnect(self):
        self.station.disconnect()

    def ask_wifi_is_connected(self, interface):
        return self.station.is_connected() if interface == STATION else bool(self._phones())

    def ask_wifi_status(self):
        return self.station.status()

    def ask_wifi_rssi(self):
        return self.station.rssi_dbm()

    def ask_wifi_phones(self):
        if not self.access_point.is_active:
            raise RadioError("Wifi Invalid Mode")
        return self._phones()

    def ask_wifi_scan_starts(self):
        self.station.start_scan()

    def ask_wifi_scan_ends(self):
        self._found = self.station.scan()
        return len(self._found)

    def ask_wifi_found(self, index):
        return self.station.as_found(self._found[index])

    def ask_wifi_configure(self, interface, name, value):
        if interface == ACCESS_POINT and name not in ("pm", "txpower", "dhcp_hostname", "hostname"):
            self.access_point.configure(name, value)
        elif name == "reconnects":
            self.station.reconnects = value

    def ask_wifi_config(self, interface, name):
        if name == "mac":
            return (self.mac if interface == STATION else self.access_point.mac).hex()
        if interface == ACCESS_POINT:
            value = self.access_point.settings[{"essid": "ssid", "authmode": "security"}.get(name, name)]
            return value.hex() if isinstance(value, bytes) else value
        network = self.station.network()
        return {"reconnects": self.station.reconnects, "channel": network["channel"] if network else 1,
                "ssid": network["ssid_bytes"].hex() if network else "", "essid": network["ssid_bytes"].hex() if network else ""}[name]

    def ask_wifi_addresses(self, interface):
        if interface == ACCESS_POINT and self.access_point.is_active:
            return self.access_point.address, "255.255.255.0", self.access_point.address, self.access_point.address
        return self.station.addresses(self._addresses["host"]) if interface == STATION else ("0.0.0.0",) * 4

    def ask_wifi_fix(self, addresses):
        self.station.fixed = addresses

    def ask_wifi_set_address(self, address):
        self.access_point.address = address

    def _interface(self, number):
        return self.station if number == STATION else self.access_point

    def _phones(self):
        return [bytes([2, 0, 0, 0, 0, number]).hex() for number in range(self._world.read()["phones"])]

    # the doors

    def ask_accepted(self, number, address, port):
        """A connection has come in. Returns its peer's address: one on the hotspot for its door, or while there is no other network;
        otherwise one in the home network's subnet, or its own where that has none."""
        self.takers.ask_socket(number, "accepted")
        last = self._phones_by_port.pop(port, None)
        home = self.station.network()
        if last is None and (home or not self.access_point.is_active):
            return "%s.%d" % (home["subnet"], phone(address)) if home and home["subnet"] else address
        return "%s.%d" % (subnet_of(self.access_point.address), last or phone(address))

    # the internet

    def ask_look_up(self, name, port):
        """Returns (address or None, port, seconds the look-up takes)."""
        if name in ("", "0.0.0.0", self._addresses["host"], self.access_point.address):
            return self._addresses["listen"], port, 0
        if name == "localhost" or name.replace(".", "").isdigit():
            return "127.0.0.1" if name == "localhost" else name, port, 0
        internet = self._world.read()["internet"]
        if not internet or not self.station.has_way_out(self.access_point.is_active and self.access_point.address):
            return None, port, 0
        if internet == "no_name_server":
            return None, port, NAME_SERVER_PATIENCE_S
        if name == THINGSPEAK and internet != "login":
            host, http_port, https_port = self._addresses["thingspeak"]
            return host, https_port if port == 443 else http_port, 0
        return self._addresses["host"], self._addresses["internet"][port == NTP_PORT], 0


def _lasting_mac(path):
    if not path.exists():
        path.write_text((ESPRESSIF + secrets.token_bytes(3)).hex())
    try:
        mac = bytes.fromhex(path.read_text())
    except ValueError:
        mac = b""
    if len(mac) != 6:
        raise StateRefused("%s is damaged: remove it, or start over with --fresh." % path)
    return mac
