"""The alias that the ESP32 firmware has for `requests`, as lazy as there; its timeout is in virtual seconds, for a socket whose clock is
`time`."""

from stand_ins import scaled


def _request(method, url, data=None, json=None, headers=None, stream=None, auth=None, timeout=None, parse_headers=True):
    return __import__("requests").request(method, url, data, json, headers, stream, auth, scaled.deadline_s(timeout), parse_headers)


def _get(url, **options):
    return _request("GET", url, **options)


def _post(url, **options):
    return _request("POST", url, **options)


def __getattr__(name):
    requests = __import__("requests")  # only now, when something of it is asked for
    return {"request": _request, "get": _get, "post": _post}.get(name) or getattr(requests, name)
