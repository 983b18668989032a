"""One reading for the trial of new settings."""

import asyncio

from core import dht
from core.reading import Reading, SensorChecksum, SensorSilent
from hardware.sensor import Sensor

SETTLE_S = 2  # a DHT22 needs this long after power-up, and between two reads


async def reading(device):
    """Read the sensor of a device that is not measuring: a Reading, or a problem's code ("sensor_silent", "sensor_checksum")."""
    kind = device.sensor_kind
    sensor = Sensor(device.board.SENSOR_PIN, kind)
    await asyncio.sleep(SETTLE_S)
    try:
        frame = await device.background.run(sensor.read_frame)
    except SensorSilent:
        return "sensor_silent"
    except SensorChecksum:
        return "sensor_checksum"
    values = dht.decode(frame, kind)
    if not any(frame) or not dht.is_plausible(*values, kind):
        return "sensor_checksum"
    return Reading(device.clock.now(), device.clock.uptime_s(), device.clock.session, *values, 0)


async def latest(device):
    """The same of a device that is measuring: its newest reading, with the time it is now."""
    logger = device.logger
    if logger.quality(device.clock.uptime_s()) != "ok":
        return logger.problem() if logger.problem() == "sensor_checksum" else "sensor_silent"
    newest = logger.latest
    return Reading(device.clock.now(), device.clock.uptime_s(), newest.session, newest.temperature_c, newest.humidity_pct, 0)
