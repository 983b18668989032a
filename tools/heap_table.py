"""The heap the running firmware takes, mode by mode, measured on the virtual ESP32."""

import shutil
import sys
import tempfile
from pathlib import Path

import build

VIRTUAL_DEVICE = Path(__file__).resolve().parent.parent / "tests" / "host"
PLENTY = "400k"
"""The heap of the measurement: so much that nothing is short."""
SETTLED_REPORTS = 2
REPORT_S = 4
REPORTING_MAIN = """
import gc, sys
gc.collect()
before = gc.mem_alloc()
sys.path.insert(0, "/" + open("/active").read().strip())
import shelf
shelf.mount()
import asyncio
run = asyncio.run
async def report():
    while True:
        await asyncio.sleep(%d)
        app.%s("the pages that stay while there is plenty")
        gc.collect()
        print("Heap taken:", gc.mem_alloc() - before)
async def measured(main):
    asyncio.create_task(report())
    return await main
asyncio.run = lambda main: run(measured(main))
import app
app.start()
"""


def measured(interpreter, flash):
    """Start the build at `flash` on `interpreter`, set it up as a person would. Returns [(mode, bytes of heap taken when all is quiet)].

    It counts everything from main.py on, asyncio's and the modules' own included. Raises AssertionError when the device does not come
    so far.
    """
    sys.path.append(str(VIRTUAL_DEVICE))
    from virtual_device import VirtualDevice

    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "app"
        shutil.copytree(flash, app)
        (app / "main.py").write_text(reporting_main())
        with VirtualDevice(Path(folder) / "state", app=app, heap=PLENTY, micropython=interpreter.path) as device:
            set_up = _settled(device)
            device.set_up()
            return [("set-up mode", set_up), ("station mode", _settled(device))]


def reporting_main():
    """A main.py that starts the app and prints every REPORT_S seconds what is taken."""
    return REPORTING_MAIN % (REPORT_S, build.board_words()[1]["forget"])


def _settled(device):
    """Bytes, after some reports of this start."""
    known = len(_reports(device))
    device.wait_for(lambda: len(_reports(device)) >= known + SETTLED_REPORTS, timeout=60)
    return _reports(device)[-1]


def _reports(device):
    return [int(line.rpartition(":")[2]) for line in device.serial().splitlines() if "Heap taken:" in line]


def table(interpreter, flash):
    """Lines of text for people."""
    try:
        rows = measured(interpreter, flash)
    except AssertionError as failure:
        return ["Heap on %s: cannot be measured: %s" % (interpreter.name, str(failure).partition("\n")[0])]
    return ["Heap taken after the start, on %s:" % interpreter.name] + ["  %-24s %7d bytes" % row for row in rows]
