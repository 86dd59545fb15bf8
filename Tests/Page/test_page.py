#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The page in a real browser, with stories that a stand-in for the daemon tells: what no lab would say, at the test's own pace.
#   Tests/Page/test_page.py [TEST…]
import glob
import json
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import accessibility
import make_story
from browser import Browser
from daemon import PAGE, Daemon, modules, recording

SERVICE = "li[data-service='default/web']"
# What the page shows of a Service: each endpoint with its connections and what it is.
SHARES = """Object.fromEntries([...document.querySelectorAll("li[data-service='default/web'] .share")].map(row => [row.dataset.endpoint, [Number(row.dataset.connections), row.dataset.state]]))"""
# All that is on the page that comes from the story, as text.
SHOWN = """[...document.querySelectorAll('#lab-facts, #services, #workloads, .picture .places, .picture .pods')].map(each => [...each.querySelectorAll('*')].map(part =>
    [part.children.length ? '' : part.textContent, part.getAttribute('aria-label'), part.dataset.phase, part.dataset.services, part.dataset.connections]).filter(part => part.some(Boolean))).flat().map(part => part.join()).sort()"""


class PageTest(unittest.TestCase):
    """One browser for all tests of a class, and a daemon for each."""

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.close)
        self.browser.media(prefers_color_scheme="light", prefers_reduced_motion="no-preference")
        self.browser.size(1440, 900)

    def tearDown(self):
        self.assertEqual(self.browser.errors, [], "the page's console")

    def show(self, lines):
        """Opens the page with a story, and waits until it shows all of it."""
        self.daemon.say(*lines)
        self.browser.open(self.daemon.url)
        self.shown(lines)
        return lines

    def shown(self, lines):
        self.browser.until(f"Number(document.body.dataset.count) === {len(lines)}", 60)

    def run_js(self, expression):
        return self.browser.run(expression)


