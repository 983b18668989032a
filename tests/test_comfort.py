"""Dew point, heat index and the word for both."""

from core.comfort import comfort_word, dew_point_c, heat_index_c


def near(value, expected, tolerance):
    return abs(value - expected) <= tolerance


def test_the_dew_point_agrees_with_published_values():
    # temperature °C, humidity %, dew point °C (tables of the German weather service)
    table = ((20, 50, 9.3), (25, 60, 16.7), (30, 80, 26.2), (0, 90, -1.4), (-10, 70, -14.4), (20, 100, 20))
    for temperature_c, humidity_pct, expected_c in table:
        assert near(dew_point_c(temperature_c, humidity_pct), expected_c, 0.2), (temperature_c, humidity_pct)


def test_air_without_water_has_no_dew_point():
    assert dew_point_c(20, 0) is None


def test_the_heat_index_agrees_with_the_chart_of_the_national_weather_service():
    # °F, %, °F as printed on the chart
    chart = ((80, 40, 80), (90, 50, 95), (96, 65, 121), (100, 40, 109), (86, 90, 105), (110, 40, 136))
    for temperature_f, humidity_pct, expected_f in chart:
        index_f = heat_index_c((temperature_f - 32) / 1.8, humidity_pct) * 1.8 + 32
        assert near(index_f, expected_f, 1.3), (temperature_f, humidity_pct, index_f)


def test_dry_heat_is_taken_down_and_damp_warmth_up():
    # 100 °F at 10 %: Rothfusz alone gives about 95.5 °F, the adjustment takes 0.7 °F off
    assert near(heat_index_c(37.8, 10) * 1.8 + 32, 94.6, 1)
    assert heat_index_c(28, 95) > heat_index_c(28, 85)


def test_in_the_cold_it_feels_as_it_is():
    for temperature_c in (-40, -5, 0, 4):
        assert heat_index_c(temperature_c, 50) == temperature_c


def test_the_word_fits_the_air():
    for temperature_c, humidity_pct, word in (
        (-5, 80, "cold"),
        (15, 50, "cool"),
        (21, 45, "comfortable"),
        (21, 20, "dry air"),
        (20, 70, "humid"),
        (25, 80, "muggy"),
        (30, 85, "oppressive"),
        (28, 40, "warm"),
        (35, 20, "hot"),
    ):
        assert comfort_word(temperature_c, humidity_pct) == word, (temperature_c, humidity_pct)
