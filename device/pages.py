"""The pages and files built from web/, sent from flash compressed as they are."""

from microdot import Response

from core.memory import can_allocate
from core.on_demand import load, paged

CHUNK_BYTES, FEW_BYTES = 512, 128
TYPES = {"css": "text/css", "js": "text/javascript", "json": "application/manifest+json", "svg": "image/svg+xml", "png": "image/png"}


def escape(text):
    """`text` so that it stands in HTML, between tags or in a quoted attribute, as what it is."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text


class Pages:
    """The built files in `directory` (its path ends in "/")."""

    def __init__(self, directory):
        self._directory = directory

    def render(self, request, name, values, status=200, headers=None):
        """The page web/`name` with its {{placeholders}} filled from `values`, as a streamed Response.

        A value is HTML: str, UTF-8 bytes, or an iterable of them that is walked while it is sent. A placeholder without a
        value stays empty.
        """
        path = self._directory + name + ".page"
        sent = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if _takes_gzip(request):
            sent["Content-Encoding"] = "gzip"
            body = load("rendering").page(path, values)
        else:
            body = load("plain_pages").page(path, values)
        sent.update(headers or {})
        return Response(body, status, sent)

    @paged
    def static(self, request, filename):
        """The file `filename`, named with its version: a browser that has it never asks again. 404 for anything else."""
        kind = TYPES.get(filename.rsplit(".", 1)[-1])
        if not kind or "/" in filename or "\\" in filename or "\0" in filename:
            return Response("Not found", 404)
        try:
            file = open(self._directory + filename + ".gz", "rb")
        except OSError:
            return Response("Not found", 404)
        tag = '"%s"' % filename
        sent = {"Content-Type": kind, "Cache-Control": "public, max-age=31536000, immutable", "ETag": tag, "Vary": "Accept-Encoding"}
        if tag in request.headers.get("If-None-Match", ""):
            file.close()
            return Response(b"", 304, sent)
        if _takes_gzip(request):
            sent["Content-Encoding"] = "gzip"
            return Response(read_to_end(file, file), 200, sent)
        return Response(load("plain_pages").content(file), 200, sent)


def _takes_gzip(request):
    for offer in request.headers.get("Accept-Encoding", "").split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def read_to_end(file, stream):
    """`stream`, which reads from `file`, in chunks; `file` is closed after them."""
    size = CHUNK_BYTES if can_allocate(4 * CHUNK_BYTES) else FEW_BYTES
    with file:
        while True:
            chunk = stream.read(size)
            if not chunk:
                return
            yield chunk
