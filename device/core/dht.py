"""The DHT's five bytes: which sensor sent them, what they mean, and which of them to believe."""


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


def kind_of(frame):
    """Which sensor can have sent these bytes: "dht22", "dht11" or None.

    The first byte alone separates them: a DHT22's is at most 3 (1000 tenths of a percent), and a DHT11 measures no air that dry (from
    5 %, by Aosong's data sheet). A DHT11's second byte and the last but one are single digits.
    """
    if frame[0] > 3:
        temperature_c, humidity_pct = decode(frame, "dht11")
        fits = frame[1] < 10 and frame[3] & 0x7F < 10 and -20 <= temperature_c <= 60 and humidity_pct <= 100
        return "dht11" if fits else None
    temperature_c, humidity_pct = decode(frame)
    return "dht22" if -40 <= temperature_c <= 80 and 0 < humidity_pct <= 100 else None


def judge(frame, kind="auto"):
    """What is wrong with a frame whose checksum fits, or None. kind: "auto" takes both.

    "zeros": what a bad wire makes of nothing, such as 0 °C with 0 % or 1 °C with 1 %. "other_type": it comes from the other kind of sensor.
    "implausible": no sensor can measure that.
    """
    temperature_c, humidity_pct = decode(frame, kind)
    if 0 <= temperature_c <= 1 and humidity_pct <= 1:
        return "zeros"
    found = kind_of(frame)
    if found is None:
        return "implausible"
    return None if kind in ("auto", found) else "other_type"


class Filter:
    """Keeps bad frames out and gives the median of the last three good ones.

    A jump of more than 5 °C or 20 % against a value of the last minute is believed once a second frame confirms it.
    """

    def __init__(self):
        self.kind = None
        """Which sensor is there, by its frames: "dht22", "dht11", or None until it has sent one."""
        self._good = []  # the last three (temperature_c, humidity_pct)
        self._good_s = 0  # when the last of them was taken
        self._doubtful = None  # a jump that waits for its confirmation
        self._others = 0  # frames in a row of the other kind

    def take(self, frame, now_s, kind="auto"):
        """Judge a frame taken at `now_s` (any seconds that only rise). Returns None when it is good, else a word of `judge`, or "jump"."""
        wrong = judge(frame, kind)
        if wrong:
            return wrong
        found = kind_of(frame)
        if found != self.kind:
            self._others += 1
            if self.kind and kind == "auto" and self._others < 3:  # noise, too, can fit a checksum
                return "implausible"
            self.kind = found
            self._good = []
        self._others = 0
        value = decode(frame, found)
        good = self._good
        if now_s - self._good_s > 60:
            good = []
        elif good and _is_jump(value, good[-1]):
            if self._doubtful is None or _is_jump(value, self._doubtful):
                self._doubtful = value
                return "jump"
            good = [self._doubtful]
        self._good, self._good_s, self._doubtful = good[-2:] + [value], now_s, None
        return None

    def median(self):
        """(temperature_c, humidity_pct) in the middle of the last good frames, or None before the first."""
        good = self._good
        if not good:
            return None
        middle = (len(good) - 1) // 2
        return tuple([sorted([value[quantity] for value in good])[middle] for quantity in (0, 1)])


def _is_jump(value, reference):
    return abs(value[0] - reference[0]) > 5 or abs(value[1] - reference[1]) > 20
