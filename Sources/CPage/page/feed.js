// SPDX-License-Identifier: Apache-2.0
// Where the lines of a story come from: the page itself, if it is a recording, or else the daemon that served it.

// The story that is part of the page; null if there is none. It is one array, or a line for each.
export function embeddedStory() {
    const text = document.getElementById('story')?.textContent.trim();
    if (!text) return null;
    if (text.startsWith('[')) return JSON.parse(text);
    return text.split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line));
}

// Lines as they come: onLine(line), and onState('live' | 'lost').
export function follow(onLine, onState) {
    const source = new EventSource('story');
    source.onopen = () => onState('live');
    source.onerror = () => onState('lost');
    source.onmessage = (event) => onLine(JSON.parse(event.data));
    return source;
}

async function answerOf(request) {
    try {
        const response = await request;
        const text = await response.text();
        try {
            const value = JSON.parse(text);
            return response.ok ? value : { ok: false, error: value.error ?? value.message ?? text };
        } catch {
            return response.ok ? { text } : { ok: false, error: text || `${response.status}` };
        }
    } catch (error) {
        return { ok: false, error: `the lab's daemon does not answer (${error.message})` };
    }
}

export function get(path, query) {
    return answerOf(fetch(`${path}?${new URLSearchParams(query)}`, { credentials: 'same-origin' }));
}

export function post(path, body) {
    return answerOf(fetch(path, { method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }));
}
