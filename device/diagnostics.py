"""GET /diagnostics.txt: what a person sends along when something is wrong. Nothing secret stands in it."""

from microdot import Response

from core.calendar import iso
from core.on_demand import load


async def get(station, request):
    """Plain text, one piece a line."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Disposition": 'inline; filename="dewlog-diagnostics.txt"'}
    return Response(_pieces(station, request.document), 200, headers)


def _pieces(station, document):
    hidden = (station.settings["password"], station.settings["api_key"], station.device_password)
    without = load("core.crash").without
    for line in _lines(station, document):
        yield without(line, hidden) + "\n"


def _lines(station, document):
    yield "Dewlog %s, %s" % (station.version, iso(station.clock.now()) or "time unknown")
    for group in ("device", "sensor", "upload"):
        yield "\n" + group
        for name, value in document[group].items():
            yield "  %s: %s" % (name, value)
    yield "\nreading"
    for name in ("time", "age_s", "quality", "temperature_c", "humidity_pct", "problem"):
        yield "  %s: %s" % (name, document[name])
    yield "\nclock\n  source: %s\n  session: %d" % (station.clock.source, station.clock.session)
    yield "\njournal\n  first: %d\n  end: %d\n  damaged: %d" % (station.journal.first, station.journal.end, station.journal.damaged)
    yield "\nsettings"
    for name, value in load("core.settings").redacted(station.settings).items():
        yield "  %s: %s" % (name, value)
    yield "\ncrashes"
    for crash in station.crashes():
        yield "  %s" % ", ".join("%s=%s" % item for item in crash.items())
    yield "\nevents"
    for line in station.log.lines:
        yield "  " + line
