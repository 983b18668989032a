"""Whatever name and key a network has, the radio is told exactly these: browser form, Microdot, settings, flash, WLAN.connect."""

import json
from urllib.parse import urlencode

import micropython_process
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ssid import to_id

KEY = "ABCDEFGHIJKLMN09"
URLENCODED = "application/x-www-form-urlencoded"

names = st.binary(min_size=1, max_size=32)
text_names = st.text(min_size=1, max_size=32).filter(lambda text: len(text.encode()) <= 32)
passphrases = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=63)
printable = st.characters(exclude_categories=("Cs", "Cc"))
wide_passphrases = st.text(printable, min_size=4, max_size=40).filter(lambda text: 8 <= len(text.encode()) <= 63)
raw_keys = st.text("0123456789abcdefABCDEF", min_size=64, max_size=64)
keys = passphrases | wide_passphrases | raw_keys
bounded = settings(max_examples=150, deadline=None, derandomize=True)


class Device:
    """The device's way of a form, on MicroPython."""

    def __init__(self, folder):
        self._process = micropython_process.start("form_path.py", folder)

    def post(self, body, content_type=URLENCODED):
        """(status, ssid, key) - what the radio was told."""
        self._process.stdin.write("%s %s\n" % (content_type, body.hex()))
        self._process.stdin.flush()
        status, ssid, key = self._process.stdout.readline().split()
        return int(status), _bytes(ssid), _bytes(key)

    def stop(self):
        micropython_process.stop(self._process)


def _bytes(digits):
    return b"" if digits == "-" else bytes.fromhex(digits)


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    device = Device(tmp_path_factory.mktemp("flash"))
    yield device
    device.stop()


def form(**fields):
    return urlencode({"api_key": KEY, **fields}).encode()


@bounded
@given(names, keys)
def test_a_typed_name_and_key_arrive_byte_for_byte(device, ssid, key):
    assert device.post(form(ssid=ssid, password=key)) == (303, ssid, key.encode())


@bounded
@given(names, keys)
def test_a_chosen_name_and_key_arrive_byte_for_byte(device, ssid, key):
    for network in (to_id(ssid), ssid.hex()):
        assert device.post(form(network=network, ssid="", password=key)) == (303, ssid, key.encode())


@bounded
@given(text_names, keys)
def test_json_arrives_byte_for_byte(device, ssid, key):
    for ascii_only in (False, True):
        body = json.dumps({"ssid": ssid, "password": key, "api_key": KEY}, ensure_ascii=ascii_only).encode()
        assert device.post(body, "application/json") == (303, ssid.encode(), key.encode())


@bounded
@given(names)
def test_an_open_network_is_joined_without_a_key(device, ssid):
    assert device.post(form(ssid=ssid, password="")) == (303, ssid, b"")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=200), st.sampled_from((URLENCODED, "application/json", "text/plain")))
def test_any_body_gets_an_answer_and_never_a_500(device, body, content_type):
    assert device.post(body, content_type)[0] in (303, 400)


@bounded
@given(st.text("ssidpawor=&%+0aZ\xff", max_size=60).map(lambda text: text.encode("latin-1")))
def test_what_looks_like_a_form_gets_an_answer(device, body):
    assert device.post(body)[0] in (303, 400)
