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

static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char main_js[] = {
#embed "page/main.js"
};
static const unsigned char style_css[] = {
#embed "page/style.css"
};

static const struct lab_page_file files[] = {
    {"index.html", index_html, sizeof index_html},
    {"main.js", main_js, sizeof main_js},
    {"style.css", style_css, sizeof style_css},
};

size_t lab_page_count(void) { return sizeof files / sizeof files[0]; }

struct lab_page_file lab_page_file(size_t number) { return files[number]; }