class Showing(PageTest):
    def test_all_that_is_asked_for_comes_from_the_daemon(self):
        self.show(make_story.make("small"))
        self.run_js("document.querySelector('[data-focus=\"Service default/web\"]').click()")
        self.assertGreaterEqual(len(self.browser.requests), len(modules()) + 3)
        self.assertEqual([url for url in self.browser.requests if not url.startswith(self.daemon.url)], [])

    def test_the_places_the_Pods_and_the_Services_are_there(self):
        lines = self.show(make_story.make("small"))
        pods = {line["key"] for line in lines if line["kind"] == "object" and line["object"]["kind"] == "Pod"}
        self.assertEqual(self.run_js("document.querySelectorAll('.pod').length"), len(pods))
        self.assertEqual(set(self.run_js("[...document.querySelectorAll('.place, .node')].map(each => each.dataset.id)")),
                         {"Place host", "Place edge", "Place control-plane", "Place outside-visitor", "Node node-1", "Node node-2", "Node node-3"})
        self.assertEqual(self.run_js(f"document.querySelector(\"{SERVICE} .addresses\").innerText.split(/\\s+/).includes('203.0.113.1')"), True)
        self.assertEqual(self.run_js("document.querySelectorAll('.link').length"), 6)

    def test_shares_are_those_of_the_counters(self):
        lines = make_story.make("small")
        half = next(index for index, line in enumerate(lines) if line["kind"] == "step" and line["state"] == "passed")
        self.show(lines[:half])
        for upto in (half, len(lines)):
            self.daemon.say(*lines[half:upto])
            self.shown(lines[:upto])
            last = [line for line in lines[:upto] if line["kind"] == "counters"][-1]
            wanted = {each["endpoint"]: each["connections"] for each in last["services"] if each["service"] == "default/web"}
            self.assertEqual({endpoint: number for endpoint, (number, _) in self.run_js(SHARES).items()}, wanted)
            total = sum(wanted.values())
            widths = self.run_js(f"[...document.querySelectorAll(\"{SERVICE} .share\")].map(row => [row.dataset.endpoint, Number(/scaleX\\((.*)\\)/.exec(row.querySelector('.fill').style.transform)[1])])")
            for endpoint, width in widths:
                self.assertAlmostEqual(width, wanted[endpoint] / total, places=3)

    def test_a_relabelled_Pod_leaves_its_Service_when_the_line_comes(self):
        lines = make_story.make("small")
        leaves = next(index for index, line in enumerate(lines) if line["kind"] == "object" and line["verb"] == "modified" and line["object"]["kind"] == "EndpointSlice")
        self.show(lines[:leaves])
        pod = "document.querySelector('[data-id=\"Pod default/web-7c89785fd4-s7wgq\"]')"
        self.assertEqual(self.run_js(f"{pod}.dataset.services"), "default/web")
        self.assertEqual(self.run_js(SHARES)["10.244.2.5:8080"][1], "ready")
        self.daemon.say(lines[leaves])
        self.shown(lines[:leaves + 1])
        self.assertEqual(self.run_js(f"{pod}.dataset.services"), "")
        self.assertEqual(self.run_js(SHARES)["10.244.2.5:8080"][1], "gone")
        self.assertIn("in no Service", self.run_js(f"{pod}.getAttribute('aria-label')"))

    def test_a_connection_is_drawn_on_its_way_with_both_addresses_of_its_translations(self):
        lines = make_story.make("small")
        first = next(index for index, line in enumerate(lines) if line["kind"] == "connection")
        self.show(lines[:first])
        self.daemon.say(lines[first])
        self.browser.until("document.querySelector('.traveller')")
        before, between, after = lines[first]["dnat"]
        self.browser.until(f"[...document.querySelectorAll('.translation')].some(each => each.textContent === '{before}→ {between}')")
        self.browser.until(f"[...document.querySelectorAll('.translation')].some(each => each.textContent === '{between}→ {after}')")
        self.browser.until("!document.querySelector('.traveller')")

    def test_a_Service_shows_its_YAML_with_file_and_line_beside_its_rules(self):
        self.show(make_story.make("small"))
        self.run_js("document.querySelector('[data-focus=\"Service default/web\"]').click()")
        self.assertEqual(self.run_js("document.querySelector('.yaml-pane .file').textContent"), "Labs/web.yaml:8")
        lines = self.run_js("[...document.querySelectorAll('.yaml li')].map(each => [Number(each.dataset.line), each.textContent])")
        manifest = make_story.MANIFEST.split("\n")
        self.assertEqual(lines, [[number, manifest[number - 1]] for number in range(8, 21)])
        entries = self.run_js("[...document.querySelectorAll('.rule code')].map(each => each.textContent)")
        self.assertIn("10.96.106.102 . tcp . 80 → 0x00000002", entries)
        self.assertIn("0x00000002 . 0x00000003 → 10.244.2.12 . 8080", entries)
        boxes = self.run_js("[...document.querySelectorAll('.beside > .pane')].map(each => { const box = each.getBoundingClientRect(); return [box.left, box.right, box.top]; })")
        self.assertLessEqual(boxes[0][1], boxes[1][0] + 1, "side by side")
        self.assertEqual(boxes[0][2], boxes[1][2])
        self.run_js("document.querySelector('.rule[data-location=\"Labs/web.yaml:17\"] .place-link').click()")
        self.assertEqual(self.run_js("[...document.querySelectorAll('.yaml .pointed')].map(each => each.dataset.line)"), ["17"])

    def test_a_button_shows_its_command_before_it_runs_it(self):
        self.show(make_story.make("small"))
        self.run_js("document.querySelector('[data-focus=\"Workload Deployment default/web\"]').click()")
        self.run_js("[...document.querySelectorAll('#inspector .actions button')].find(each => each.textContent.startsWith('Scale')).click()")
        self.browser.until("document.querySelector('.command').textContent === 'lab does scale'")
        self.assertEqual(self.daemon.acts, [])
        self.browser.until("!document.querySelector('.command-panel .primary').disabled")
        self.run_js("document.querySelector('.command-panel .primary').click()")
        self.browser.until("document.querySelector('.command-panel .result').textContent === 'done'")
        self.assertEqual(self.daemon.acts, [{"action": "scale", "object": "Deployment/default/web", "replicas": 5}])

    def test_why_is_answered_between_two_ends_that_are_clicked(self):
        self.daemon.why = {"answer": "delivered", "headline": "delivered: to one Pod", "remarks": [], "outcomes": [{"answer": "delivered", "count": 1, "journey": {"hops": [
            {"namespace": "host", "action": "routed", "route": "default via 172.18.0.1"}, {"namespace": "edge", "action": "dnat", "from": "203.0.113.1:80", "to": "172.18.0.2:30080"},
            {"namespace": "node-1", "action": "rule", "rule": {"chain": "deliver", "element": "0x2 . 0x0 : 10.244.0.3 . 8080", "because": {"object": "Service default/web", "field": "spec.ports[0]", "location": "Labs/web.yaml:17"}}}]}}]}
        self.show(make_story.make("small"))
        click = "document.querySelector('[data-id=\"{}\"]').dispatchEvent(new MouseEvent('click', {{ bubbles: true, shiftKey: {} }}))"
        self.run_js(click.format("Place host", "false"))
        self.run_js(click.format("Pod default/web-7c89785fd4-6j954", "true"))
        self.assertEqual(self.run_js("[...document.querySelectorAll('.ask input')].map(each => each.value)"), ["host", "pod/default/web-7c89785fd4-6j954"])
        self.run_js("document.querySelector('.ask .primary').click()")
        self.browser.until("document.querySelector('.answer .headline')?.textContent === 'delivered: to one Pod'")
        self.assertEqual(self.run_js("[...document.querySelectorAll('.stop h4')].map(each => each.textContent)"), ["host", "edge", "node-1"])
        self.assertEqual(self.run_js("document.querySelector('.hop.dnat').textContent"), "203.0.113.1:80 → 172.18.0.2:30080")
        self.browser.until("document.querySelector('.way')")
        self.run_js("document.querySelector('.hop .place-link').click()")
        self.browser.until("document.querySelector('#inspector h2').textContent === 'web' && document.querySelector('.yaml .pointed')?.dataset.line === '17'")


