# SPDX-License-Identifier: Apache-2.0
# A real headless Chromium, driven through its own protocol on a pair of pipes: no driver and no port. All that it says of
# errors and all that it asks of the network is kept.
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from picture import smaller


class Browser:
    """One Chromium with one page. Commands are those of the DevTools protocol."""

    def __init__(self, width=1440, height=900):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not program:
            raise SystemExit("this needs chromium: scripts/setup installs it")
        self.profile = tempfile.mkdtemp(prefix="lab-page-")
        down, self.write = os.pipe()
        self.read, up = os.pipe()

        def descriptors():
            high = [os.dup(down), os.dup(up)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        options = ["--headless=new", "--no-sandbox", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", f"--window-size={width},{height}", "about:blank"]
        self.process = subprocess.Popen([program, *options], preexec_fn=descriptors, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(down)
        os.close(up)
        self.number, self.buffer, self.events, self.answers = 0, b"", [], {}
        self.errors, self.requests, self.traced_all = [], [], False
        target = next(each for each in self.command("Target.getTargets", session=None)["targetInfos"] if each["type"] == "page")
        self.session = self.command("Target.attachToTarget", session=None, targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Network", "Log"]:
            self.command(f"{domain}.enable")
        self.size(width, height)

    def size(self, width, height, scale=1):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)

    def media(self, **features):
        self.command("Emulation.setEmulatedMedia", features=[{"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def command(self, method, session="page", timeout=60, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session == "page":
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        number, end = self.number, time.monotonic() + timeout
        while number not in self.answers:
            if not self.receive(end - time.monotonic()):
                raise TimeoutError(f"Chromium did not answer {method}")
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def receive(self, timeout):
        """Takes in what Chromium said; whether it said anything."""
        if timeout <= 0 or not select.select([self.read], [], [], timeout)[0]:
            return False
        data = os.read(self.read, 1 << 20)
        if not data:
            raise RuntimeError("Chromium has ended")
        *whole, self.buffer = (self.buffer + data).split(b"\0")
        for each in whole:
            message = json.loads(each)
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.heard(message["method"], message.get("params", {}))
        return True

    def heard(self, method, parameters):
        if method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(each.get("value", each.get("description"))) for each in parameters["args"]))
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.errors.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")
        elif method == "Tracing.dataCollected":
            self.events.extend(parameters["value"])
        elif method == "Tracing.tracingComplete":
            self.traced_all = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, url):
        self.errors.clear()
        self.requests.clear()
        self.command("Page.navigate", url=url)

    def run(self, expression, timeout=60):
        """The value of an expression in the page (a promise is waited for)."""
        result = self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, timeout=timeout)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description") or str(result["exceptionDetails"]))
        return result["result"].get("value")

    def until(self, expression, timeout=20):
        """Waits until an expression holds, looked at by the page itself at every frame; its value."""
        return self.run(f"""new Promise((done, failed) => {{
            const end = performance.now() + {timeout * 1000};
            const look = () => {{
                let value = null;
                try {{ value = ({expression}); }} catch (error) {{ if (performance.now() > end) return failed(error); }}
                if (value) return done(value);
                if (performance.now() > end) return failed(new Error("it did not come to hold: " + {json.dumps(expression)}));
                requestAnimationFrame(look);
            }};
            look();
        }})""", timeout=timeout + 20)

    def traced(self, work):
        """What the browser's main thread did of each frame while `work` ran: milliseconds of processor time."""
        self.command("Tracing.start", session=None, transferMode="ReportEvents", traceConfig={"includedCategories": ["cc"], "excludedCategories": ["*"]})
        self.events.clear()
        work()
        self.command("Tracing.end", session=None)
        while not self.traced_all and self.receive(20):
            pass
        self.traced_all = False
        return [event["tdur"] / 1000 for event in self.events if event.get("name") == "ProxyMain::BeginMainFrame" and "tdur" in event]

    def key(self, key, code=None, text=None, modifiers=0):
        common = {"key": key, "code": code or key, "modifiers": modifiers, "windowsVirtualKeyCode": KEYS.get(key, ord(key.upper()) if len(key) == 1 else 0)}
        self.command("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text or key} if len(key) == 1 or text else {}))
        self.command("Input.dispatchKeyEvent", type="keyUp", **common)

    def click(self, x, y):
        for kind in ["mousePressed", "mouseReleased"]:
            self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path):
        data = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=False)["data"]
        with open(path, "wb") as file:
            file.write(smaller(base64.b64decode(data)))

    def close(self):
        try:
            self.command("Browser.close", session=None, timeout=5)
        except (TimeoutError, RuntimeError, OSError):
            pass
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


KEYS = {"Enter": 13, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9}
