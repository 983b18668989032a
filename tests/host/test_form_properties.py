"""Whatever name and key a network has, the radio is told exactly these; and whatever comes gets a code."""

import json
from urllib.parse import urlencode

import micropython_process
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.networks import listed
from core.settings import DEFAULTS
from core.settings_form import read_form
from hardware.settings_store import check, from_json, to_json

KEY = "ABCDEFGHIJKLMN09"
WORKING = dict(DEFAULTS, ssid=b"Home", password="correct horse", api_key=KEY, channel_id=7)
PLAIN = json.loads(to_json(WORKING))
CODES = ("required", "too_short", "too_long", "not_text", "not_a_key", "out_of_range", "not_a_choice", "not_a_number")
CODES += ("type_again", "unknown", "security_not_supported", "password_not_wanted")
URLENCODED = "application/x-www-form-urlencoded"

names = st.binary(min_size=1, max_size=32)
text_names = st.text(min_size=1, max_size=32).filter(lambda text: len(text.encode()) <= 32 and "\ufffd" not in text)
passphrases = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=63)
printable = st.characters(exclude_categories=("Cs", "Cc"))
wide_passphrases = st.text(printable, min_size=4, max_size=40).filter(lambda text: 8 <= len(text.encode()) <= 63)
raw_keys = st.text("0123456789abcdefABCDEF", min_size=64, max_size=64)
keys = passphrases | wide_passphrases | raw_keys
bounded = settings(max_examples=60, deadline=None, derandomize=True)


class Device:
    """The device's way of a form, on MicroPython."""

    def __init__(self, folder):
        self._process = micropython_process.start("form_path.py", folder)

    def post(self, body, content_type=URLENCODED):
        """(code, ssid, key) - what the radio was told."""
        self._process.stdin.write("%s %s\n" % (content_type, body.hex()))
        self._process.stdin.flush()
        code, ssid, key = self._process.stdout.readline().split()
        return code, _bytes(ssid), _bytes(key)

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
@given(text_names, keys)
def test_a_typed_name_and_key_arrive_byte_for_byte(device, ssid, key):
    assert device.post(form(ssid=ssid, password=key)) == ("ok", ssid.encode(), key.encode())


@bounded
@given(names, keys)
def test_a_chosen_name_and_key_arrive_byte_for_byte(device, ssid, key):
    assert device.post(form(network=ssid.hex(), ssid="", password=key)) == ("ok", ssid, key.encode())


@bounded
@given(text_names, keys)
def test_json_arrives_byte_for_byte(device, ssid, key):
    for ascii_only in (False, True):
        body = json.dumps({"ssid": ssid, "password": key, "api_key": KEY}, ensure_ascii=ascii_only).encode()
        assert device.post(body, "application/json") == ("ok", ssid.encode(), key.encode())


@bounded
@given(names)
def test_an_open_network_is_joined_without_a_key(device, ssid):
    assert device.post(form(network=ssid.hex(), password="")) == ("ok", ssid, b"")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=200), st.sampled_from((URLENCODED, "application/json", "text/plain", "multipart/form-data;boundary=a")))
def test_any_body_gets_a_code(device, body, content_type):
    code = device.post(body, content_type)[0]
    assert (code == "unsupported") is (content_type not in (URLENCODED, "application/json"))
    assert code in ("ok", "errors", "damaged", "unsupported")


@bounded
@given(st.text("ssidpawor=&%+0aZ\xff", max_size=60).map(lambda text: text.encode("latin-1")))
def test_what_looks_like_a_form_gets_a_code(device, body):
    assert device.post(body)[0] in ("ok", "errors", "damaged")


fields = st.dictionaries(
    st.sampled_from(
        (
            "ssid",
            "network",
            "ssid_hex",
            "password",
            "open",
            "api_key",
            "interval_s",
            "name",
            "units",
            "sensor",
            "https",
            "temperature_offset_c",
            "temperature_slope",
            "pin",
        )
    ),
    st.text(max_size=40) | st.sampled_from(("yes", "no", "60", "1,5", "Home", "other", "486f6d65", KEY)),
)
networks = st.lists(st.tuples(st.sampled_from((b"Home", b"Other", b"home")), st.integers(0, 12)), max_size=4).map(
    lambda seen: listed([(ssid, bytes(6), 6, -50, security, False) for ssid, security in seen])
)
currents = st.sampled_from((DEFAULTS, WORKING, dict(WORKING, https=False)))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(fields, currents, networks)
def test_a_form_without_errors_can_be_stored_and_secrets_stay_with_what_they_were_for(fields, current, networks):
    draft, errors = read_form(fields, current, networks)
    assert all(code in CODES for code in errors.values())
    if not errors:
        check(draft)
        assert from_json(to_json(draft)) == draft
    if not _key_typed(fields) and draft["api_key"]:
        assert draft["https"] or not current["https"] and draft["ssid"] == current["ssid"]
    if not fields.get("password") and draft["password"]:
        assert draft["ssid"] == current["ssid"]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(fields, max_size=4), networks)
def test_no_sequence_of_forms_leads_a_kept_secret_astray(forms, networks):
    """Each form begins with the draft that the last one left, as a page does whose errors are mended."""
    draft = WORKING
    for fields in forms:
        if not fields.get("password") and not _key_typed(fields):
            draft, _ = read_form(fields, draft, networks)
        assert draft["password"] == "" or draft["ssid"] == WORKING["ssid"]
        assert draft["api_key"] == "" or draft["https"]


def _key_typed(fields):
    return bool(fields.get("api_key", "").strip())


@bounded
@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=16, max_size=16), st.data())
def test_a_key_is_found_through_whatever_was_copied_along(key, data):
    unseen = st.text(" \t\r\n\u00a0\u00ad\u200b\u200e\u2060\ufeff\u202f", max_size=3)
    pasted = "".join(data.draw(unseen) + letter for letter in key) + data.draw(unseen)
    for around in ("%s", "https://api.thingspeak.com/update?api_key=%s&field1=0"):
        draft, errors = read_form({"ssid": "Home", "api_key": around % (pasted if around == "%s" else key.lower())}, DEFAULTS)
        assert errors == {} and draft["api_key"] == key


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from((*DEFAULTS, "ssid_hex")) | st.text(max_size=8), values, max_size=6))
def test_stored_settings_are_refused_or_come_back_as_they_were_taken(stored):
    try:
        taken = from_json(json.dumps({**PLAIN, **stored}))
    except ValueError as error:
        assert error.args[0] == "settings_damaged"
        return
    check(taken)
    assert from_json(to_json(taken)) == taken
    assert len(to_json(taken)) < 2500