class Time(PageTest):
    def test_folding_is_pure_and_any_moment_is_what_its_lines_add_up_to(self):
        self.daemon.say(*make_story.make("small"))
        self.browser.open(self.daemon.url)
        self.browser.until("document.body.dataset.count")
        count, wrong, gone = self.run_js("""(async () => {
            const { Story, fold, nothing } = await import('./story.js');
            const seen = (value) => JSON.stringify(value, (key, each) => each && typeof each.entries === 'function' && !Array.isArray(each) ? Object.fromEntries([...each.entries()].sort()) : each);
            const lines = %s;
            const frozen = (value) => { if (value && typeof value === 'object' && !Object.isFrozen(value)) { Object.freeze(value); Object.values(value).forEach(frozen); } return value; };
            lines.forEach(frozen);
            const story = new Story();
            for (const line of lines) story.add(line);
            const direct = [seen(nothing)];
            let state = nothing;
            for (const line of lines) { state = fold(frozen(state), line); direct.push(seen(state)); }
            const order = [...lines.keys(), lines.length].sort((a, b) => (a * 7919) %% 191 - (b * 7919) %% 191);
            const wrong = order.filter((count) => seen(story.after(count)) !== direct[count]);
            const gone = story.trim(300);
            return [lines.length, wrong.concat(order.filter((count) => count >= gone && seen(story.after(count - gone)) !== direct[count])), gone];
        })()""" % json.dumps(make_story.make("small") + [{**line, "n": 1000 + line["n"], "t": 6000} for line in make_story.make("small")]))
        self.assertGreater(count, 256)
        self.assertEqual(gone, 128)
        self.assertEqual(wrong, [])

    def test_scrubbing_back_shows_the_earlier_state_and_live_the_latest(self):
        lines = make_story.make("small")
        stops = [index + 1 for index, line in enumerate(lines) if line["kind"] in ("ready", "step", "fault", "failure")] + [len(lines)]
        self.show(lines[:stops[0]])
        seen = []
        for before, stop in zip([stops[0]] + stops, stops):
            self.daemon.say(*lines[before:stop])
            self.shown(lines[:stop])
            seen.append(self.run_js(SHOWN))
        self.assertGreater(len({json.dumps(each) for each in seen}), 4, "the moments differ")
        self.browser.until(f"Number(document.querySelector('.scrubber').max) === {lines[-1]['t']}")
        for stop, wanted in reversed(list(zip(stops, seen))):
            t = lines[stop - 1]["t"]
            at = max(index for index, line in enumerate(lines) if line["t"] <= t) + 1
            self.run_js(f"(() => {{ const slider = document.querySelector('.scrubber'); slider.value = {t}; slider.dispatchEvent(new Event('input')); }})()")
            self.browser.until(f"Number(document.body.dataset.count) === {at}")
            if at == stop:
                self.assertEqual(self.run_js(SHOWN), wanted, f"at {t} ms")
        self.run_js("document.querySelector('.live-button').click()")
        self.browser.until(f"Number(document.body.dataset.count) === {len(lines)}")
        self.assertEqual(self.run_js(SHOWN), seen[-1])

    def test_what_comes_while_the_past_is_shown_changes_nothing_until_live(self):
        lines = make_story.make("small")
        self.show(lines[:80])
        self.run_js("document.querySelector('.transport button').click()")
        self.browser.until("document.querySelector('.live-button').getAttribute('aria-pressed') === 'false'")
        seen, count = self.run_js(SHOWN), self.run_js("document.body.dataset.count")
        self.daemon.say(*lines[80:])
        self.browser.until(f"Number(document.querySelector('.scrubber').max) === {lines[-1]['t']}")
        self.assertEqual((self.run_js(SHOWN), self.run_js("document.body.dataset.count")), (seen, count))

    def test_a_recording_plays_from_a_file_with_no_network_and_no_buttons(self):
        lines = make_story.make("small")
        self.show(lines)
        live = self.run_js(SHOWN)
        with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
            file.write(recording(lines))
            file.flush()
            self.browser.open(f"file://{file.name}")
            self.browser.until("Number(document.body.dataset.count) > 0")
            opened = next(index for index, line in enumerate(lines) if line["kind"] == "ready") + 1
            self.assertEqual(self.run_js("Number(document.body.dataset.count)"), opened)
            self.assertEqual(self.run_js("document.querySelector('.live-button').hidden"), True)
            self.run_js("(() => { const speed = document.querySelector('.transport select'); speed.value = '16'; speed.dispatchEvent(new Event('change')); document.querySelector('.play').click(); })()")
            self.browser.until(f"Number(document.body.dataset.count) === {len(lines)}")
            self.assertEqual(self.run_js(SHOWN), live)
            self.run_js("document.querySelector('[data-focus=\"Service default/web\"]').click()")
            self.assertEqual(self.run_js("document.querySelectorAll('.actions button').length"), 0)
            self.assertEqual(self.browser.requests, [f"file://{file.name}"])
            self.assertEqual(self.browser.errors, [])


