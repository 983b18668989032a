"""The page latency benchmark: what it counts, and that it runs."""

import subprocess
import sys
from pathlib import Path

import latency

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_percentile_is_the_time_that_so_many_do_not_exceed():
    times = list(range(1, 101))
    assert latency.percentile(times, 50) == 51
    assert latency.percentile(times, 99) == 100
    assert latency.percentile([7], 99) == 7


def test_the_table_compares_with_idle():
    found = {(name, path): [20.0 if name == "idle" else 50.0] for name, _, _ in latency.SITUATIONS for path in latency.PATHS}
    lines = list(latency.table(found))
    assert len(lines) == 1 + len(found)
    assert lines[1].endswith("1.0  1.0  1.0") and lines[-1].endswith("2.5  2.5  2.5")


def test_every_situation_is_measured_for_both_pages():
    command = [sys.executable, "tools/latency.py", "--seconds", "0.1", "--speed", "30"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    rows = run.stdout.splitlines()[1:]
    assert [row[:32].split("/")[0].strip() for row in rows] == [name for name, _, _ in latency.SITUATIONS for _ in latency.PATHS]
    assert [row.split(" /")[1].split()[0] for row in rows] == [path[1:] for _ in latency.SITUATIONS for path in latency.PATHS]
