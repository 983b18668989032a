"""What pytest needs to import the firmware and the tools."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SLOW = ("virtual_device", "VirtualDevice", "new_device", "playwright", "phone_browser", "board_on_a_terminal", "soak.soaked")
sys.path[:0] = [str(ROOT / folder) for folder in ("device", "tools", "tests/host", "tests/host/on_cpython")]
os.ilistdir = lambda folder: ((name, os.stat(folder + "/" + name)[0] & 0xF000) for name in os.listdir(folder))  # as MicroPython has it


def _as_on_a_board(package):
    """Microdot as the build has it: the module of the package's name, without the package round it."""
    folder = importlib.util.find_spec(package).submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location(package, "%s/%s.py" % (folder, package))
    sys.modules[package] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[package])


_as_on_a_board("microdot")


def pytest_addoption(parser):
    parser.addoption("--fast", action="store_true", help="leave out tests that need a browser, a virtual device or a board on a terminal")
    parser.addoption("--micropython", metavar="PATH", help="run the device on this MicroPython (default: PyPI's)")


def pytest_configure(config):
    """Choose the interpreter that --micropython names. Wrong usage ends pytest with status 4."""
    config.addinivalue_line("markers", "every_micropython: tells enough about the whole firmware to be run on each MicroPython at hand")
    path = config.getoption("--micropython")
    if path:
        import chosen_micropython
        import interpreters

        try:
            chosen_micropython.choose(path)
        except interpreters.Unavailable as reason:
            raise pytest.UsageError("--micropython: %s" % reason) from None


def pytest_ignore_collect(collection_path, config):
    """With --fast a file that mentions what is slow is not even imported."""
    if config.getoption("--fast") and collection_path.name.startswith("test_") and collection_path.suffix == ".py":
        source = collection_path.read_text()
        return any(slow in source for slow in SLOW) or None
    return None


@pytest.fixture(autouse=True)
def own_folder(request, tmp_path, monkeypatch):
    """Portable tests write where they stand, as tools/portable_tests.py lets them: in an empty folder."""
    if request.path.parent == ROOT / "tests":
        monkeypatch.chdir(tmp_path)