class Strangers(PageTest):
    def test_markup_and_script_in_names_labels_answers_and_messages_change_nothing(self):
        lines = self.show(make_story.make("hostile"))
        everything = ["Service default/x", "Pod default/a.b-c", "Node node-1", "Place edge"]
        for view in (False, True):
            for each in everything:
                self.run_js(f"(() => {{ const all = [...document.querySelectorAll('[data-focus], [data-id]')]; all.find(part => (part.dataset.focus ?? part.dataset.id) === {json.dumps(each)}).dispatchEvent(new MouseEvent('click', {{ bubbles: true }})); }})()")
                self.assertEqual(self.run_js("document.querySelector('#inspector').hidden"), False, each)
                for tab in range(self.run_js("document.querySelectorAll('[role=tab]').length")):
                    self.run_js(f"document.querySelectorAll('[role=tab]')[{tab}].click()")
                    self.run_js("document.querySelectorAll('details').forEach(each => each.open = true)")
                    self.unharmed()
            self.run_js("document.querySelector('#view').click()")
        for index in range(len(lines)):
            self.run_js(f"document.querySelector('[data-index=\"{index}\"]')?.click()")
        self.unharmed()
        self.assertEqual(self.run_js("document.querySelector('#lab-name').textContent"), make_story.HOSTILE)

    def unharmed(self):
        self.assertEqual(self.run_js("[typeof window.hacked, document.querySelectorAll('img, iframe, object, embed, base, body script:not([src]):not([type])').length, document.scripts.length]"), ["undefined", 0, 1])

    def test_so_it_is_in_a_recording(self):
        with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
            file.write(recording(make_story.make("hostile")))
            file.flush()
            self.browser.open(f"file://{file.name}")
            self.browser.until("Number(document.body.dataset.count) > 0")
            self.run_js("document.querySelector('.play').click()")
            self.browser.until("document.querySelector('#step').textContent.includes('onerror')")
            self.assertEqual(self.run_js("[typeof window.hacked, document.querySelectorAll('img').length]"), ["undefined", 0])

    def test_the_policy_is_in_force(self):
        self.show(make_story.make("hostile"))
        self.run_js("new Promise(done => { document.addEventListener('securitypolicyviolation', done, { once: true }); const script = document.createElement('script'); try { script.textContent = 'window.hacked = 4'; } catch { done(); } document.head.append(script); setTimeout(done, 500); })")
        self.assertEqual(self.run_js("typeof window.hacked"), "undefined")
        self.assertTrue(self.browser.errors)
        self.browser.errors.clear()

    def test_no_module_makes_markup_of_text(self):
        for name in glob.glob(os.path.join(PAGE, "*.js")):
            with open(name, encoding="utf-8") as file:
                text = file.read()
            for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser", "srcdoc", "createContextualFragment"):
                self.assertNotIn(way, text, name)


