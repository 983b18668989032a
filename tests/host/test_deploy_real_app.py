"""The app as it is built, deployed over the serial port, starts: the simulator boots the flash image of the board on the terminal."""

import io

import build
import deploy
import firmware
import pytest
from board_link import BoardLink
from board_on_a_terminal import BoardOnATerminal, add_files, files
from rich.console import Console
from test_deploy import app_that_starts, update

HOTSPOT_IS_OPEN = "Hotspot: Dewlog-"


@pytest.fixture(scope="module")
def built():
    """{path: bytes} of the app."""
    return build.read(build.build())[0]


@pytest.mark.every_micropython
def test_what_was_deployed_starts_in_the_simulator(tmp_path, new_device, built):
    image = tmp_path / "device" / "flash.img"
    image.parent.mkdir()
    with BoardOnATerminal(image) as board:
        sent = update(board, built).plan.send
    assert sorted(sent) == sorted(built)
    assert app_that_starts(image) == built

    device = new_device()
    device.wait_for(HOTSPOT_IS_OPEN)
    assert device.get("/").status == 200
    assert device.image().read("/active") == b"a", "the simulator found nothing to bring up to date"


def test_a_changed_module_costs_itself_and_no_other(tmp_path, built):
    changed = dict(built, **{"hardware/board.mpy": b"other pins", "version": b"1.0.0 another"})
    with BoardOnATerminal(tmp_path / "flash.img") as board:
        update(board, built)
        planned = update(board, changed)
    assert planned.plan.send == ["hardware/board.mpy", "version"]
    assert app_that_starts(tmp_path / "flash.img") == changed


def test_wipe_leaves_the_app_that_is_running_whole(tmp_path, built):
    image, screen = tmp_path / "flash.img", Console(file=io.StringIO(), width=200)
    running = "import time\ndef start(failed):\n    print('open http://192.168.4.1/')\n    while True:\n        time.sleep(0.1)\n"
    with BoardOnATerminal(image, {"app": running}) as board:
        update(board, built)
        add_files(image, {"/board.json": b'{"OPEN_HOTSPOT": true}', "/settings.json": b"{}"})
    with BoardOnATerminal(image, {"app": running}) as board:
        arguments = ["--wipe", "--port", board.device, "--labels", str(tmp_path)]
        assert deploy.main(arguments, screen, build.build()) == 0, screen.file.getvalue()
    assert "No label yet" in screen.file.getvalue(), "this app makes no password"
    assert app_that_starts(image) == built
    assert not {"/board.json", "/settings.json"} & files(image).keys()


def test_the_first_deploy_fills_both_slots_and_nothing_else(tmp_path, built):
    with BoardOnATerminal(tmp_path / "flash.img") as board:
        update(board, built)
    assert {path[:3] for path in files(tmp_path / "flash.img")} == {"/a/", "/b/", "/ac", "/ma"}


def test_a_small_file_that_this_computer_has_written_survives_what_the_board_writes_beside_it(tmp_path):
    main_py = b"open('/active').read()\nwith open('/state.json', 'w') as file: file.write('k' * 50)\n".ljust(150, b"#")
    written = {"/main.py": main_py, "/active": b"a"}
    add_files(tmp_path / "simulated.img", written)
    (tmp_path / "complete.img").write_bytes(firmware.littlefs_image(written, 512))
    for image in ("simulated.img", "complete.img"):
        with BoardOnATerminal(tmp_path / image) as board, BoardLink(board.device) as link:
            link.interrupt()
            assert {path: link.read(path) for path in written} == written, image
