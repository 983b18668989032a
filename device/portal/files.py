"""Pages and their assets: compressed files, sent as they lie on flash."""

import sys

from microdot.microdot import Response


def send(request, name, version="", status=200):
    """The file `name` (without a "/") of the web folder, or 404.

    A page has the firmware's `version`. The name of what it needs changes with the content, so who has that never asks again.
    """
    kind = Response.types_map.get(name.rpartition(".")[2])
    if not kind or not version and kind == "text/html":
        return {"error": "not_found"}, 404
    age = "max-age=3600" if version else "public, max-age=31536000, immutable"
    if status != 200 or name in ("setup.html", "proof.html"):  # what stands there changes as the set-up goes on
        age = "no-cache"
    tag = '"%s%s"' % (name, version)
    headers = {"Content-Type": kind + "; charset=utf-8", "Cache-Control": age, "ETag": tag, "Vary": "Accept-Encoding"}
    if status == 200 and tag in request.headers.get("If-None-Match", ""):
        return None, 304, headers
    try:
        file = open("%s/static/%s.gz" % (sys.path[0], name), "rb")
    except OSError:
        return {"error": "not_found"}, 404
    _, is_taken, weight = request.headers.get("Accept-Encoding", "").lower().replace(" ", "").partition("gzip")
    weight = weight.split(",")[0]
    if is_taken and (not weight or weight.strip(";q=0.")):
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(file.seek(0, 2))
        file.seek(0)
    else:
        import deflate

        file = deflate.DeflateIO(file, deflate.GZIP, 11, True)  # 11: the window of 2 kB that the build packs with
    return Response(file, status, headers)