class Everyone(PageTest):
    def states(self):
        """The page in each of its states."""
        click = lambda selector: self.run_js(f"document.querySelector('{selector}').click()")
        yield "picture"
        click("[data-focus=\"Service default/web\"]")
        yield "YAML and rules"
        click("#inspector .actions button")
        self.browser.until("document.querySelector('.command').textContent.startsWith('lab')")
        yield "a command"
        click("#tab-Endpoints")
        yield "endpoints"
        click("#tab-Why-and-trace")
        yield "why and trace"
        self.run_js("document.querySelector('[data-id=\"Node node-2\"]').dispatchEvent(new MouseEvent('click', { bubbles: true }))")
        yield "a node"
        click("#view")
        yield "tables"
        click("#help")
        yield "shortcuts"

    def test_axe_finds_nothing_serious(self):
        for scheme in ("light", "dark"):
            self.browser.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            self.daemon.lines.clear()
            lines = make_story.make("small")
            self.show(lines[:next(index for index, line in enumerate(lines) if line["kind"] == "failure")])
            for state in self.states():
                found, passed = accessibility.check(self.browser)
                self.assertGreater(passed, 15, "axe ran")
                self.assertEqual([each for each in found if each["impact"] in ("serious", "critical")], [], f"{scheme}, {state}")

    def test_everything_is_reached_by_keyboard(self):
        self.show(make_story.make("small"))
        seen = []
        for _ in range(60):
            self.browser.key("Tab")
            at = self.run_js("(() => { const each = document.activeElement; return each.dataset.id ?? each.dataset.focus ?? (each.id || each.className || each.textContent).toString(); })()")
            seen.append(at)
        for wanted in ("view", "theme", "help", "filter", "Service default/web", "Workload Deployment default/web", "Place edge", "play", "scrubber", "log"):
            self.assertIn(wanted, seen)

    def test_arrow_keys_move_in_the_picture_and_Enter_chooses(self):
        self.show(make_story.make("small"))
        self.run_js("document.querySelector('[data-id=\"Place edge\"]').focus()")
        here = lambda: self.run_js("document.activeElement.dataset.id")
        for key, wanted in [("ArrowUp", {"Place host", "Place outside-visitor"}), ("ArrowDown", {"Place edge"}), ("ArrowDown", {"Node node-2"}), ("ArrowRight", {"Node node-3"}), ("ArrowDown", {"Pod default/web-7c89785fd4-s7wgq"}), ("ArrowLeft", None)]:
            self.browser.key(key)
            self.assertTrue(wanted is None or here() in wanted, f"{key}: {here()}")
        self.assertTrue(self.run_js("document.activeElement.matches(':focus-visible')"))
        chosen = here()
        self.browser.key("Enter", text="\r")
        self.assertEqual(self.run_js("document.querySelector('#inspector').hidden"), False)
        self.assertEqual(self.run_js("document.activeElement.getAttribute('aria-pressed')"), "true")
        self.browser.key("Escape")
        self.assertEqual(self.run_js("document.querySelector('#inspector').hidden"), True)
        self.assertEqual(here(), chosen)
        self.browser.key("?")
        self.assertEqual(self.run_js("document.querySelector('#shortcuts').open"), True)

    def test_what_changed_is_said(self):
        lines = make_story.make("small")
        leaves = next(index for index, line in enumerate(lines) if line["kind"] == "object" and line["verb"] == "modified" and line["object"]["kind"] == "EndpointSlice")
        self.show(lines[:leaves])
        self.browser.until("document.querySelector('#spoken').textContent !== ''")
        self.daemon.say(lines[leaves])
        self.browser.until("document.querySelector('#spoken').textContent.includes('default/web has 3 of 3 endpoints ready')")

    def test_who_asked_for_less_motion_sees_no_dots_run(self):
        self.browser.media(prefers_color_scheme="light", prefers_reduced_motion="reduce")
        lines = make_story.make("small")
        first = next(index for index, line in enumerate(lines) if line["kind"] == "connection")
        self.show(lines[:first])
        self.run_js("(() => { window.dots = 0; new MutationObserver(() => { window.dots += document.querySelectorAll('.traveller').length; }).observe(document.querySelector('.picture'), { subtree: true, childList: true }); })()")
        self.daemon.say(lines[first])
        self.browser.until("document.querySelector('.translation')")
        self.assertEqual(self.run_js("[window.dots, document.querySelectorAll('.link[data-busy]').length > 0, document.getAnimations().length]"), [0, True, 0])

    def test_light_or_dark_is_the_system_s_until_it_is_chosen(self):
        ground = "getComputedStyle(document.body).backgroundColor"
        lines = self.show(make_story.make("small"))
        light = self.run_js(ground)
        self.browser.media(prefers_color_scheme="dark")
        dark = self.run_js(ground)
        self.assertNotEqual(light, dark)
        self.run_js("document.querySelector('#theme').click()")
        self.assertEqual(self.run_js(ground), light)
        self.browser.open(self.daemon.url)
        self.shown(lines)
        self.assertEqual(self.run_js(ground), light)
        self.run_js("localStorage.clear()")

    def test_a_narrow_window_loses_nothing(self):
        self.browser.size(390, 844)
        self.show(make_story.make("small"))
        self.assertLessEqual(self.run_js("document.documentElement.scrollWidth"), 390)
        self.assertGreater(self.run_js("document.querySelector('.picture').getBoundingClientRect().width"), 300)


