"""The proof of a set-up: five steps, where they stand, and the verdict."""

from core.on_demand import load

STEPS = ("wifi", "address", "internet", "sensor", "thingspeak")
KEEPABLE = ("internet", "sensor", "thingspeak")
"""Steps whose failure says nothing against the Wi-Fi settings: a person may keep them all the same."""

IDLE = "idle"
RUNNING = "running"
DONE = "done"
FAILED = "failed"


class SetupCheck:
    """State machine: begin(), then start/pass_ step by step, ended by fail(), or by finish() after the last step."""

    def __init__(self):
        self.state = IDLE
        self._steps = {name: ("waiting", "") for name in STEPS}
        self.error = None

    def begin(self):
        self.__init__()
        self.state = RUNNING

    def start(self, step, detail=""):
        self._steps[step] = ("running", detail)

    def pass_(self, step, detail=""):
        self._steps[step] = ("ok", detail)

    def fail(self, step, code, detail="", sensor_pin=23):
        """The step failed for the reason `code` (one of the contract's error codes); the steps after it are skipped."""
        self._steps[step] = ("failed", detail)
        for name in STEPS[STEPS.index(step) + 1 :]:
            self._steps[name] = ("skipped", "")
        message, advice = load("core.advice").sentences(code, sensor_pin)
        self.error = {"step": step, "code": code, "message": message, "advice": advice}
        self.state = FAILED

    def finish(self):
        self.state = DONE

    def may_be_kept(self):
        return self.state == FAILED and self.error["step"] in KEEPABLE

    def keep(self):
        """A person wants the settings although a step failed."""
        self.state = DONE
        self.error = None

    def step(self, name):
        """(state, detail) of one step."""
        return self._steps[name]

    def as_dict(self):
        """The part of `GET /api/setup` that is about steps and error."""
        steps = [{"name": name, "state": self._steps[name][0], "detail": self._steps[name][1]} for name in STEPS]
        return {"state": self.state, "steps": steps, "error": self.error}
