// SPDX-License-Identifier: Apache-2.0
#include "CPage.h"

// A new file of the page is one more entry in both lists. The compiler reads it where it stands (C23), and builds this file
// anew when it changes.
//
// A recording has all of it in one page, which opens from a file path: there the modules are put together into one script.
// So that this can be done without a parser, they import and export by names only, each on lines of its own:
// `import { one, other as another } from "./file.js";` and `export function`, `export class`, `export const`; no module
// needs, while it is read, one that needs it.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char actions_js[] = {
#embed "page/actions.js"
};
static const unsigned char cluster_js[] = {
#embed "page/cluster.js"
};
static const unsigned char dom_js[] = {
#embed "page/dom.js"
};
static const unsigned char feed_js[] = {
#embed "page/feed.js"
};
static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char inspector_js[] = {
#embed "page/inspector.js"
};
static const unsigned char journey_js[] = {
#embed "page/journey.js"
};
static const unsigned char keys_js[] = {
#embed "page/keys.js"
};
static const unsigned char layout_js[] = {
#embed "page/layout.js"
};
static const unsigned char main_js[] = {
#embed "page/main.js"
};
static const unsigned char picture_js[] = {
#embed "page/picture.js"
};
static const unsigned char rules_js[] = {
#embed "page/rules.js"
};
static const unsigned char services_js[] = {
#embed "page/services.js"
};
static const unsigned char story_js[] = {
#embed "page/story.js"
};
static const unsigned char style_css[] = {
#embed "page/style.css"
};
static const unsigned char table_js[] = {
#embed "page/table.js"
};
static const unsigned char tables_js[] = {
#embed "page/tables.js"
};
static const unsigned char timeline_js[] = {
#embed "page/timeline.js"
};
static const unsigned char traffic_js[] = {
#embed "page/traffic.js"
};
static const unsigned char words_js[] = {
#embed "page/words.js"
};
static const unsigned char yaml_js[] = {
#embed "page/yaml.js"
};

static const struct lab_page_file files[] = {
    {"actions.js", actions_js, sizeof actions_js},
    {"cluster.js", cluster_js, sizeof cluster_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"feed.js", feed_js, sizeof feed_js},
    {"index.html", index_html, sizeof index_html},
    {"inspector.js", inspector_js, sizeof inspector_js},
    {"journey.js", journey_js, sizeof journey_js},
    {"keys.js", keys_js, sizeof keys_js},
    {"layout.js", layout_js, sizeof layout_js},
    {"main.js", main_js, sizeof main_js},
    {"picture.js", picture_js, sizeof picture_js},
    {"rules.js", rules_js, sizeof rules_js},
    {"services.js", services_js, sizeof services_js},
    {"story.js", story_js, sizeof story_js},
    {"style.css", style_css, sizeof style_css},
    {"table.js", table_js, sizeof table_js},
    {"tables.js", tables_js, sizeof tables_js},
    {"timeline.js", timeline_js, sizeof timeline_js},
    {"traffic.js", traffic_js, sizeof traffic_js},
    {"words.js", words_js, sizeof words_js},
    {"yaml.js", yaml_js, sizeof yaml_js},
};

size_t lab_page_count(void) { return sizeof files / sizeof files[0]; }

struct lab_page_file lab_page_file(size_t number) { return files[number]; }
