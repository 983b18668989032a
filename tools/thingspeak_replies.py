"""What ThingSpeak answers to a request, as values."""

import html
import json

from thingspeak_channel import CHANNEL_ID, FIELDS, READ_ENTRIES, WRITE_KEY, Refused, TooFast, iso, parse_time

ERROR_MESSAGES = {400: "Bad Request", 401: "Authorization Required", 402: "Quota Exceeded", 404: "Not Found", 405: "Method Not Allowed",
                  409: "Conflict", 413: "Request Too Large", 421: "No Action", 422: "Unprocessable", 429: "Too Many Requests",
                  500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


def respond(channel, method, path, parameters, message_bytes):
    """Return (status, content type, body) for a request to ThingSpeak; `parameters` None means a body that could not be read."""
    if path in ("/update", "/update.json"):
        return write_one(channel, method, parameters, message_bytes, as_json=path.endswith(".json"))
    parts = path.strip("/").split("/")
    if path == "/":
        return 302, "text/html", '<a href="/channels/%d">The channel</a>' % CHANNEL_ID
    if parts[0] != "channels" or len(parts) < 2:
        return json_error(404, "error_resource_not_found", "The requested resource was not found.")
    known = parts[1] in (str(CHANNEL_ID), "%d.json" % CHANNEL_ID)
    if parts[2:] == ["bulk_update.json"]:
        return write_many(channel, method, parameters, known)
    if method not in ("GET", "HEAD"):
        return json_error(405, "error_method_invalid", "This resource is read with GET.")
    if not known:
        return 404, "application/json", "-1"
    return read(channel, parts[2:], parameters or {})


def write_one(channel, method, parameters, message_bytes, as_json):
    """`/update` answers with bare text, `/update.json` with objects; both say `0` with status 200 when the write came too fast."""
    try:
        if method not in ("GET", "POST"):
            raise Refused(405, "error_method_invalid", "Use GET or POST.")
        if parameters is None:
            raise Refused(400, "error_bad_request", "The body could not be read.")
        if parameters.get("api_key") != WRITE_KEY:
            raise Refused(401 if as_json else 400, "error_auth_required", "Please make sure that the write API key is right.")
        entry = channel.update(parameters, message_bytes)
    except TooFast:
        return 200, "application/json" if as_json else "text/plain", "0"
    except Refused as refusal:
        if as_json:
            return json_error(refusal.status, refusal.code, refusal.details)
        return refusal.status, "text/plain", "0"
    if not as_json:
        return 200, "text/plain", str(entry["entry_id"])
    reply = {"channel_id": CHANNEL_ID, "created_at": iso(entry["created_s"]), "entry_id": entry["entry_id"]}
    reply.update({name: entry.get(name) for name in FIELDS + ("status", "latitude", "longitude", "elevation")})
    return 200, "application/json", json.dumps(reply)


def write_many(channel, method, parameters, known):
    """`/channels/1/bulk_update.json`: 202 for up to 960 entries, 429 when too fast."""
    if method != "POST":
        return json_error(405, "error_method_invalid", "Use POST.")
    if not known:
        return json_error(404, "error_resource_not_found", "There is no such channel.")
    if parameters is None:
        return json_error(400, "error_bad_request", "The body is not JSON.")
    if parameters.get("write_api_key", parameters.get("api_key")) != WRITE_KEY:
        return json_error(401, "error_auth_required", "Please provide proper authentication details.")
    try:
        channel.bulk_update(parameters.get("updates"))
    except TooFast:
        return json_error(429, "error_too_many_requests", "Please wait 15 seconds before the next request.")
    except Refused as refusal:
        return json_error(refusal.status, refusal.code, refusal.details)
    return 202, "application/json", '{"success":true}'


def read(channel, parts, parameters):
    """The read API of a public channel: feeds, one field, the last entry; and a page for people."""
    try:
        start_s, end_s = (parse_time(parameters[name]) if parameters.get(name) else None for name in ("start", "end"))
        default = 100 if start_s is None and end_s is None else READ_ENTRIES
        count = min(int(parameters.get("results", default)), READ_ENTRIES)
    except (Refused, ValueError):
        return 400, "application/json", "-1"
    entries = channel.newest(count, start_s, end_s)
    if not parts:
        return 200, "text/html", page(channel, entries)
    if parts in (["feeds.json"], ["feed.json"]):
        return 200, "application/json", json.dumps({"channel": about(channel), "feeds": [public(entry) for entry in entries]})
    if parts == ["feeds", "last.json"]:
        return 200, "application/json", json.dumps(public(entries[-1])) if entries else "-1"
    if parts[0] == "fields" and parts[-1][-5:] == ".json":
        name = "field" + parts[1].replace(".json", "")
        if name in FIELDS and len(parts) == 2:
            return 200, "application/json", json.dumps({"channel": about(channel), "feeds": [public(entry, (name,)) for entry in entries]})
        if name in FIELDS and parts[2:] == ["last.json"]:
            return 200, "application/json", json.dumps(public(entries[-1], (name,))) if entries else "-1"
    return 404, "application/json", "-1"


def about(channel):
    """The channel as every read reply describes it."""
    newest = channel.entries[-1] if channel.entries else None
    updated_s = newest["received_s"] if newest else channel.created_s
    return {"id": CHANNEL_ID, "name": "Dewlog (simulated)", "latitude": "0.0", "longitude": "0.0", "field1": "Temperature",
            "field2": "Humidity", "created_at": iso(channel.created_s), "updated_at": iso(updated_s),
            "last_entry_id": newest["entry_id"] if newest else None}


def public(entry, names=("field1", "field2")):
    """One entry as a read reply shows it: fields are texts or null; others than the channel's own two appear when they were written."""
    shown = {"created_at": iso(entry["created_s"]), "entry_id": entry["entry_id"]}
    shown.update({name: entry.get(name) for name in names})
    if len(names) > 1:
        shown.update({name: entry[name] for name in FIELDS if name in entry})
    return shown


def json_error(status, code, details):
    """ThingSpeak's way to say no in JSON."""
    error = {"error_code": code, "message": ERROR_MESSAGES.get(status, "Error"), "details": details}
    return status, "application/json", json.dumps({"status": str(status), "error": error})


PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>Channel %(id)d: %(name)s</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%%}td,th{text-align:right;padding:.25rem .75rem;border-bottom:1px solid #8886;
font-variant-numeric:tabular-nums}td:nth-child(2),th:nth-child(2){text-align:left}</style></head>
<body><h1>Channel %(id)d: %(name)s</h1><p>%(count)s The newest is on top; this page reloads itself.
The same <a href="/channels/%(id)d/feeds.json">as JSON</a>.</p>
<table><thead><tr><th>Entry<th>Time (UTC)<th>%(field1)s<th>%(field2)s</thead><tbody>%(rows)s</tbody></table></body></html>"""


def page(channel, entries):
    """The channel's feed as a table that a person opens in a browser."""
    row = "<tr><td>%d<td>%s<td>%s<td>%s"
    rows = [row % (entry["entry_id"], iso(entry["created_s"]), html.escape(entry.get("field1", "")), html.escape(entry.get("field2", "")))
            for entry in reversed(entries)]
    count = "No entry yet." if not channel.entries else "%d of %d entries." % (len(entries), len(channel.entries))
    return PAGE % dict(about(channel), rows="\n".join(rows), count=count)
