# SPDX-License-Identifier: Apache-2.0
# A stand-in for the lab's daemon: serves the page under the daemon's Content-Security-Policy, and the lines of a story that
# the test gives it. So the page is tested with what no lab would say, and told to the millisecond when it was said.
import base64
import hashlib
import http.server
import json
import os
import queue
import re
import threading

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/CPage/page")
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


class Daemon:
    def __init__(self):
        self.lines, self.listeners, self.lock, self.acts = [], [], threading.Lock(), []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def send(self, status, kind, body, policy=POLICY):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                path = self.path.split("?")[0]
                if path == "/story":
                    return self.tell()
                name = "index.html" if path == "/" else path[1:]
                file = os.path.join(PAGE, name)
                if re.fullmatch(r"[a-z]+\.(js|css|html)", name) and os.path.exists(file):
                    with open(file, "rb") as content:
                        return self.send(200, TYPES[os.path.splitext(name)[1]], content.read())
                if path == "/elsewhere":
                    return self.send(200, "text/html", b"<title>another page</title>", policy=None)
                if path == "/why":
                    return self.send(200, "application/json", json.dumps(outer.why).encode())
                return self.send(204 if path == "/favicon.ico" else 404, "text/plain", b"")

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                dry = self.path.endswith("?dry=1")
                if not dry:
                    outer.acts.append(body)
                self.send(200, "application/json", json.dumps({"command": f"lab does {body.get('action')}", "ok": True, "message": "" if dry else outer.message}).encode())

            def tell(self):
                mine = queue.Queue()
                with outer.lock:
                    known = list(outer.lines)
                    outer.listeners.append(mine)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    self.wfile.write(b"".join(event(line) for line in known))
                    self.wfile.flush()
                    while (line := mine.get()) is not None:
                        self.wfile.write(event(line))
                        self.wfile.flush()
                except OSError:
                    pass

        self.why, self.message = {}, "done"
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def say(self, *lines):
        with self.lock:
            self.lines.extend(lines)
            for each in self.listeners:
                for line in lines:
                    each.put(line)

    def close(self):
        with self.lock:
            for each in self.listeners:
                each.put(None)
        self.server.shutdown()
        self.server.server_close()


def event(line):
    return f"id: {line['n']}\ndata: {json.dumps(line)}\n\n".encode()


def read(name):
    with open(os.path.join(PAGE, name), encoding="utf-8") as file:
        return file.read()


def modules(name="main.js", known=None):
    """The names of the page's modules, each after those that it imports."""
    known = [] if known is None else known
    for other in re.findall(r"^import .* from '\./([a-z]+\.js)';$", read(name), re.MULTILINE):
        if other not in known:
            modules(other, known)
    return known if name in known else known.append(name) or known


def recording(lines):
    """The one-file page of a story, much as `lab record` makes it."""
    script = "const modules = {};\n"
    for name in modules():
        body, exported = [], []
        for line in read(name).splitlines():
            if found := re.match(r"import \{ (.*) \} from '\./(.*)';$", line):
                body.append(f"const {{ {found[1]} }} = modules['{found[2]}'];")
            elif found := re.match(r"export (?:async )?(?:function\*?|class|const|let) (\w+)", line):
                exported.append(found[1])
                body.append(line.removeprefix("export "))
            else:
                body.append(line)
        script += "{\n" + "\n".join(body) + f"\nmodules['{name}'] = {{ {', '.join(exported)} }};\n}}\n"
    style = read("style.css")
    hashed = lambda text: "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
    policy = f"default-src 'none'; script-src {hashed(script)}; style-src {hashed(style)}; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    story = "".join(json.dumps(line) + "\n" for line in lines).replace("<", "\\u003c")
    page = read("index.html").replace("<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)
    page = page.replace('<link rel="stylesheet" href="style.css">', f"<style>{style}</style>")
    page = page.replace('<script type="module" src="main.js"></script>', f'<script type="module">{script}</script>')
    return page.replace("</body>", f'<script type="application/jsonl" id="story">\n{story}</script>\n</body>')
