// SPDX-License-Identifier: Apache-2.0
// Keyboard shortcuts and the list of them, and the choice between light and dark.
import { byId, fill, h } from './dom.js';

const shortcuts = [
    ['Space', 'play or pause'], ['← →', 'the change before, the change after (in the picture: move)'], ['Shift ← →', 'ten changes'], ['L', 'back to live'], ['↑ ↓ ← →', 'in the picture: from place to place and Pod to Pod'],
    ['Enter', 'choose'], ['Shift Enter, Shift click', 'the other end of why and trace'], ['/', 'find a Service'], ['V', 'picture or tables'], ['W', 'why and trace'], ['D', 'light or dark'], ['Esc', 'close'], ['?', 'this list'],
];

export function isTyping(target) {
    return target instanceof HTMLInputElement && target.type !== 'range' || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

export function listenForKeys(actions) {
    document.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
        if (event.key === ' ' && event.target.closest?.('button, a, summary, [role=button], [role=tab]')) return;
        const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const action = steps && !event.target.closest?.('[role=tablist], svg') ? () => actions.step(steps * (event.shiftKey ? 10 : 1)) : actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        if (!action) return;
        event.preventDefault();
        action();
    });
}

export function shortcutDialog() {
    const dialog = byId('shortcuts');
    fill(dialog, h('h2', { id: 'shortcuts-title' }, 'Keyboard'), h('dl', null, shortcuts.map(([keys, what]) => h('div', null, h('dt', null, h('kbd', null, keys)), h('dd', null, what)))), h('form', { method: 'dialog' }, h('button', { class: 'primary' }, 'Close')));
    return dialog;
}

const dark = matchMedia('(prefers-color-scheme: dark)');

// Which look is on: what was chosen here before, or what the system asks for.
export function startTheme(button) {
    const chosen = () => document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light');
    const say = () => button.setAttribute('aria-label', chosen() === 'dark' ? 'Light colours' : 'Dark colours');
    try {
        const kept = localStorage.getItem('lab-theme');
        if (kept === 'dark' || kept === 'light') document.documentElement.dataset.theme = kept;
    } catch { /* a page without storage keeps no choice */ }
    const toggle = () => {
        document.documentElement.dataset.theme = chosen() === 'dark' ? 'light' : 'dark';
        try { localStorage.setItem('lab-theme', document.documentElement.dataset.theme); } catch { /* as above */ }
        say();
    };
    button.addEventListener('click', toggle);
    dark.addEventListener('change', say);
    say();
    return toggle;
}
