// SPDX-License-Identifier: Apache-2.0
// Elements. All text of a lab goes through here as text: nothing is ever parsed as markup.

const SVG = 'http://www.w3.org/2000/svg';

function filled(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
        else element.setAttribute(name, value === true ? '' : `${value}`);
    }
    append(element, children);
    return element;
}

function append(element, children) {
    for (const child of children) {
        if (child === null || child === undefined || child === false) continue;
        if (Array.isArray(child)) append(element, child);
        else element.append(child instanceof Node ? child : document.createTextNode(`${child}`));
    }
}

// An element of HTML: h('p', { class: 'quiet' }, 'text', …).
export function h(name, attributes, ...children) {
    return filled(document.createElement(name), attributes, children);
}

// An element of SVG.
export function s(name, attributes, ...children) {
    return filled(document.createElementNS(SVG, name), attributes, children);
}

export function byId(id) {
    return document.getElementById(id);
}

// Sets what differs, so that nothing is laid out anew that looks as it did.
export function setText(element, text) {
    const wanted = `${text}`;
    if (element.textContent !== wanted) element.textContent = wanted;
}

export function setAttributes(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) element.removeAttribute(name);
        else if (element.getAttribute(name) !== `${value}`) element.setAttribute(name, value === true ? '' : `${value}`);
    }
}

// Keeps one child for each key, in the order of the keys: makes those that are new, updates the others, takes away the rest.
export function keyed(parent, items, keyOfItem, make, update) {
    const known = (parent.keyedChildren ??= new Map());
    const wanted = new Set();
    let before = null;
    for (const item of items) {
        const key = keyOfItem(item);
        wanted.add(key);
        let child = known.get(key);
        if (!child) known.set(key, (child = make(item)));
        update?.(child, item);
        const next = before ? before.nextSibling : parent.firstChild;
        if (child !== next) parent.insertBefore(child, next);
        before = child;
    }
    if (known.size === wanted.size) return;
    for (const [key, child] of known) {
        if (wanted.has(key)) continue;
        child.remove();
        known.delete(key);
    }
}

// Replaces what an element holds.
export function fill(element, ...children) {
    element.replaceChildren();
    append(element, children);
}

// Who asked for less motion gets none.
export const calm = matchMedia('(prefers-reduced-motion: reduce)');
