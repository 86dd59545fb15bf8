// SPDX-License-Identifier: Apache-2.0
// The map entries and rules of a node, by the object that is the reason for them.
import { h } from './dom.js';
import { becauseOf, reason } from './journey.js';

const MOST = 400;
const grouped = new WeakMap();

// The rules of a table by the object that they are there for; those of all Services are under `lab`.
function byObject(table) {
    if (!grouped.has(table)) {
        const map = new Map();
        for (const rule of table.values()) {
            const object = becauseOf(rule.because)?.object || 'lab';
            if (!map.has(object)) map.set(object, []);
            map.get(object).push(rule);
        }
        grouped.set(table, map);
    }
    return grouped.get(table);
}

export function rulesFor(state, node, object) {
    const table = state.rules.get(node);
    return table ? byObject(table).get(object) ?? [] : [];
}

export function ruleCount(state, node) {
    return state.rules.get(node)?.size ?? 0;
}

// `element ip lab endpoints { 0x2 . 0 : 10.244.0.5 . 8080 }`, taken apart: which map, what is looked up, what is found.
function parsed(text) {
    const element = /^element \S+ \S+ (\S+) \{ (.*) \}$/.exec(text);
    if (element) {
        const inner = element[2].replace(/ comment "[^"]*"/, '');
        const at = inner.indexOf(' : ');
        return { group: element[1], text: at < 0 ? inner : inner.slice(0, at), found: at < 0 ? null : inner.slice(at + 3) };
    }
    const rule = /^rule \S+ \S+ (\S+) (.*)$/.exec(text) ?? /^-t \S+ -A (\S+) (.*)$/.exec(text);
    return rule ? { group: rule[1], text: rule[2], found: null } : { group: 'other', text, found: null };
}

function row(rule, open, hover) {
    const { text, found } = parsed(rule.text);
    const why = becauseOf(rule.because);
    return h('li', { class: 'rule', 'data-location': why?.location || null, onmouseenter: () => hover?.(why), onmouseleave: () => hover?.(null) },
        h('code', null, text, found === null ? null : [h('span', { class: 'arrow' }, ' → '), h('b', null, found)]), reason(rule.because, open));
}

// The rules of a list, under the names of their maps and chains.
export function rulesView(rules, open, hover) {
    const groups = new Map();
    for (const rule of rules.slice(0, MOST)) {
        const { group } = parsed(rule.text);
        if (!groups.has(group)) groups.set(group, []);
        groups.get(group).push(rule);
    }
    const more = rules.length > MOST ? h('p', { class: 'quiet' }, `and ${rules.length - MOST} more: lab rules prints them all`) : null;
    return h('div', { class: 'rules' }, [...groups].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([name, list]) => h('section', null,
        h('h4', null, name, h('span', { class: 'count' }, ` ${list.length}`)), h('ul', null, list.sort((a, b) => (a.text < b.text ? -1 : 1)).map((rule) => row(rule, open, hover))))), more);
}
