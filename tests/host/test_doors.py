"""Two doors: the hotspot's visitors are told from those of the home network by their address, as on a board."""

import socket

import pytest
from board_script import write_app

SERVER = """
    import _thread, json, network, socket
    port = json.load(open("/board.json"))["HTTP_PORT"]
    hotspot, station = network.WLAN(network.AP_IF), network.WLAN(network.STA_IF)
    hotspot.active(True)
    hotspot.config(ssid="Dewlog-1", security=3, key="secret word")
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])
    server.listen(4)
    print("listening", hotspot.ifconfig()[0])
    def answer(visitor, address):
        line = visitor.readline()
        while visitor.readline() != b"\\r\\n":
            pass
        if b"/join" in line:
            station.active(True)
            station.connect("Home", "correct horse")
            while not station.isconnected():
                pass
        if b"/close" in line:
            hotspot.active(False)
        if b"/move" in line:
            hotspot.ipconfig(addr4="10.9.8.1/24")
        visitor.write(b"HTTP/1.0 200 OK\\r\\n\\r\\n" + address.encode())
        for _ in range(500 if b"/long" in line else 0):
            visitor.write(bytes(100))
        visitor.close()
    while True:
        visitor, (address, port) = server.accept()
        _thread.start_new_thread(answer, (visitor, address))
"""


@pytest.fixture
def device(new_device, tmp_path):
    device = new_device(app=write_app(tmp_path / "app", SERVER))
    device.wait_for("listening 192.168.4.1")
    device.wait_for(lambda: device.via_hotspot().get("/"))
    return device


def test_the_doors_are_told_apart_by_their_peers(device):
    assert device.get("/").text == "192.168.4.2", "there is no other network yet"
    assert device.via_hotspot().get("/").text == "192.168.4.2" and device.via_hotspot(7).get("/").text == "192.168.4.7"
    device.get("/join")
    assert device.get("/").text == "127.0.0.1" and device.via_hotspot(7).get("/").text == "192.168.4.7"
    device.get("/move")
    assert device.via_hotspot(7).get("/").text == "10.9.8.7", "another subnet, when the home network has the same"


def test_the_hotspots_door_is_closed_while_the_hotspot_is(device):
    device.get("/join")
    waiting = socket.create_connection((device.host, device.hotspot_port))
    waiting.settimeout(60)
    device.get("/close")
    device.wait_for(lambda: "The hotspot is off" in device.said())
    with pytest.raises(OSError):
        device.via_hotspot().get("/")
    assert waiting.recv(1) == b"", "whoever was on it has lost it"
    assert device.get("/").text == "127.0.0.1"


def test_an_answer_comes_whole_through_the_door(device):
    assert len(device.via_hotspot().get("/long").body) == len("192.168.4.2") + 50000


