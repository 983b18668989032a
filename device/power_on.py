"""Power-on: makes the parts, looks back at the last start, and chooses the mode.

Loaded once and forgotten: nothing that is defined here may stay in use, or all of it would stay in memory.
"""

import sys

from core.access import Access
from core.event_log import EventLog
from core.heartbeat import Heartbeats
from core.memory import ask
from core.on_demand import load
from hardware import board, flash, heap, power
from hardware.background import Background
from hardware.chance import random_bytes
from hardware.clock import Clock
from hardware.indicator import Indicator
from hardware.uploader import Uploader
from hardware.wifi import Wifi
from server import Server

LONGEST_SILENCE_S = {"measuring": 300, "uploading": 600, "serving": 300}
"""Seconds a loop may take from one sign of progress to the next before the watchdog is left to bite."""


def prepare(device):
    """Put the parts into `device`, and return the mode that fits: "station" or "portal"."""
    _look_at_start(device)
    _make_parts(device)
    return _choose(device, _recover(device))


def _look_at_start(device):
    memory = device.memory
    device.board = board
    board.configure(_board_overrides(), sys.implementation._machine)
    board.configure = board.PROFILES = None  # only the values stay in memory
    ask(heap.free)
    growth = load("hardware.growth").grow(board.HEAP_GROWTH_BYTES)
    device.reset_cause = power.reset_cause(memory)
    memory.set_reason("")
    memory.set("starts", memory.get("starts") + 1)
    device.clock = Clock(memory)
    device.log = EventLog(device.clock)
    device.version = (flash.read(sys.path[0] + "/version") or b"").decode().strip()
    device.log("Dewlog %s, started by %s" % (device.version, device.reset_cause))
    device.idf_heap, device.heap_bytes, device.heap_chosen = heap.idf, heap.total, None
    if growth:
        before, device.heap_chosen, device.heap_pin = growth
        device.log("Python's heap: %d bytes, grown from %d" % (device.heap_chosen, before))


def _make_parts(device):
    directory = sys.path[0]
    device.state = load("hardware.identity").load()
    device.device_password = device.state["hotspot_password"]
    device.background = Background()
    device.wifi = Wifi(board, device.background, device.log)
    device.uploader = Uploader(device.background, directory + "/thingspeak_root.der", heap.idf)
    device.indicator = Indicator(board.LED_PIN, board.LED_LIT)
    device.heartbeats = Heartbeats(LONGEST_SILENCE_S)
    device.access = Access(device.wifi.names, device.device_password, random_bytes)
    device.server = Server(device.listen, device.access, device.log, device.is_serving)


def _recover(device):
    """Count this start, move the last crash to flash, and step back when starts keep failing. Returns whether only set-up is safe."""
    for sentence in load("hardware.repair").repair():
        device.log(sentence)
    crash = load("hardware.crash_log").keep(device.memory)
    if crash:
        device.log("Crash in %s: %s %s" % (crash.get("task"), crash.get("error"), crash.get("message")))
    bad_starts = device.memory.get("bad_starts")
    device.memory.set("bad_starts", bad_starts + 1)
    safe_start = load("core.safe_start")
    verdict = safe_start.verdict(bad_starts)
    store = load("hardware.settings_store").SettingsStore()
    if verdict == safe_start.LAST_GOOD:
        store.go_back()
    device.settings = store.load()
    device.notice = store.problem or safe_start.sentence(verdict, device.reset_cause)
    if device.notice:
        device.log(device.notice)
    return verdict == safe_start.PORTAL_ONLY


def _choose(device, safe):
    mode = load("core.mode")
    memory, state = device.memory, device.state
    quick_starts = mode.quick_starts(state["quick_starts"], device.reset_cause == "power")
    if quick_starts != state["quick_starts"]:
        state["quick_starts"] = quick_starts
        load("hardware.identity").save(state)
    wanted = memory.get("portal_wanted")
    memory.set("portal_wanted", 0)
    return mode.choose(device.settings, wanted, quick_starts, safe)


def _board_overrides():
    """What /board.json says differs on this board; an unreadable file is passed over."""
    try:
        return load("core.flat_json").parse(flash.read("/board.json") or b"{}")
    except ValueError:
        return None
