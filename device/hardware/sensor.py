"""The sensor: a DHT22, AM2302 or DHT11 on one pin, read as the five bytes it sent."""

import dht
import machine

from core.on_demand import paged

from core.reading import SensorChecksum, SensorSilent


class Sensor:
    """Allow it a second or two after power-up and at least two seconds between reads."""

    @paged
    def __init__(self, pin, kind):
        """kind: "dht22", "am2302" (a DHT22 on a board or a cable) or "dht11"."""
        self.kind = kind
        driver = dht.DHT11 if kind == "dht11" else dht.DHT22
        self._driver = driver(machine.Pin(pin))

    def read_frame(self):
        """The five bytes of one measurement. Blocks for about 270 ms: run it in the background.

        Raises SensorSilent or SensorChecksum (core.reading). The stock driver's own values are not used: they are wrong below zero for some
        clones.
        """
        try:
            self._driver.measure()
        except OSError:
            raise SensorSilent
        except Exception as error:
            # The stock driver raises a bare Exception("checksum error").
            if type(error) is not Exception:
                raise
            raise SensorChecksum
        return bytes(self._driver.buf)
