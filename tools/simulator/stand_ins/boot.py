"""Power-on: puts the stand-ins in place, mounts the flash and hands over to /main.py as a board does."""

import gc
import os
import sys
import vfs

REPLACED = ("gc", "time", "esp32", "_thread", "socket", "tls", "machine", "network", "dht", "ntptime", "urequests")
"""In the order of their use of each other; asyncio was imported before, so that its own ticks stay real."""


def start(heap_before):
    """Never returns. `heap_before` is what was allocated before the first stand-in was imported."""
    from stand_ins import flash_device, link

    board = link.ask("power_on")
    computer = vfs.mount()[0][0]
    _put_in_place(link, board, computer)
    flash = flash_device.FlashDevice(_opened(computer, board["image"]), board["blocks"], board["writes_left"])
    has_flash, first_bytes = board["image"] is not None, board["python_bytes"]
    board = None
    sys.path[:] = ["", ".frozen", "/lib"]
    gc.collect()
    own = gc.mem_alloc() - heap_before
    sys.modules["gc"].begin(own, first_bytes)
    link.tell("ready", own)
    if not has_flash:  # only the heap was to be measured
        link.halt()
    vfs.umount("/")
    vfs.mount(flash, "/")
    os.chdir("/")
    _run_main(link)


def _put_in_place(link, board, computer):
    stand_ins = {name: _load(name) for name in REPLACED}
    link.begin(board["speed"])
    _load("scaled").begin(board["speed"])
    stand_ins["time"].begin(board["speed"], board["virtual_start"], board["real_start"], board["rtc_offset"])
    stand_ins["machine"].begin(board["cause"], bytes.fromhex(board["unique_id"]), _opened(computer, board["rtc_memory"]))
    stand_ins["tls"].begin(bytes.fromhex(board["root_digest"]), _reader(computer, board["authority"]))


def _load(name):
    module = getattr(__import__("stand_ins." + name), name)
    if name in REPLACED:
        sys.modules[name] = module
    return module


def _opened(computer, name):
    return name and computer.open(name, "r+b")


def _reader(computer, path):
    def read():
        with computer.open(path, "rb") as file:
            return file.read()

    return read


def _run_main(link):
    try:
        with open("/main.py") as file:
            code = compile(file.read(), "main.py", "exec")
        exec(code, {"__name__": "__main__"})
    except SystemExit:
        link.tell("soft_reset")
        link.halt()
    except BaseException as error:  # as the stock boot does: a traceback, then the REPL
        sys.print_exception(error)
    link.tell("main_ended")
    link.halt()
