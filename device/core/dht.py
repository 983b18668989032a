"""The DHT's five bytes: what they mean, and which of them to believe."""

OK = 0
ZEROS = 1
IMPLAUSIBLE = 2
JUMP = 3
OUTCOMES = ("ok", "zeros", "implausible", "jump")

JUMP_C = 5.0
JUMP_PCT = 20.0
RECENT_S = 60


def decode(frame, kind="dht22"):
    """(temperature_c, humidity_pct) of five bytes.

    DHT22: tenths, big-endian; below zero the top bit is the sign (Aosong's data sheet), or, on some clones, the number is two's
    complement. The two cannot be mixed up: sign and magnitude never exceeds 0x8000 + 400. DHT11: whole and tenth in a byte each,
    the top bit of the last one is the sign.
    """
    if kind == "dht11":
        temperature_c = frame[2] + (frame[3] & 0x7F) / 10
        return 0 - temperature_c if frame[3] & 0x80 else temperature_c, frame[0] + frame[1] / 10
    raw = frame[2] << 8 | frame[3]
    if raw >= 0xC000:
        raw -= 0x10000
    elif raw & 0x8000:
        raw = -(raw & 0x7FFF)
    return raw / 10, (frame[0] << 8 | frame[1]) / 10


def is_plausible(temperature_c, humidity_pct, kind="dht22"):
    """Whether the sensor can measure such values at all (by its data sheet)."""
    lowest_c, highest_c = (-20, 60) if kind == "dht11" else (-40, 80)
    return lowest_c <= temperature_c <= highest_c and 0 < humidity_pct <= 100


class Filter:
    """Keeps bad frames out and gives the median of the last three good ones.

    A jump of more than `JUMP_C` or `JUMP_PCT` against a recent value is believed once a second frame confirms it. `memory` is a list that
    can be handed to the next Filter: what it holds outlives this module.
    """

    def __init__(self, kind="dht22", memory=None):
        self._kind = kind
        self.memory = memory or [
            [],  # the last three good (temperature_c, humidity_pct)
            0,  # when the last of them was taken
            None,  # a jump that waits for its confirmation
        ]

    def take(self, frame, now_s):
        """Judge a frame taken at `now_s` (any seconds that only rise). Returns OK, ZEROS, IMPLAUSIBLE or JUMP."""
        if not any(frame):
            return ZEROS  # passes the checksum and would read 0.0 degrees, 0.0 %
        value = decode(frame, self._kind)
        if not is_plausible(*value, kind=self._kind):
            return IMPLAUSIBLE
        good, good_s, doubtful = self.memory
        if good and now_s - good_s <= RECENT_S and _is_jump(value, good[-1]):
            if doubtful is None or _is_jump(value, doubtful):
                self.memory[2] = value
                return JUMP
            good = [doubtful]
        elif now_s - good_s > RECENT_S:
            good = []
        self.memory[:] = good[-2:] + [value], now_s, None
        return OK

    def median(self):
        """(temperature_c, humidity_pct) in the middle of the last good frames, or None before the first."""
        good = self.memory[0]
        if not good:
            return None
        middle = (len(good) - 1) // 2
        return tuple([sorted([value[quantity] for value in good])[middle] for quantity in (0, 1)])


def _is_jump(value, reference):
    return abs(value[0] - reference[0]) > JUMP_C or abs(value[1] - reference[1]) > JUMP_PCT
