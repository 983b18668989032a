"""The loop that beginners' tutorials for an ESP32 with a DHT22 and ThingSpeak teach: measure, post, wait, and answer in between."""

import json
import socket
import time

import dht
import machine
import network
import urequests

INTERVAL_S = 15
FOLDER = "/" + open("/active").read().strip()

sensor = dht.DHT22(machine.Pin(23))
station = network.WLAN(network.WLAN.IF_STA)
station.active(True)
station.connect("Home", "correct horse")
while not station.isconnected():
    time.sleep(0.1)

with open(FOLDER + "/readings.json") as file:
    document = json.load(file)
server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
with open("/board.json") as file:
    port = json.load(file)["HTTP_PORT"]
server.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])
server.listen(5)
server.settimeout(0.1)


def answer(connection):
    request = connection.recv(1024)
    if b"/api/readings" in request:
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
        connection.write(json.dumps(document).encode())
    else:
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
        with open(FOLDER + "/readings.html.gz", "rb") as file:
            connection.write(file.read())


last = time.time() - INTERVAL_S
while True:
    if time.time() - last >= INTERVAL_S:
        last = time.time()
        try:
            sensor.measure()
            values = (sensor.temperature(), sensor.humidity())
            response = urequests.post("http://api.thingspeak.com/update?api_key=SIMULATEDKEY0001&field1=%s&field2=%s" % values)
            response.close()
            print("sent")
        except Exception as error:
            print("failed:", error)
    try:
        connection, _ = server.accept()
    except OSError:
        continue
    try:
        answer(connection)
    except OSError:
        pass
    connection.close()
