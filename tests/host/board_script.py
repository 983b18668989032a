"""Short programs that run on the virtual board in place of the app."""

import textwrap

from virtual_device import VirtualDevice

ENDED = "main.py has ended"


def write_app(folder, source, **files):
    """Make `folder` an app: `source` is its main.py, `files` are what lies beside it. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.py").write_text(textwrap.dedent(source), encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def output_of(tmp_path, source, timeout=30, files=None, **options):
    """Run `source` on a board until it ends. Returns what it printed."""
    app = write_app(tmp_path / "app", source, **(files or {}))
    with VirtualDevice(tmp_path / "device", app=app, **options) as device:
        device.wait_for(lambda: ENDED in device.said(), timeout)
        return device.serial()
