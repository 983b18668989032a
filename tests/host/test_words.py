"""The words of the pages: the same keys in every language, those that the pages name, and some for every code that the device sends."""

import html
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
WORDS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((WEB / "words").glob("*.json"))}
PAGES = {path.stem: path.read_text("utf-8") for path in sorted(WEB.glob("*.html"))}
SPEAKING = {name: page for name, page in PAGES.items() if "data-word" in page}
CODES = set(
    "sensor_silent sensor_checksum sensor_other_type flash_full wifi_lost key_refused quota thingspeak_error thingspeak_busy certificate "
    "clock_unknown memory wrong_password not_found weak_signal security_not_supported password_not_wanted no_address no_internet "
    "browser_login_needed required too_short too_long too_many one_at_a_time not_text not_a_key out_of_range not_a_choice not_a_number "
    "type_again damaged unknown settings_damaged restarted_often setup_only busy login_needed too_many_tries foreign_origin "
    "not_a_bundle other_mpy".split()
)
"""Every code that the device sends about something that a person may want to know."""
FIELDS = set("ssid password api_key interval_s name units sensor https temperature_offset_c humidity_offset_pct static".split())
STEPS = {"sensor", "wifi", "address", "internet", "thingspeak"}
DETAILS = {"again", "turn", "timeout", "connection", "redirect", "reply", "no_network"}


def flat(words, path=""):
    """{"setup.title": "Set up Dewlog", ...}"""
    if not isinstance(words, (dict, list)):
        return {path: words}
    entries = words.items() if isinstance(words, dict) else enumerate(words)
    return {key: text for name, part in entries for key, text in flat(part, "%s.%s" % (path, name) if path else str(name)).items()}


ENGLISH = flat(WORDS["en"])


def placeholders(text):
    return sorted(re.findall(r"\{\w+\}", text)), text.count("*")


def test_every_language_of_the_first_version_is_there():
    assert set(WORDS) >= {"en", "de", "es", "fr", "it", "pt"}


@pytest.mark.parametrize("language", WORDS)
def test_a_language_has_all_words_and_no_others(language):
    words = flat(WORDS[language])
    assert set(words) == set(ENGLISH)
    for key, text in words.items():
        assert isinstance(text, str) and text.strip() == text != "", key
        assert placeholders(text) == placeholders(ENGLISH[key]), key
        assert "<" not in text and "&" not in text, key


@pytest.mark.parametrize("language", sorted(set(WORDS) - {"en"}))
def test_a_language_is_translated(language):
    """Short words may be the same in two languages; sentences are not."""
    words = flat(WORDS[language])
    same = [key for key, text in words.items() if text == ENGLISH[key] and len(text) > 14]
    assert not same


@pytest.mark.parametrize("language", WORDS)
def test_every_code_has_a_sentence_and_advice_and_there_are_no_other_codes(language):
    codes = WORDS[language]["codes"]
    assert set(codes) == CODES | {"unexpected"}
    assert all(isinstance(words, list) and len(words) == 2 for words in codes.values())
    for field, errors in WORDS[language]["fields"].items():
        assert field in FIELDS and set(errors) <= CODES
    assert STEPS | DETAILS <= set(WORDS[language]["proof"])


def test_the_device_knows_every_code_that_has_words():
    """A code that nobody sends any more leaves its words behind."""
    quoted = set(re.findall(r'"(\w+)"', "".join(path.read_text("utf-8") for path in (ROOT / "device").rglob("*.py"))))
    assert not CODES - quoted


@pytest.mark.parametrize("name", SPEAKING)
def test_a_page_says_in_english_what_the_words_say(name):
    """So that it can be read before the words are there, and without scripts."""
    page = SPEAKING[name]
    found = re.findall(r'<(\w+)\b[^>]*\bdata-word="([\w.-]+)"[^>]*>(.*?)</\1>', page, re.DOTALL)
    assert len(found) == page.count('data-word="')
    for _, key, inner in found:
        text = re.sub(r'<bdi data-value="(\w+)"></bdi>', r"{\1}", inner)
        text = html.unescape(re.sub(r"</?b>", "*", text)).strip()
        assert re.sub(r"\s+", " ", text) == ENGLISH.get(key), key
    for tag in re.findall(r"<[^>]*\bdata-label=[^>]*>", page):
        key, label = re.search(r'data-label="([\w.]+)"', tag)[1], re.search(r'aria-label="([^"]*)"', tag)
        assert key in ENGLISH and (not label or html.unescape(label[1]) == ENGLISH[key]), key  # what needs scripts may wait for the words


@pytest.mark.parametrize("name", SPEAKING)
def test_a_page_offers_every_language_and_loads_the_sections_that_it_names(name):
    page = SPEAKING[name]
    links = re.findall(r'<link rel="alternate" hreflang="(\w+)" title="(.+?)" href="words/(\w+).json" data-codes="words/(\w+).json">', page)
    assert {link[0]: link[1] for link in links} == {language: words["_name"] for language, words in WORDS.items()}
    assert all(link[0] == link[2] == link[3] for link in links)
    sections = set(re.search('<meta name="words" content="(.+?)">', page)[1].split()) | {"shared"}
    assert sections <= set(WORDS["en"])
    named = " ".join(re.findall(r'(?:src|data-script)="([\w. ]+\.js)"', page)).split()
    scripts = [name for name in named if name.endswith(".js") and name != "dewlog.js"]
    sources = page + "".join((WEB / script).read_text("utf-8") for script in scripts)
    used = set(re.findall(r'["\'`](%s)\.(?!css|js)\w' % "|".join(section for section in WORDS["en"] if section != "_name"), sources))
    assert used <= sections | {"codes", "fields", "file", "update"}


def test_every_word_has_its_place():
    """Named whole in a page or script, or its section with a name that the script puts together."""
    sources = "".join(path.read_text("utf-8") for path in [*WEB.glob("*.html"), *WEB.glob("*.js")])
    names = set(re.findall(r"[\w.]+", sources))
    composed = set(re.findall(r'["\'`]([a-z_.]+)["`]? ?(?:\+|\$\{)', sources))
    unused = [
        key
        for key in ENGLISH
        if key.split(".")[0] not in ("_name", "codes", "fields", "intervals")
        and key not in names
        and key.partition(".")[2] not in STEPS | DETAILS
        and not any(key.startswith(start) for start in composed)
        and key.partition(".")[2] not in names
    ]
    assert not unused
