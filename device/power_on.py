"""Power-on: looks back at the last start and chooses the mode. Forgotten once the loops run."""

import sys

from core import mode
from hardware import crash_log, flash, identity, repair
from hardware.settings_store import SettingsStore


def look_back(device, growth):
    """Repair the flash, keep the record of the last crash, load identity and settings; or the last good settings. growth: see heap.grow."""
    memory, log = device.memory, device.log
    device.reset_cause = crash_log.reset_cause(memory)
    memory.set("reason", "")
    memory.set("starts", memory.get("starts") + 1)
    device.version = (flash.read(sys.path[0] + "/version") or b"").decode().strip()
    log("Dewlog %s, started by %s" % (device.version, device.reset_cause))
    if growth:
        log("Python's heap grew from %d to %d bytes" % growth)
    for line in repair.repair():
        log(line)
    crash = crash_log.keep(memory)
    if crash:
        log("Crash in %s: %s %s" % (crash.get("task"), crash.get("error"), crash.get("message")))
    bad_starts = memory.get("bad_starts")
    memory.set("bad_starts", bad_starts + 1)
    store = SettingsStore()
    if mode.goes_back(bad_starts):
        store.go_back()
    device.settings = store.load()
    device.notice = store.problem or mode.notice(bad_starts)
    if device.notice:
        log("Notice: %s" % device.notice)


def is_station(device):
    """Whether the device goes to its network, or opens the hotspot for set-up."""
    device.state = state = identity.load()
    quick_starts = mode.quick_starts(state["quick_starts"], device.reset_cause == "power")
    if quick_starts != state["quick_starts"]:
        state["quick_starts"] = quick_starts
        identity.save(state)
    memory = device.memory
    chosen = mode.choose(device.settings, memory.get("setup_wanted"), quick_starts, memory.get("bad_starts") - 1)
    memory.set("setup_wanted", 0)
    return chosen == mode.STATION
