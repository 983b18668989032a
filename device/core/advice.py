"""What went wrong, for a person: one sentence that says it, one that helps. Loaded on demand."""

from core.on_demand import load


def sentences(code, sensor_pin=23):
    """(message, advice) for a code of the contract, or for a problem of a running station. An unknown code speaks for itself."""
    advice = (
        load("core.advice_station").ADVICE.get(code)  # never two of them in memory
        or load("core.advice_joining").ADVICE.get(code)
        or load("core.advice_thingspeak").ADVICE.get(code)
        or load("core.advice_internet").ADVICE.get(code)
    )
    message, advice = advice or ("Something unexpected happened (%s)." % code, "Please try again.")
    return message, advice.replace("%(sensor_pin)s", str(sensor_pin))


def sentence(code, sensor_pin=23):
    """Message and advice as one text."""
    return " ".join(sentences(code, sensor_pin))
