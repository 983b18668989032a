"""How it is now: the document of readings_api.py, made in steps that are never in memory together. Loaded on demand."""

from core.on_demand import load


def document(station):
    """See readings_api.document."""
    code, upload_code = station.logger.problem(), station.logger.upload_state["problem"]
    problem = _sentence(code, station)
    upload_problem = problem if upload_code == code else _sentence(upload_code, station)
    return load("readings_api").document(station, problem, upload_problem)


def _sentence(code, station):
    """What a person reads about the problem `code`, and what to do; None for None."""
    return code and load("core.advice").sentence(code, station.board.SENSOR_PIN)
