"""The DHT sensor: five bytes for the weather as the type that is wired sends them, with the faults of the real ones."""

SETTLE_S = 1.0
"""After power-up the chip does not answer yet (datasheet AM2302)."""


def frame(world, pin, since_power_up_s):
    """Return the five bytes of one measurement, or None when nothing answers."""
    if pin != world["sensor_pin"] or since_power_up_s < SETTLE_S or world["sensor"] == "silent":
        return None
    if world["sensor"] == "zeros":
        return bytes(5)
    sent = dht11_bytes if world["sensor_type"] == "dht11" else dht22_bytes
    four = sent(**world["weather"], is_twos_complement=world["sensor"] == "twos_complement")
    check = sum(four) & 0xFF
    return four + bytes([check ^ 0x55 if world["sensor"] == "checksum" else check])


def dht22_bytes(temperature_c, humidity_pct, is_twos_complement=False, **_):
    """Tenths, big-endian; below zero the AM2302 sets the top bit, some clones send two's complement."""
    humidity = min(1000, max(0, round(humidity_pct * 10)))
    tenths = min(1250, max(-400, round(temperature_c * 10)))
    temperature = tenths & 0xFFFF if is_twos_complement else abs(tenths) | (0x8000 if tenths < 0 else 0)
    return humidity.to_bytes(2, "big") + temperature.to_bytes(2, "big")


def dht11_bytes(temperature_c, humidity_pct, **_):
    """Whole part and tenths in a byte each; the top bit of the tenths is the sign."""
    tenths = min(600, max(-200, round(temperature_c * 10)))
    whole, tenth = divmod(abs(tenths), 10)
    return bytes([min(100, max(0, round(humidity_pct))), 0, whole, tenth | (0x80 if tenths < 0 else 0)])
