"""The DHT sensors of the stock driver: five bytes from the simulated weather, as slowly as the real ones."""

import errno

from stand_ins import link

_MEASURE_S = 0.273


class DHTBase:
    """A sensor on a machine.Pin; `buf` keeps the last frame, also one whose checksum is wrong.

    As the stock driver, it takes the five bytes of whatever is wired; the subclasses only read them differently.
    """

    def __init__(self, pin):
        self.pin = pin
        self.buf = bytearray(5)

    def measure(self):
        link.pause(_MEASURE_S)
        frame = link.ask("dht", self.pin._number)
        if frame is None:
            raise OSError(errno.ETIMEDOUT)
        self.buf[:] = bytes.fromhex(frame)
        if sum(self.buf[:4]) & 0xFF != self.buf[4]:
            raise Exception("checksum error")


class DHT11(DHTBase):
    def humidity(self):
        return self.buf[0]

    def temperature(self):
        return self.buf[2]


class DHT22(DHTBase):
    def humidity(self):
        return (self.buf[0] << 8 | self.buf[1]) * 0.1

    def temperature(self):
        tenths = ((self.buf[2] & 0x7F) << 8 | self.buf[3]) * 0.1
        return -tenths if self.buf[2] & 0x80 else tenths
