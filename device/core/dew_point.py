"""The dew point: the temperature at which the water in the air would show."""

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
