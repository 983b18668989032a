"""The sensor: a DHT22 or DHT11 on one pin, read as the five bytes it sent."""

import dht
import machine


class Sensor:
    """Allow it a second or two after power-up and at least two seconds between reads."""

    def __init__(self, pin):
        # Its start pulse of 18 ms, on the ESP32, is long enough for the DHT11 and not too long for the DHT22.
        self._driver = dht.DHT22(machine.Pin(pin))

    def read_frame(self):
        """The five bytes of one measurement, or "sensor_silent" or "sensor_checksum". Blocks for about 270 ms: run it in the background.

        The stock driver's own values are not used: they are wrong below zero for some clones, and for a DHT11.
        """
        try:
            self._driver.measure()
        except OSError:
            return "sensor_silent"
        except Exception:  # with which the stock driver tells of a wrong checksum
            return "sensor_checksum"
        return bytes(self._driver.buf)
