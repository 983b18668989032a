"""GET /metrics: the device for a Prometheus server."""

from microdot import Response

from core.on_demand import load


async def get(station, request):
    """The Prometheus text format, one metric a piece."""
    metrics = load("core.metrics").lines(request.document)
    return Response(metrics, 200, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store"})
