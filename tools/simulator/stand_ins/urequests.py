"""The alias that the ESP32 firmware has for `requests`; its timeout is in virtual seconds, for a socket whose clock is `time`."""

import requests

from stand_ins import scaled


def request(method, url, data=None, json=None, headers=None, stream=None, auth=None, timeout=None, parse_headers=True):
    return requests.request(method, url, data, json, headers, stream, auth, scaled.deadline_s(timeout), parse_headers)


def get(url, **options):
    return request("GET", url, **options)


def post(url, **options):
    return request("POST", url, **options)


def __getattr__(name):
    return getattr(requests, name)
