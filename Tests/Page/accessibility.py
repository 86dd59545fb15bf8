# SPDX-License-Identifier: Apache-2.0
# axe-core in the page: it comes in a Python package (PyPI: axe-playwright-python), of which nothing else is used, and is no
# part of Lab. scripts/setup puts it into .build/axe.
import json
import os

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def script():
    for folder in [os.environ.get("LAB_AXE", ""), os.path.join(ROOT, ".build/axe")]:
        file = os.path.join(folder, "axe_playwright_python/axe.min.js")
        if os.path.exists(file):
            with open(file, encoding="utf-8") as text:
                return text.read()
    raise SystemExit("this needs axe-core: scripts/setup puts it into .build/axe")


def check(browser):
    """What axe finds wrong with the page as it is, and how many of its rules passed."""
    if not browser.run("typeof window.axe === 'object'"):
        browser.command("Runtime.evaluate", expression=script())
    found = json.loads(browser.run("""axe.run(document, { resultTypes: ['violations'] }).then((result) => JSON.stringify({
        passed: result.passes.length, found: result.violations.map((each) => ({ id: each.id, impact: each.impact, help: each.help, where: each.nodes.slice(0, 5).map((node) => node.target.join(' ')) })) }))"""))
    return found["found"], found["passed"]