class Pictures(PageTest):
    """Those of the README: LAB_PICTURES says where they go. Without it they are made and thrown away."""

    def picture(self, name):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(os.environ.get("LAB_PICTURES") or folder, f"page-{name}.png")
            self.browser.picture(path)
            self.assertLess(os.path.getsize(path), 200_000)

    def test_light_dark_replayed_and_a_thousand_Pods(self):
        self.browser.size(1280, 800)
        lines = make_story.make("small")
        flights = [index for index, line in enumerate(lines) if line["kind"] == "connection"]
        parts = {"light": flights[30], "dark": next(index for index in flights if lines[index]["t"] > 3000)}
        for scheme, stop in parts.items():
            self.browser.media(prefers_color_scheme=scheme)
            self.daemon.lines.clear()
            self.show(lines[:stop])
            # Until some are seen on their way at once.
            for number in range(300):
                flight = lines[flights[flights.index(stop) + number % 8]]
                self.daemon.say({**flight, "t": lines[stop - 1]["t"] + number, "n": 1000 + number})
                if self.run_js("new Promise(done => setTimeout(done, 90)).then(() => document.querySelectorAll('.translation').length >= 2 && document.querySelectorAll('.traveller').length >= 3)"):
                    break
            self.picture(scheme)
        self.browser.media(prefers_color_scheme="light")
        with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
            file.write(recording(lines))
            file.flush()
            self.browser.open(f"file://{file.name}")
            self.browser.until("Number(document.body.dataset.count) > 0")
            self.run_js("document.querySelector('[data-focus=\"Service default/web\"]').click()")
            self.run_js("(() => { const slider = document.querySelector('.scrubber'); slider.value = 3300; slider.dispatchEvent(new Event('input')); document.querySelector('.play').click(); })()")
            self.browser.until("document.querySelectorAll('.traveller').length >= 2")
            self.picture("replay")
        self.daemon.lines.clear()
        self.show(make_story.make("large", 1000))
        self.picture("thousand")


