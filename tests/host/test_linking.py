"""Linking: modules that are always together become one that does the same."""

import linking
import pytest

BUNDLES = (("app", "core.join", "core.words", "server"), ("mode", "core.names"))


def run(sources, entry="app", bundles=BUNDLES):
    """The names of the linked module `entry` after it was executed; only modules outside the firmware can be imported."""
    namespace = {"__name__": entry}
    exec(compile(linking.linked(sources, bundles)[entry], entry, "exec"), namespace)
    return namespace


def firmware(**changes):
    """Sources of a firmware with every module that `BUNDLES` names; `core_join` stands for core.join."""
    sources = {name: "" for bundle in BUNDLES for name in bundle}
    sources.update({name.replace("_", "."): source for name, source in changes.items()})
    return sources


def test_a_bundle_is_one_module_that_does_what_its_modules_did():
    linked = run(
        firmware(
            app="from core import join\nfrom core.words import greet as hello\ndef start():\n    return join.verdict(1), hello('you')\n",
            core_join="from core.words import SHOUT\ndef verdict(status):\n    return SHOUT + str(status)\n",
            core_words="SHOUT = '!'\ndef greet(name):\n    return 'hello ' + name\n",
        )
    )
    assert linked["start"]() == ("!1", "hello you")


def test_what_has_the_same_name_stays_apart():
    linked = run(
        firmware(
            app="from core.words import make\ndef _own():\n    return 'app'\ndef start():\n    return _own(), make()\n",
            core_words="def _own():\n    return 'words'\ndef make():\n    return _own()\n",
        )
    )
    assert linked["start"]() == ("app", "words")


@pytest.mark.parametrize(
    "function",
    [
        "def start():\n    verdict = join.verdict(1)\n    return verdict\n",
        "def start(verdict=7):\n    return join.verdict(1)\n",
        "def start():\n    return [join.verdict(verdict) for verdict in (1,)][0]\n",
        "def start():\n    return (lambda verdict: join.verdict(verdict))(1)\n",
        "def start():\n    class A:\n        verdict = join.verdict(1)\n    return A.verdict\n",
    ],
)
def test_a_variable_never_covers_a_name_that_comes_from_another_module(function):
    linked = run(firmware(app="from core import join\n" + function, core_join="def verdict(status):\n    return [status]\n"))
    assert linked["start"]() == [1]


def test_methods_and_attributes_keep_their_names():
    linked = run(
        firmware(
            app="from core.words import Words\ndef read():\n    return 'app'\ndef start():\n    return Words().read(), read()\n",
            core_words="def read():\n    return 'module'\nclass Words:\n    limit = 3\n    def read(self, most=5):\n"
            "        return read(), self.limit, most\n",
        )
    )
    assert linked["start"]() == (("module", 3, 5), "app")


def test_what_is_global_stays_global():
    linked = run(
        firmware(
            app="import server\nfrom core.words import count\n"
            "def start():\n    server.told = 'x'\n    count()\n    return count(), server.tell()\n",
            core_words="_n = 0\ndef count():\n    global _n\n    _n += 1\n    return _n\n",
            server="from json import dumps as told\ndef tell():\n    return told\n",
        )
    )
    assert linked["start"]() == (2, "x")


def test_others_import_from_the_bundle_and_small_constants_are_written_out():
    sources = firmware(
        other="from core.words import SHORT, LONG, greet\nfrom core import join\n"
        "def f():\n    return greet, SHORT, LONG, join.verdict(0)\n",
        core_words="SHORT = 'x'\nLONG = 'more than a dozen characters'\ndef greet(): pass\n",
        core_join="def verdict(status): pass\n",
    )
    other = linking.linked(sources, BUNDLES)["other"]
    assert "from app import verdict" in other and "from app import greet" in other and "from app import LONG" in other
    assert "SHORT" not in other and "'x'" in other


def test_a_function_may_choose_among_bundles():
    source = linking.linked(firmware(app="def choose():\n    import mode as chosen\n    return chosen\n"), BUNDLES)["app"]
    assert "import mode as chosen" in source


def test_imports_from_outside_come_once():
    sources = firmware(app="import os\n", core_join="import os\nfrom binascii import crc32\n")
    source = linking.linked(sources, BUNDLES)["app"]
    assert source.count("import os") == 1 and "from binascii import crc32" in source


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"other": "load('core.words')\n"}, "loads core.words"),
        ({"app": "import core.join\n"}, "write `from"),
        ({"app": "from core import join\nparts = [join]\n"}, "as a value"),
        ({"app": "from core import join\ndef f():\n    return join.missing\n"}, "not there"),
        ({"other": "from core import join\nverdict = join.verdict\n", "core_join": "def verdict(): pass\n"}, "of its own"),
        ({"core_join": "from core.words import A\n", "core_words": "A = 1\n", "other": "def f(late):\n    return late.A\n"}, "import it"),
    ],
)
def test_what_cannot_be_linked_is_refused(changes, words):
    with pytest.raises(linking.NotLinked, match=words):
        linking.linked(firmware(**changes), BUNDLES)


def test_a_bundle_names_modules_that_there_are():
    with pytest.raises(linking.NotLinked, match="not in the firmware"):
        linking.linked({"app": ""}, (("app", "gone"),))
