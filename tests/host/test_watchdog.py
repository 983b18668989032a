"""The watchdog is fed by progress: each loop is frozen in turn, and the device restarts and says why."""

import json

import pytest
from altered_firmware import altered

FREEZE = """
import asyncio
from {module} import {owner}
work = {owner}.{loop}
async def frozen(self, *given):
    task = asyncio.create_task(work(self, *given))
    await asyncio.sleep(5)
    print("FROZEN")
    {freeze}
{owner}.{loop} = frozen
"""
STOP = "task.cancel()\n    await asyncio.sleep(100000)"
SPIN = "while True: pass"
LOOPS = {
    "measuring": ("thermometer", "Thermometer", "measure"),
    "uploading": ("logger", "Logger", "upload"),
    "serving": ("server", "Server", "serve"),
}


@pytest.fixture(scope="module")
def set_up(tmp_path_factory):
    """Make a device in station mode whose firmware is then altered."""
    from virtual_device import VirtualDevice

    with VirtualDevice(tmp_path_factory.mktemp("watchdog"), speed=40) as device:
        device.set_up()

        def restart_with(folder, alteration):
            device.restart(app=altered(folder / "app", alteration))
            device.wait_for("FROZEN", 60)
            return device

        yield restart_with


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_that_stops_is_noticed(set_up, tmp_path, loop):
    module, owner, function = LOOPS[loop]
    device = set_up(tmp_path, FREEZE.format(module=module, owner=owner, loop=function, freeze=STOP))
    device.wait_for("No progress in %s" % loop, 60)
    device.wait_for("started by watchdog: %s" % loop, 60)


@pytest.mark.every_micropython
def test_a_loop_that_keeps_the_processor_is_ended(set_up, tmp_path):
    module, owner, function = LOOPS["measuring"]
    device = set_up(tmp_path, FREEZE.format(module=module, owner=owner, loop=function, freeze=SPIN))
    device.wait_for("started by watchdog", 60)


@pytest.mark.every_micropython
def test_an_unexpected_error_is_recorded_and_ends_in_a_restart(set_up, tmp_path):
    module, owner, function = LOOPS["measuring"]
    device = set_up(tmp_path, FREEZE.format(module=module, owner=owner, loop=function, freeze="raise ValueError('planted')"))
    device.wait_for("Crash in measuring: ValueError planted", 60)
    assert "started by restart: crash" in device.serial()
    device.stop()
    record = json.loads(device.image().read("/crashes.json"))[-1]
    assert (record["error"], record["message"], record["task"]) == ("ValueError", "planted", "measuring")
    assert any("line" in place for place in record["where"])
    assert record["heap_free"] > 0 and record["uptime_s"] > 0