class Many(PageTest):
    def test_one_Pod_of_a_thousand_changes_alone(self):
        lines = make_story.make("large", 1000)
        opened = next(index for index, line in enumerate(lines) if line["kind"] == "ready") + 1
        self.show(lines[:opened])
        self.assertEqual(self.run_js("document.querySelectorAll('.pod').length"), 1002)
        self.run_js("(() => { window.touched = new Set(); new MutationObserver((all) => all.forEach(each => window.touched.add(each.target.closest('.pod')?.dataset.id ?? null))).observe(document.querySelector('.picture .pods'), { subtree: true, childList: true, attributes: true }); })()")
        pod = next(line for line in lines[opened + 10:] if line["kind"] == "object" and line["object"]["kind"] == "Pod" and line["object"]["status"]["conditions"][0]["status"] == "False")
        self.daemon.say({**pod, "n": lines[opened - 1]["n"] + 1})
        self.browser.until("window.touched.size > 0")
        self.assertEqual(self.run_js("[...window.touched]"), ["Pod " + pod["key"].removeprefix("Pod/")])

    def test_a_thousand_Services_are_shown_in_parts(self):
        story = make_story.Story("services", 3)
        for number in range(1000):
            story.service("default", f"s-{number:04d}", f"10.96.{number // 250}.{number % 250 + 1}", {"app": "x"})
        story.ready()
        self.show(story.lines)
        self.assertEqual(self.run_js("document.querySelectorAll('.service').length"), 40)
        self.run_js("(() => { const filter = document.querySelector('#filter'); filter.value = 's-0999'; filter.dispatchEvent(new Event('input')); })()")
        self.browser.until("document.querySelectorAll('.service').length === 1 && document.querySelector('.service').dataset.service === 'default/s-0999'")

    def test_the_page_is_small(self):
        size = sum(os.path.getsize(each) for each in glob.glob(os.path.join(PAGE, "*")))
        self.assertLess(size, 300_000)

    def test_each_file_of_the_page_is_in_the_program(self):
        with open(os.path.join(PAGE, "../page.c"), encoding="utf-8") as file:
            text = file.read()
        for name in os.listdir(PAGE):
            self.assertIn(f'#embed "page/{name}"', text)
            self.assertIn(f'{{"{name}", ', text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
