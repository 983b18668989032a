"""One route for every path: what a Microdot app of ours has instead of many."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class _EveryPath:
    """Stands for a URL pattern in Microdot's `url_map`. Microdot's own kind makes regular expressions, which take over 1 KB of heap."""

    def match(self, path):
        return {}


def route(app, answer):
    """Let the coroutine function answer(request) have every request to the Microdot `app`."""
    app.url_map.append((METHODS, _EveryPath(), answer, "", None))
