"""Hours without internet: every reading is in the channel afterwards, once, with its true time."""

import contextlib
import time
from datetime import datetime, timezone

import pytest
from core.reading import Reading, pack

pytestmark = pytest.mark.timeout(900)
SPEED = 10
INTERVAL_S = 15
COUNT = 1000
"""Four hours; more than one call to ThingSpeak takes."""
PATIENCE_S = 120


def put_backlog(device):
    """Write COUNT readings of which none is sent into the journal of a device that is switched off. Returns their times."""
    image = device.image()
    newest_s = int(time.time()) - 3600
    times_s = [newest_s - INTERVAL_S * (COUNT - number) for number in range(COUNT)]
    records = [pack(Reading(time_s, 60 + time_s - times_s[0], 1, 20.0, 50.0, 0)) for time_s in times_s]
    image.write("/journal/000000.seg", b"".join(records))
    with contextlib.suppress(FileNotFoundError):
        image.remove("/cursor")
    image.save()
    return [datetime.fromtimestamp(time_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for time_s in times_s]


def wait_for_upload(device, is_so):
    """Wait until `is_so` of the upload's part of the readings."""

    def told():
        readings = device.readings()
        return readings and is_so(readings["upload"])

    device.wait_for(told, PATIENCE_S)


@pytest.mark.every_micropython
def test_what_was_measured_offline_is_in_the_channel_afterwards(new_device):
    device = new_device(speed=SPEED)
    device.set_up(interval_s=str(INTERVAL_S))
    device.wait_for(lambda: len(device.feed()) >= 2)
    device.stop()
    measured = put_backlog(device)
    device.world(internet=False)
    device.start()
    wait_for_upload(device, lambda upload: upload["waiting"] > COUNT)
    device.world(internet=True)
    wait_for_upload(device, lambda upload: upload["waiting"] <= 1)
    stored = [entry["created_at"] for entry in device.feed()]
    assert len(set(stored)) == len(stored), "none is there twice"
    assert set(measured) - set(stored) == set(), "none is missing"
    assert len([request for request in device.requests() if "bulk_update" in request["path"]]) > 1
