"""Comfort: what temperature and humidity mean together."""

import math


def dew_point_c(temperature_c, humidity_pct):
    """The temperature in °C at which this air would be saturated; None at 0 %.

    Magnus formula with the constants of Sonntag (1990) for water, 17.62 and 243.12 °C, good to 0.35 °C from -45 to 60 °C
    (WMO Guide to Instruments and Methods of Observation, WMO-No. 8, annex 4.B).
    """
    if humidity_pct <= 0:
        return None
    saturation = math.log(humidity_pct / 100) + 17.62 * temperature_c / (243.12 + temperature_c)
    return round(243.12 * saturation / (17.62 - saturation), 1)


def heat_index_c(temperature_c, humidity_pct):
    """How hot this air feels in the shade, in °C.

    The regression of Rothfusz with both adjustments, as the US National Weather Service computes it
    (https://www.wpc.ncep.noaa.gov/html/heatindex_equation.shtml): below 80 °F the simple formula of Steadman, averaged with the air
    temperature. Below 40 °F, where there is no heat to feel, the air temperature itself.
    """
    t = temperature_c * 1.8 + 32
    h = humidity_pct
    if t < 40:
        return round(temperature_c, 1)
    index = (t + 61 + (t - 68) * 1.2 + h * 0.094) / 2
    index = (index + t) / 2
    if index >= 80:
        index = (
            -42.379
            + 2.04901523 * t
            + 10.14333127 * h
            - 0.22475541 * t * h
            - 0.00683783 * t * t
            - 0.05481717 * h * h
            + 0.00122874 * t * t * h
            + 0.00085282 * t * h * h
            - 0.00000199 * t * t * h * h
        )
        if h < 13 and 80 <= t <= 112:
            index -= (13 - h) / 4 * math.sqrt((17 - abs(t - 95)) / 17)
        elif h > 85 and 80 <= t <= 87:
            index += (h - 85) / 10 * (87 - t) / 5
    return round((index - 32) / 1.8, 1)


def comfort_word(temperature_c, humidity_pct):
    """One or two words: by temperature first, then by dew point (muggy from 18 °C), then by humidity (30 to 60 % is what homes want)."""
    if temperature_c < 10:
        return "cold"
    if temperature_c < 18:
        return "cool"
    dew_c = dew_point_c(temperature_c, humidity_pct)
    if dew_c is not None and dew_c >= 18:
        return "oppressive" if dew_c >= 24 else "muggy"
    if temperature_c > 32:
        return "hot"
    if temperature_c > 26:
        return "warm"
    if humidity_pct < 30:
        return "dry air"
    return "humid" if humidity_pct > 60 else "comfortable"
