"""Headless Chromium over its DevTools protocol: what a page shows, asks the network for, and complains about."""

from __future__ import annotations

import base64
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field

PHONE = (390, 844)
DESK = (1100, 900)
READ_FD, WRITE_FD = 3, 4
"""Where ``--remote-debugging-pipe`` reads and writes."""


CONTRAST = """
(() => {
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const color = numbers(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.body.querySelectorAll("*")) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())) continue;
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) poor.push(node.outerHTML);
  }
  return poor;
})()
"""
"""Elements whose text has less contrast than 4.5 : 1 (WCAG 2.2, 1.4.3)."""


@dataclass
class Browser:
    """One tab of one browser; ``events`` are those of the page that was opened last."""

    commands: int
    answers: int
    session: str = ""
    events: list = field(default_factory=list)
    _number: int = 0
    _rest: bytes = b""

    def call(self, method, **parameters):
        """Ask for something and return the result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def _next(self):
        while b"\0" not in self._rest:
            chunk = os.read(self.answers, 1 << 20)
            assert chunk, "the browser has ended"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def attach(self):
        """Open the tab and listen to all it does."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open(self, path, size=DESK, scheme="light"):
        """Show a file, and return when it is loaded."""
        width, height = size
        phone = size == PHONE
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self.show_as("", scheme)
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def show_as(self, media, scheme):
        """Show the page as it is printed, or (``media`` empty) as it is, to somebody who likes it light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def value(self, expression):
        """Return what an expression is within the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key):
        """Press and release a key."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode={"Tab": 9}[key])

    def screenshot(self):
        """Return what is seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    def pdf(self):
        """Return the page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    @property
    def poor_contrasts(self):
        """Elements whose text is hard to read."""
        return self.value(CONTRAST)

    @property
    def requests(self):
        """Addresses that the page asked for; pictures that it holds itself do not count."""
        sent = [
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"
        ]
        return [address for address in sent if not address.startswith("data:")]

    @property
    def refused(self):
        """Why requests were stopped within the browser, each."""
        failed = [event["params"] for event in self.events if event["method"] == "Network.loadingFailed"]
        return [each["blockedReason"] for each in failed if "blockedReason" in each]

    @property
    def complaints(self):
        """What the page wrote to the console, and what was refused to it."""
        kinds = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
        return [event["params"] for event in self.events if event["method"] in kinds]


@contextmanager
def browser(folder):
    """Run a browser that keeps all it needs in a folder."""
    program = shutil.which("chromium")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={folder}"]
    commands, answers = os.pipe(), os.pipe()
    quiet = os.open(os.devnull, os.O_WRONLY)
    actions = [
        (os.POSIX_SPAWN_DUP2, _above(commands[0]), READ_FD),
        (os.POSIX_SPAWN_DUP2, _above(answers[1]), WRITE_FD),
        (os.POSIX_SPAWN_DUP2, quiet, 2),
    ]
    process = os.posix_spawn(program, [program, *arguments], os.environ | {"HOME": str(folder)}, file_actions=actions)
    for used in (commands[0], answers[1], quiet, actions[0][1], actions[1][1]):
        os.close(used)
    tab = Browser(commands[1], answers[0])
    try:
        tab.attach()
        yield tab
        tab.session = ""
        tab.call("Browser.close")
    finally:
        os.close(commands[1])  # the browser ends when nobody can command it
        os.waitpid(process, 0)
        os.close(answers[0])


def _above(descriptor):
    """Return a copy of a descriptor beyond those that the browser's are put on."""
    import fcntl  # noqa: PLC0415  # there is no Chromium pipe where there is no fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10)
