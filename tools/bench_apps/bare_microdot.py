"""Microdot as its documentation shows it, with the same document and the same page as Dewlog: the least a request can cost."""

import json
import sys
import time

import network

sys.path.insert(0, "/" + open("/active").read().strip())

from microdot import Microdot, send_file  # noqa: E402

station = network.WLAN(network.WLAN.IF_STA)
station.active(True)
station.connect("Home", "correct horse")
while not station.isconnected():
    time.sleep(0.1)

with open(sys.path[0] + "/readings.json") as file:
    document = json.load(file)
app = Microdot()


@app.get("/api/readings")
def readings(request):
    return document


@app.get("/readings")
def page(request):
    return send_file(sys.path[0] + "/readings.html.gz", content_type="text/html; charset=utf-8", compressed=True)


with open("/board.json") as file:
    app.run(port=json.load(file)["HTTP_PORT"])
