"""What tools/doctor.py tries out on the board: Wi-Fi, sensor, the way to ThingSpeak. Sent over the REPL, never installed."""

import binascii
import json
import time


def _settings():
    with open("/settings.json") as file:
        settings = json.load(file)
    ssid = settings["ssid"].encode() if "ssid" in settings else binascii.unhexlify(settings["ssid_hex"])
    return ssid, settings.get("password", "")


def scan():
    """Print [[SSID in hex, dBm], ...] of the networks in reach."""
    import network

    station = network.WLAN(network.WLAN.IF_STA)
    station.active(True)
    print(json.dumps([[binascii.hexlify(entry[0]).decode(), entry[3]] for entry in station.scan()]))


def join(timeout_s):
    """Join the network of the settings (the password stays on the board) and print [status, address or null]."""
    import network

    ssid, password = _settings()
    station = network.WLAN(network.WLAN.IF_STA)
    station.active(True)
    station.disconnect()
    station.config(reconnects=2)
    if password:
        station.connect(ssid, password)
    else:
        station.connect(ssid)
    waited_s = 0
    while station.status() in (1000, 1001) and waited_s < timeout_s:
        time.sleep(1)
        waited_s += 1
    print(json.dumps([station.status(), station.ifconfig()[0] if station.isconnected() else None]))


def measure(pin):
    """Print ["ok", frame in hex], ["silent", null] or ["checksum", null]."""
    import dht
    import machine

    time.sleep(2)  # it needs that long after power-up
    sensor = dht.DHT22(machine.Pin(pin))  # the bytes of both kinds come alike
    try:
        sensor.measure()
        print(json.dumps(["ok", binascii.hexlify(bytes(sensor.buf)).decode()]))
    except OSError:
        print(json.dumps(["silent", None]))
    except Exception:  # the stock driver raises a bare one for its checksum
        print(json.dumps(["checksum", None]))


def reach(host, port):
    """Print the first line that a web server says to HEAD /, or null."""
    import socket

    connection = socket.socket()
    connection.settimeout(10)
    try:
        connection.connect(socket.getaddrinfo(host, port)[0][-1])
        connection.send(b"HEAD / HTTP/1.0\r\nHost: " + host.encode() + b"\r\n\r\n")
        line = connection.recv(64).split(b"\r\n")[0].decode()
    except OSError:
        line = None
    connection.close()
    print(json.dumps(line))
