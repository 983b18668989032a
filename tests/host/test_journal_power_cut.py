"""The power is cut at every single block write: what was promised is there afterwards."""

import json

import micropython_process
from virtual_device import VirtualDevice


def test_no_cut_loses_more_than_the_record_being_written():
    result = json.loads(micropython_process.run("cut_power.py"))
    assert result["broken"] == []
    assert result["writes"] > 300, "the hour has writes to cut"
    assert result["cuts"] > 0.95 * result["writes"]


def test_a_device_cut_off_in_the_middle_of_its_work_goes_on_afterwards(tmp_path):
    """The same with the whole firmware: station mode, a reading every 15 s, the plug pulled by the simulator."""
    with VirtualDevice(tmp_path / "device", speed=10) as device:
        device.set_up(name="Balcony", interval_s="15")
        for writes in (1, 25, 54):
            device.restart(power_cut_after=writes)
            device.wait_until_ended(90)
            device.start()
            before = len(device.feed())
            device.wait_for(lambda before=before: len(device.feed()) > before + 1, 60)
            times = [entry["created_at"] for entry in device.feed()]
            assert len(set(times)) == len(times), "nothing is there twice"
            assert device.wait_for(device.readings)["name"] == "Balcony", writes
            assert "Traceback" not in device.serial(), writes
