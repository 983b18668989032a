"""Power-on: looks back at the last start, chooses the mode, makes the parts and starts the loops. Forgotten once they run."""

import gc
import sys
import time

from core.on_demand import Borrowed
from hardware import board, chip, indicator
from hardware.clock import Clock, EventLog
from hardware.listener import Listener
from hardware.wifi import Wifi
from server import Server
from thermometer import Thermometer


def begin(device):
    """Make the parts of `device` (app.Device) and start its loops, in the mode that is chosen by what the last start left behind."""
    gc.threshold(1024)  # collect early: what stays is packed, and what is free is not broken into pieces too small for a page
    with Borrowed():
        from hardware import flash, profile

        profile.intern_names()
        profile.configure(board, flash.read("/board.json"), sys.implementation._machine)
        grown = profile.grow(chip, board.HEAP_GROWTH_BYTES)
        device.sensor = profile.sensor(board)
    device.board, device.heap, memory = board, chip, device.memory
    device.background = background = chip.Background()
    device.clock = clock = Clock(memory, background)
    device.log = log = EventLog(clock)
    with Borrowed():
        trouble = _look_back(device, grown)
    device.wifi = Wifi(board, background, log)
    device.sensor_background = chip.Background(4096)  # of its own: an upload may hang for half a minute
    device.thermometer = Thermometer(device)
    with Borrowed():
        from proof import wire

        wire(device, device.settings)
    if device.settings and trouble != "setup_only":  # before there are any, nothing is kept, and the set-up has the memory
        from logger import Logger

        device.journal = journal = device.open_journal()
        with Borrowed():
            from core.timestamps import newest

            clock.newest_s = newest(journal, clock) or clock.newest_s
        device.logger = Logger(device)
        device.go_on("uploading", device.logger.upload())
    device.server = Server(device)
    if device.mode == "station":
        import station

        device.go_on("station", station.stay(device))
    else:
        from hardware import hotspot

        device.go_on("hotspot", hotspot.set_up(device))
    device.go_on("serving", device.server.serve(Listener, board.HTTP_PORT))
    if trouble != "setup_only":  # then it may be what fails: nothing is measured until a trial asks for it
        device.go_on("measuring", device.thermometer.measure())
    device.go_on("indicator", indicator.run(device))
    device.go_on("housekeeping", device.keep_house())


def _look_back(device, grown):
    """Repair the flash, keep the record of the last crash, load identity and settings - or the last good settings -, choose the mode.

    grown: (bytes before, bytes after) of Python's heap, or None. Returns None; "restarted_often": five
    starts in a row did not last a minute, and the last settings that worked are taken; "setup_only": those failed, too.
    """
    from hardware import flash, last_start, settings_store

    memory, log = device.memory, device.log
    device.reset_cause = last_start.reset_cause(memory)
    memory.set("reason", "")
    device.restarts = memory.get("starts")  # since power-on
    memory.set("starts", device.restarts + 1)
    device.version = (flash.read(sys.path[0] + "/version") or b"").decode().strip()
    log("Dewlog %s, started by %s" % (device.version, device.reset_cause))
    if grown:
        log("Python's heap grew from %d to %d bytes" % grown)
    for line in last_start.repair():
        log(line)
    crash = last_start.keep_crash(memory)
    if crash:
        log("Crash in %s: %s %s" % (crash.get("task"), crash.get("error"), crash.get("message")))
    bad_starts = memory.get("bad_starts")
    if bad_starts > 12:  # hopeless: each start writes its crash record to flash, which a loop of them must not wear out
        time.sleep(15)
    memory.set("bad_starts", bad_starts + 1)
    trouble = (None, "restarted_often", "setup_only")[min(2, bad_starts // 5)]
    if trouble == "restarted_often":
        settings_store.go_back()
    device.settings, problem = settings_store.load()
    device.notice = problem or trouble
    if device.notice:
        log("Notice: %s" % device.notice)
    device.state = state = last_start.load_state()
    quick_starts = state["quick_starts"] + 1 if device.reset_cause == "power" else 0  # a restart by the firmware does not count
    if quick_starts != state["quick_starts"]:
        state["quick_starts"] = quick_starts
        last_start.save_state(state)
    is_setup = device.settings is None or memory.get("setup_wanted") or quick_starts >= 3 or trouble == "setup_only"
    device.mode = "setup" if is_setup else "station"
    memory.set("setup_wanted", 0)
    return trouble
