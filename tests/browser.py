"""A headless Chromium for the tests, driven over pipes: no port, no further package."""

import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support import Json

SECONDS = 60
# A browser comes up in a second; now and then one never does, for reasons of its own.
_START_SECONDS, _STARTS = 30, 3
_FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--no-sandbox",
    "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-sync", "--mute-audio",
    "--force-color-profile=srgb", "--window-size=1300,900",
)  # fmt: skip
_KEYS = {"ArrowDown": 40, "ArrowUp": 38, "Enter": 13, "Escape": 27, "Home": 36, "End": 35}


class Browser:
    """One page of a headless browser, and everything it complained of or asked for."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        """Take over a browser that was started.

        Raises:
            OSError: it does not answer, or has gone.
        """
        self._process = process
        self._seconds = _START_SECONDS
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self._events: list[Json] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self._seconds = SECONDS

    def call(self, method: str, **params: Any) -> Json:
        """Send a command, and wait for its result."""
        self._last += 1
        message: Json = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        until = time.monotonic() + self._seconds
        while (answer := self._receive(until)).get("id") != self._last:
            self._events.append(answer)
        assert "error" not in answer, answer
        result: Json = answer["result"]
        return result

    def _receive(self, until: float) -> Json:
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        while b"\0" not in self._buffer:
            if not select.select([fd], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            data = os.read(fd, 1 << 20)
            if not data:
                raise ConnectionError("the browser has gone")
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: Json = json.loads(message)
        return answer

    def open(self, path: Path, fragment: str = "") -> float:
        """Open a file; return after how many seconds it had loaded."""
        self.call("Page.navigate", url="about:blank")
        self.forget()
        started = time.monotonic()
        url = path.resolve().as_uri() + (f"#{fragment}" if fragment else "")
        self.call("Page.navigate", url=url)
        self.wait_for("location.protocol === 'file:' && document.readyState === 'complete'")
        return time.monotonic() - started

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page."""
        done = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + SECONDS
        while not self.run(script):
            assert time.monotonic() < end, script
            time.sleep(0.01)

    def press(self, key: str) -> None:
        """Press and release a key."""
        code = _KEYS.get(key, 0)
        text = {"text": key} if len(key) == 1 else {}
        common = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        """Type a text, a key at a time."""
        for key in text:
            self.press(key)

    def complaints(self) -> list[str]:
        """Return what went wrong in the page: errors, warnings, refusals of its policy."""
        self.call("Runtime.evaluate", expression="1")
        return [
            json.dumps(event["params"])
            for event in self._events
            if event.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}
            or (
                event.get("method") == "Runtime.consoleAPICalled"
                and event["params"]["type"] in {"error", "warning", "assert"}
            )
        ]

    def requests(self) -> list[str]:
        """Return what the page asked for, itself and data in it aside."""
        urls = [
            str(event["params"]["request"]["url"])
            for event in self._events
            if event.get("method") == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith(("data:", "file:", "about:"))]

    def files(self) -> set[str]:
        """Return the files that the page asked for, itself among them."""
        return {
            str(event["params"]["request"]["url"]).partition("#")[0]
            for event in self._events
            if event.get("method") == "Network.requestWillBeSent"
            and event["params"]["request"]["url"].startswith("file:")
        }

    def forget(self) -> None:
        """Forget what went wrong so far: it was meant to."""
        self.call("Log.clear")
        self._events.clear()

    def rows(self) -> list[str]:
        """Return the names in the rows that are drawn, in order."""
        names: list[str] = self.run(
            "[...document.querySelectorAll('#spacer .row')].filter((row) => row.checkVisibility())"
            ".sort((a, b) => a.index - b.index).map((row) => row.children[1].textContent)"
        )
        return names


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start a browser with a profile of its own, and end it; skip the test where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no chromium here")
    for number in range(_STARTS):
        with _running(program, profile / str(number)) as process:
            try:
                page = Browser(process)
            except OSError:
                continue
            yield page
            return
    pytest.fail(f"the browser did not come up, {_STARTS} times")


@contextmanager
def _running(program: str, profile: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the browser, and end it with all processes that it has started."""
    # The browser speaks on descriptors 3 and 4; a shell puts them there.
    process = subprocess.Popen(
        [
            *("sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1', program),
            *(*_FLAGS, f"--user-data-dir={profile}", "about:blank"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "HOME": str(profile)},
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
