// SPDX-License-Identifier: Apache-2.0
// What happened in a lab, and what it adds up to. `fold` is the one function that makes a state out of a state and a line of
// the story (docs/story.md): what is live, what is replayed and what is scrubbed to come out of it alike.
import { Table } from './table.js';

// The state before the first line.
export const nothing = Object.freeze({
    t: 0, n: 0, revision: 0, lab: null, opened: false, ended: null,
    kinds: Table.empty, sources: Table.empty, files: Table.empty, slices: Table.empty,
    counts: Table.empty, served: Table.empty, nodes: Table.empty, rules: Table.empty, batches: 0,
    faults: Table.empty, step: null, journeys: [], connections: [], requests: { total: 0, failed: 0, last: [] }, failures: [],
});

const KEPT = 24;

// A list with one more, and no more than are kept.
function recent(list, value) {
    return [...list.slice(list.length >= KEPT ? list.length - KEPT + 1 : 0), value];
}

export function keyOf(object) {
    const { namespace, name } = object.metadata ?? {};
    return namespace ? `${namespace}/${name}` : `${name}`;
}

// The Service that an EndpointSlice is about.
export function serviceOf(slice) {
    const name = slice.metadata?.labels?.['kubernetes.io/service-name'];
    return name ? `${slice.metadata.namespace}/${name}` : null;
}

function foldSlices(slices, slice, gone) {
    const service = serviceOf(slice);
    if (!service) return slices;
    const others = (slices.get(service) ?? []).filter((each) => each.metadata.name !== slice.metadata.name);
    const all = gone ? others : [...others, slice].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    return all.length ? slices.with(service, all) : slices.without(service);
}

function foldObject(state, line) {
    const object = line.object;
    if (!object?.kind) return {};
    const key = keyOf(object);
    const gone = line.verb === 'deleted';
    const ofKind = state.kinds.get(object.kind) ?? Table.empty;
    const change = {
        revision: Math.max(state.revision, line.revision ?? 0),
        kinds: state.kinds.with(object.kind, gone ? ofKind.without(key) : ofKind.with(key, object)),
    };
    if (line.source) change.sources = state.sources.with(`${object.kind} ${key}`, line.source);
    if (object.kind === 'EndpointSlice') change.slices = foldSlices(state.slices, object, gone);
    return change;
}

// The rules of a node, each family's a set of texts.
function foldRules(state, line) {
    let rules = state.rules.get(line.node) ?? Table.empty;
    const goes = line.whole ? () => true : line.flushed?.length ? (text) => line.flushed.some((begin) => text.startsWith(begin)) : null;
    if (goes) for (const [key, rule] of rules.entries()) if (rule.family === line.family && goes(rule.text)) rules = rules.without(key);
    for (const text of line.removed ?? []) rules = rules.without(`${line.family} ${text}`);
    (line.added ?? []).forEach((text, index) => {
        rules = rules.with(`${line.family} ${text}`, { text: `${text}`, family: line.family, because: line.because?.[index] ?? '' });
    });
    return {
        rules: state.rules.with(line.node, rules), batches: state.batches + (line.whole ? 0 : 1),
        revision: Math.max(state.revision, line.revision ?? 0),
    };
}

function foldCounters(state, line) {
    let { counts, served } = state;
    for (const each of line.services ?? []) {
        const place = `${each.port}|${each.endpoint}`;
        const counter = `${line.node}|${each.service}|${place}`;
        const more = each.connections - (counts.get(counter) ?? 0);
        if (more === 0 && counts.has(counter)) continue;
        counts = counts.with(counter, each.connections);
        const before = served.get(each.service) ?? Table.empty;
        const connections = (before.get(place)?.connections ?? 0) + more;
        served = served.with(each.service, before.with(place, { ...each, connections }));
    }
    const { refused = 0, dropped = 0, conntrack = null, unanswered = [] } = line;
    return { counts, served, nodes: state.nodes.with(line.node, { refused, dropped, conntrack, unanswered }) };
}

function foldRequest(state, line) {
    const { total, failed, last } = state.requests;
    const bad = line.outcome && line.outcome !== 'answered' ? 1 : 0;
    return { requests: { total: total + 1, failed: failed + bad, last: recent(last, line) } };
}

const folds = {
    lab: (state, line) => ({ ...nothing, lab: line, revision: line.revision ?? 0 }),
    source: (state, line) => ({ files: state.files.with(line.file, line.text) }),
    object: foldObject,
    ready: (state, line) => ({ opened: true, revision: Math.max(state.revision, line.revision ?? 0) }),
    rules: foldRules,
    counters: foldCounters,
    connection: (state, line) => ({ connections: recent(state.connections, line) }),
    request: foldRequest,
    step: (state, line) => ({ step: line }),
    fault: (state, line) => ({
        faults: line.verb === 'cleared' ? state.faults.without(line.id) : state.faults.with(line.id, line),
    }),
    journey: (state, line) => ({ journeys: recent(state.journeys, line) }),
    failure: (state, line) => ({ failures: recent(state.failures, line) }),
    mode: (state, line) => ({ rules: Table.empty, lab: { ...state.lab, proxyMode: line.proxyMode } }),
    end: (state, line) => ({ ended: line.reason ?? 'ended' }),
};

// The state after a line. Lines of an unknown kind only move the clock.
export function fold(state, line) {
    const change = Object.hasOwn(folds, line.kind) ? folds[line.kind](state, line) : null;
    return { ...state, ...change, t: line.t ?? state.t, n: line.n ?? state.n };
}

const EVERY = 128;
// So many lines of a lab that runs for hours are remembered; then the older half goes.
const MOST = EVERY * 800;

// All lines so far, and the state after any number of them: from the nearest that was kept, folded on.
export class Story {
    lines = [];
    head = nothing;
    kept = [nothing];
    cursor = { count: 0, state: nothing };
    dropped = 0;

    // Takes a line in, unless it has come before; whether it did.
    add(line) {
        if (line === null || typeof line !== 'object' || (line.n ?? Infinity) <= this.head.n) return false;
        // A clock that jumps back would put the line in another place than where it came.
        const t = Math.max(Number(line.t) || 0, this.end);
        const timed = t === line.t ? line : { ...line, t };
        this.lines.push(timed);
        this.head = fold(this.head, timed);
        if (this.lines.length % EVERY === 0) this.kept.push(this.head);
        return true;
    }

    // Forgets the older half of too many lines; how many went.
    trim(most = MOST) {
        if (this.lines.length < most) return 0;
        const gone = Math.floor(this.lines.length / 2 / EVERY) * EVERY;
        this.lines = this.lines.slice(gone);
        this.kept = this.kept.slice(gone / EVERY);
        this.cursor = { count: 0, state: this.kept[0] };
        this.dropped += gone;
        return gone;
    }

    get count() {
        return this.lines.length;
    }

    // When the first and the last line were, in milliseconds.
    get start() {
        return this.lines[0]?.t ?? 0;
    }

    get end() {
        return this.lines.at(-1)?.t ?? 0;
    }

    // How many lines there are up to a time.
    countAt(t) {
        let low = 0;
        let high = this.lines.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.lines[middle].t <= t) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    // The state after so many lines.
    after(count) {
        if (count >= this.lines.length) return this.head;
        let { count: from, state } = this.cursor;
        const nearest = Math.floor(count / EVERY);
        if (from > count || from < nearest * EVERY) [from, state] = [nearest * EVERY, this.kept[nearest]];
        while (from < count) state = fold(state, this.lines[from++]);
        this.cursor = { count, state };
        return state;
    }
}
