#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The page of a real lab in a real browser: `lab ui`, its buttons, and a recording of the same.
#   Tests/Page/test_live.py [TEST…]      LAB_PICTURES=FOLDER: where the screenshots go
import json
import os
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import live
from browser import Browser
from daemon import Daemon
from test_page import SHOWN

PICTURES = os.environ.get("LAB_PICTURES")


class LiveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = live.Lab(live.MANIFEST.format(replicas=4))
        cls.addClassCleanup(cls.lab.close)
        cls.browser = Browser(1280, 800)
        cls.addClassCleanup(cls.browser.close)
        cls.link = cls.lab.link()
        live.look(cls.browser, cls.link)

    def setUp(self):
        self.browser.errors.clear()

    def tearDown(self):
        self.assertEqual(self.browser.errors, [], "the page's console")
        origin = self.link.split("?")[0]
        self.assertEqual([url for url in self.browser.requests if not url.startswith(origin)], [], "requests to others than the daemon")

    def state(self, pod):
        return self.browser.run(f"document.querySelector('[data-id=\"Pod default/{pod}\"]')?.dataset.services")

    def picture(self, name):
        folder = PICTURES or tempfile.gettempdir()
        path = os.path.join(folder, f"page-{name}.png")
        self.browser.picture(path)
        self.addCleanup(lambda: None if PICTURES else os.unlink(path))
        self.assertLess(os.path.getsize(path), 200_000)

    def test_1_the_lab_is_on_the_page(self):
        pods = {f"Pod default/{each}" for each in self.lab.pods()}
        self.browser.until("document.querySelectorAll('.pod[data-services=\"default/web\"]').length === 4")
        self.assertLessEqual(pods, set(self.browser.run("[...document.querySelectorAll('.pod')].map(each => each.dataset.id)")))
        self.assertLessEqual({"Place host", "Place edge", "Place control-plane", "Node node-1", "Node node-2", "Node node-3"}, set(self.browser.run("[...document.querySelectorAll('.place, .node')].map(each => each.dataset.id)")))
        self.assertIn(self.lab.address(), self.browser.run("document.querySelector(\"li[data-service='default/web']\").innerText"))
        self.assertNotIn("token", self.browser.run("location.href"))

    def test_2_a_burst_moves_the_shares_and_they_end_equal_to_who_answered(self):
        before = self.browser.run(live.TOTAL)
        answered = self.lab.burst(300)
        self.assertEqual(sum(answered.values()), 300)
        self.browser.until(f"{live.TOTAL} >= {before + 300}")
        self.assertEqual(self.browser.run(live.SHARES), answered)
        # And so they are in the last counters of each node that the daemon told.
        told = self.browser.run("""(() => { const last = new Map(); for (const { line } of window.heard) if (line.kind === 'counters') for (const each of line.services) if (each.service === 'default/web') last.set(`${line.node} ${each.endpoint}`, each);
            const sums = {}; for (const each of last.values()) { const pod = each.pod.split('/')[1]; sums[pod] = (sums[pod] ?? 0) + each.connections; } return sums; })()""")
        self.assertEqual(told, answered)
        self.assertGreater(self.browser.run("window.heard.filter(each => each.kind === 'connection').length"), 0)
        via = self.browser.run("window.heard.findLast(each => each.kind === 'connection').line.via")
        self.assertEqual(via[:2], ["host", "edge"])

    def test_3_a_Service_s_YAML_is_beside_its_rules(self):
        self.browser.run("document.querySelector('[data-focus=\"Service default/web\"]').click()")
        self.browser.until("document.querySelectorAll('.rule').length > 4")
        self.assertRegex(self.browser.run("document.querySelector('.yaml-pane .file').textContent"), r"web\.yaml:\d+")
        written = live.MANIFEST.format(replicas=4).split("\n")
        lines = self.browser.run("[...document.querySelectorAll('.yaml li')].map(each => [Number(each.dataset.line), each.textContent])")
        if self.browser.run("window.heard.some(each => each.kind === 'source')"):
            self.assertEqual(lines, [[number, written[number - 1]] for number, _ in lines])
        else:
            self.assertIn("    app: web", [text for _, text in lines])
        entries = self.browser.run("[...document.querySelectorAll('.rule code')].map(each => each.textContent)")
        cluster = json.loads(self.lab.kubectl("get", "service", "web", "-o", "json"))["spec"]["clusterIP"]
        self.assertTrue(any(each.startswith(f"{cluster} . tcp . 80") for each in entries), entries)
        self.assertTrue(all(self.browser.run("[...document.querySelectorAll('.rule')].map(each => /Service default.web/.test(each.textContent))")))
        places = self.browser.run("[...document.querySelectorAll('.place-link')].map(each => each.textContent)")
        self.assertTrue(places and all("web.yaml:" in each for each in places), places)

    def test_4_why_and_trace_between_two_ends(self):
        self.browser.run("document.querySelector('#inspector').hidden && document.querySelector('[data-focus=\"Service default/web\"]').click()")
        self.browser.run("document.querySelector('#tab-Why-and-trace').click()")
        self.browser.run("(() => { const [from, to] = document.querySelectorAll('.ask input'); for (const [each, value] of [[from, 'host'], [to, 'service/default/web']]) { each.value = value; each.dispatchEvent(new Event('input')); } document.querySelector('.ask .primary').click(); })()")
        self.browser.until("document.querySelector('.answer')?.dataset.answer === 'delivered'")
        self.assertEqual(self.browser.run("document.querySelector('.stop h4').textContent"), "host")
        self.browser.until("document.querySelectorAll('.hop.dnat').length >= 1")
        self.browser.run("[...document.querySelectorAll('.ask button')].find(each => each.textContent === 'Trace').click()")
        self.browser.until("document.querySelector('.answer.traced .headline')", 40)
        self.assertIn("as predicted", self.browser.run("document.querySelector('.answer.traced .headline').textContent"))

    def test_5_a_button_s_command_is_shown_and_then_run(self):
        self.browser.run("document.querySelector('[data-focus=\"Workload Deployment default/web\"]').click()")
        self.browser.run("[...document.querySelectorAll('#inspector .actions button')].find(each => each.textContent.startsWith('Scale')).click()")
        self.browser.until("/^kubectl .*scale .*--replicas=5/.test(document.querySelector('.command').textContent)")
        self.assertEqual(len(self.lab.pods()), 4)
        self.browser.until("!document.querySelector('.command-panel .primary').disabled")
        self.browser.run("document.querySelector('.command-panel .primary').click()")
        self.browser.until("document.querySelectorAll('.pod[data-services=\"default/web\"]').length === 5", 30)
        self.assertEqual(len(self.lab.pods()), 5)
        self.browser.run("document.querySelector('.close').click()")

    def test_6_a_relabelled_Pod_leaves_its_Service_on_screen_and_the_past_still_has_it(self):
        pod = self.lab.pods()[0]
        self.browser.until(f"document.querySelector('[data-id=\"Pod default/{pod}\"]').dataset.services === 'default/web'")
        before = self.browser.run("document.body.dataset.count")
        self.lab.kubectl("label", "pod", pod, "app=aside", "--overwrite")
        self.browser.until(f"document.querySelector('[data-id=\"Pod default/{pod}\"]').dataset.services === ''")
        self.browser.until("document.querySelectorAll('.pod[data-services=\"default/web\"]').length === 5", 30)
        after = sorted(self.browser.run(SHOWN))
        self.browser.run("document.querySelector('.transport button').click()")
        self.browser.until("document.querySelector('.live-button').getAttribute('aria-pressed') === 'false'")
        for _ in range(60):
            if self.state(pod) == "default/web":
                break
            self.browser.run("document.querySelector('.transport button').click()")
            self.browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.assertEqual(self.state(pod), "default/web", "the past has it where it was")
        self.assertGreaterEqual(int(self.browser.run("document.body.dataset.count")), int(before) - 40)
        self.browser.run("document.querySelector('.live-button').click()")
        self.browser.until(f"document.querySelector('[data-id=\"Pod default/{pod}\"]').dataset.services === ''")
        self.assertEqual(sorted(self.browser.run(SHOWN)), after)

    def test_7_markup_in_labels_annotations_arguments_and_answers_changes_nothing(self):
        hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "hostile", "labels": {"app": "hostile"}, "annotations": {"note": hostile}}, "spec": {"containers": [{"name": "c", "image": "x", "args": [hostile], "env": [{"name": "MESSAGE", "value": hostile}], "ports": [{"containerPort": 8080}]}]}}
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "hostile", "annotations": {"note": hostile}}, "data": {"page.html": hostile}}
        event = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "hostile"}, "reason": "Hostile", "message": hostile, "type": "Warning", "involvedObject": {"kind": "Pod", "name": "hostile", "namespace": "default"}}
        for each in (pod, config, event):
            self.lab.lab("kubectl", "--lab", self.lab.name, "create", "-f", "-", input=json.dumps(each))
        self.browser.until("document.querySelector('[data-id=\"Pod default/hostile\"]')")
        self.browser.run("document.querySelector('[data-id=\"Pod default/hostile\"]').dispatchEvent(new MouseEvent('click', { bubbles: true }))")
        self.browser.until("document.querySelector('.yaml')?.textContent.includes('onerror')")
        self.browser.until("document.querySelector('#log').textContent.includes('onerror')")
        self.assertEqual(self.browser.run("[typeof window.hacked, document.querySelectorAll('img').length, document.scripts.length]"), ["undefined", 0, 1])
        self.browser.run("document.querySelector('.close').click()")
        self.lab.kubectl("delete", "pod", "hostile", "--wait=false")

    def test_8_pictures_of_the_light_and_the_dark_page(self):
        for scheme in ("light", "dark"):
            self.browser.media(prefers_color_scheme=scheme)
            seen = self.browser.run("window.heard.length")
            self.lab.at_host(f"seq 60 | xargs -P 8 -I{{}} curl -s -m 10 -o /dev/null http://{self.lab.address()}/")
            self.browser.until(f"window.heard.slice({seen}).some(each => each.kind === 'connection') && document.querySelector('.translation')", 20)
            self.picture(scheme)

    def test_9_without_the_token_there_is_nothing(self):
        origin = self.link.split("?")[0]
        for path in ("", "main.js", "story", "why?to=x", "rules"):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(origin + path, timeout=10)
            self.assertEqual((refused.exception.code, refused.exception.read()), (401, b""))
            refused.exception.close()

    def test_91_a_recording_plays_from_a_file_and_ends_where_the_lab_is(self):
        pods = "[...document.querySelectorAll('.pod')].map(each => each.getAttribute('aria-label')).sort()"
        path = os.path.join(self.lab.folder, "story.html")
        name, program = self.lab.name, live.PROGRAM
        left = self.lab.pods()[0]
        curls = f"seq 40 | xargs -P 4 -I{{}} curl -s -m 10 -o /dev/null http://{self.lab.address()}/"
        script = f"""{program} exec host --lab {name} -- sh -c '{curls}'
            {program} kubectl --lab {name} label pod {left} app=aside --overwrite
            {program} kubectl --lab {name} rollout status deployment/web --timeout=30s
            {program} exec host --lab {name} -- sh -c '{curls}'"""
        self.lab.lab("record", name, "-o", path, "--", "sh", "-c", script, seconds=120)
        self.assertLess(os.path.getsize(path), 5_000_000)
        self.browser.until(f"document.querySelector('[data-id=\"Pod default/{left}\"]').dataset.services === '' && document.querySelectorAll('.pod[data-services=\"default/web\"]').length === 5", 30)
        now = self.browser.run(pods)
        try:
            self.browser.open(f"file://{path}")
            self.browser.until("Number(document.body.dataset.count) > 0")
            self.assertEqual(self.browser.run(f"document.querySelector('[data-id=\"Pod default/{left}\"]').dataset.services"), "default/web")
            self.browser.media(prefers_color_scheme="light")
            before = self.browser.run(live.TOTAL)
            self.browser.run("document.querySelector('.play').click()")
            self.browser.until("document.querySelector('.traveller')", 60)
            self.picture("replay")
            self.browser.run("(() => { const speed = document.querySelector('.transport select'); speed.value = '16'; speed.dispatchEvent(new Event('change')); })()")
            self.browser.until("document.querySelector('.play').getAttribute('aria-label') === 'Play'", 60)
            self.assertEqual(self.browser.run(pods), now)
            self.assertEqual(self.browser.run(live.TOTAL), before + 80)
            self.assertEqual(self.browser.run("[document.querySelectorAll('.actions button').length, document.querySelector('.live-button').hidden]"), [0, True])
            self.assertEqual(self.browser.requests, [f"file://{path}"])
            self.assertEqual(self.browser.errors, [])
        finally:
            self.browser.open(self.link)
            self.browser.until("document.querySelectorAll('.pod').length > 0")

    def test_92_another_page_of_this_machine_cannot_drive_it(self):
        elsewhere = Daemon()
        self.addCleanup(elsewhere.close)
        origin, pod = self.link.split("?")[0], self.lab.pods()[0]
        body = json.dumps({"action": "label", "object": f"Pod/default/{pod}", "labels": {"stolen": "yes"}})
        try:
            # The browser has the cookie: with it the page itself may do this.
            self.browser.open(elsewhere.url + "elsewhere")
            self.browser.until("document.title === 'another page'")
            for mode in ("cors", "no-cors"):
                for kind in ("text/plain", "application/json"):
                    self.browser.run(f"fetch('{origin}act', {{ method: 'POST', mode: '{mode}', credentials: 'include', headers: {{ 'Content-Type': '{kind}' }}, body: {json.dumps(body)} }}).then(() => 0, () => 0)")
            seen = self.browser.run(f"fetch('{origin}story', {{ credentials: 'include' }}).then((answer) => answer.status, () => 'refused')")
            heard = self.browser.run(f"new Promise(done => {{ const source = new EventSource('{origin}story', {{ withCredentials: true }}); source.onmessage = () => done('heard'); source.onerror = () => {{ source.close(); done('refused'); }}; }})")
            framed = self.browser.run(f"new Promise(done => {{ const frame = document.createElement('iframe'); frame.src = '{origin}'; frame.onload = () => {{ try {{ done(frame.contentDocument === null ? 'refused' : frame.contentDocument.title); }} catch {{ done('refused'); }} }}; document.body.append(frame); }})")
            self.assertEqual((seen, heard, framed), ("refused", "refused", "refused"))
            labels = json.loads(self.lab.kubectl("get", "pod", pod, "-o", "json"))["metadata"]["labels"]
            self.assertNotIn("stolen", labels)
            # What the browser says of refused requests is as it should be.
            self.browser.errors.clear()
        finally:
            self.browser.open(self.link)
            self.browser.until("document.querySelectorAll('.pod').length > 0")
            self.browser.errors.clear()


if __name__ == "__main__":
    unittest.main(verbosity=2)
