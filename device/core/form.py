"""A form: the fields of a request's body as raw bytes."""

from core.on_demand import load

MOST_FIELDS = 24
_WRONG = "The form arrived damaged. Go back to the page and send it again."
_TOO_MANY = "The form has too many fields."


def parse(body, content_type=""):
    """(fields {name: bytes}, None), or ({}, sentence for a person).

    Takes application/x-www-form-urlencoded (https://url.spec.whatwg.org/#urlencoded-parsing, but strict: a bad percent escape or
    a repeated field is refused) and, where `content_type` says so, one flat JSON object.
    """
    if "json" in content_type.lower():
        return _parse_json(body)
    fields = {}
    for pair in body.split(b"&"):
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        name = _decoded(name)
        value = _decoded(value)
        if name is None or value is None:
            return {}, _WRONG
        try:
            name = name.decode()
        except UnicodeError:
            return {}, _WRONG
        if name in fields:
            return {}, "The form names '%s' twice. Go back to the page and send it again." % _shortened(name)
        if len(fields) >= MOST_FIELDS:
            return {}, _TOO_MANY
        fields[name] = value
    return fields, None


def text(value):
    """The field's bytes as text, or None where they are not UTF-8."""
    try:
        return value.decode()
    except UnicodeError:
        return None


def _decoded(raw):
    raw = raw.replace(b"+", b" ")
    if b"%" not in raw:
        return raw
    parts = raw.split(b"%")
    out = bytearray(parts[0])
    for part in parts[1:]:
        if not (len(part) >= 2 and _is_hex(part[0]) and _is_hex(part[1])):
            return None
        out.append(int(part[:2], 16))
        out.extend(part[2:])
    return bytes(out)


def _is_hex(byte):
    return 48 <= byte <= 57 or 65 <= byte <= 70 or 97 <= byte <= 102


def _parse_json(body):
    try:
        values = load("core.flat_json").parse(body)
    except ValueError:
        return {}, "The request's body must be one JSON object with the form's fields."
    if len(values) > MOST_FIELDS:
        return {}, _TOO_MANY
    fields = {}
    for name, value in values.items():
        if value is None:
            continue
        if value is True or value is False:
            value = "yes" if value else "no"
        elif isinstance(value, (int, float)):
            value = str(value)
        elif not isinstance(value, str):
            return {}, "The field '%s' must be a text or a number." % _shortened(name)
        fields[name] = value.encode()
    return fields, None


def _shortened(name):
    return bytes([byte for byte in name[:24].encode() if byte >= 32]).decode()
