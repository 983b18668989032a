"""The label of a device."""

import xml.etree.ElementTree
from pathlib import Path

import label
import pytest
from device_identity import Identity, hotspot_name
from PIL import Image

DEVICE = Path(__file__).resolve().parents[2] / "device"
KITCHEN = Identity("Dewlog-A1B2C3", "kp7m4xwqab")


def test_the_code_says_what_a_phone_needs_with_every_special_character_escaped():
    cases = (
        (KITCHEN, "WIFI:T:WPA;S:Dewlog-A1B2C3;P:kp7m4xwqab;;"),
        (Identity("Dewlog-A1B2C3", None), "WIFI:T:nopass;S:Dewlog-A1B2C3;;"),
        (Identity('a;b,c:d"e\\f', "p;q\\r"), 'WIFI:T:WPA;S:a\\;b\\,c\\:d\\"e\\\\f;P:p\\;q\\\\r;;'),
    )
    for identity, uri in cases:
        assert label.wifi_uri(identity) == uri


def test_the_names_are_those_that_the_device_gives_itself():
    assert hotspot_name("246f28a1b2c3") == "Dewlog-A1B2C3"
    assert KITCHEN.local_name == "dewlog-a1b2c3.local"
    wifi = (DEVICE / "hardware" / "wifi.py").read_text()
    assert '"dewlog-" + tail' in wifi and "HOTSPOT_PREFIX + tail.upper()" in wifi


def test_the_label_says_everything_in_words_at_its_true_size():
    root = xml.etree.ElementTree.fromstring(label.to_svg(Identity("Dewlog-<&>", "kp7m4xwqab")))
    assert (root.get("width"), root.get("height")) == ("62mm", "29mm")
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for words in ("Dewlog-<&>", "kp7m4xwqab", "http://192.168.4.1", "http://dewlog-<&>.local"):
        assert words in texts


def test_both_files_show_the_same_code(tmp_path):
    svg, png = label.write_files(KITCHEN, tmp_path / "labels")
    matrix = list(label._code(KITCHEN).matrix_iter(border=0))
    path = next(xml.etree.ElementTree.parse(svg).getroot().iter("{http://www.w3.org/2000/svg}path")).get("d")
    assert path.count("M") == sum(map(sum, matrix))
    image = Image.open(png)
    assert image.size == (1465, 685)
    module = int(25 * label.DOTS_PER_MM / len(matrix))
    corner = round(2 * label.DOTS_PER_MM) + module // 2
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            assert (image.getpixel((corner + x * module, corner + y * module)) == 0) == bool(dark)


def test_the_terminal_draws_two_rows_in_a_line():
    assert list(label.half_blocks([[1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 0]])) == ["█▄▀ ", " ▀▀ "]


def test_no_words_run_into_the_code_or_over_the_edge():
    image = label.to_image(Identity("Dewlog-DDDDDD", "wwwwwwwwww"))
    edge = image.crop((image.width - 12, 0, image.width, image.height))
    assert edge.getextrema() == (255, 255)
    gap = image.crop((round(27.1 * label.DOTS_PER_MM), 0, round(27.6 * label.DOTS_PER_MM), image.height))
    assert gap.getextrema() == (255, 255)


def test_the_command_makes_a_label_without_a_board(tmp_path, capsys):
    assert label.main(["--mac", "24:6F:28:A1:B2:C3", "--password", "kp7m4xwqab", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Dewlog-A1B2C3.png", "Dewlog-A1B2C3.svg"]
    assert "Password: kp7m4xwqab" in capsys.readouterr().out


def test_wrong_usage_is_status_2():
    mac = ["--mac", "24:6f:28:a1:b2:c3", "--password"]
    for arguments in (["--mac", "24:6f"], ["--password", "x"], mac + [""], mac + ["12345"], mac + ["x" * 3000], mac + ["päßwörter"]):
        with pytest.raises(SystemExit) as ended:
            label.main(arguments)
        assert ended.value.code == 2
