// SPDX-License-Identifier: Apache-2.0
// What is chosen, in full: its YAML beside its map entries and rules, who answers for it, and `why` and `trace` between two ends.
import { actionBar, actionsFor } from './actions.js';
import { addressesOf, endpointsOf, nodes, ofKind, phaseWords, places, podPhase, servicesByPod, sharesOf } from './cluster.js';
import { fill, h } from './dom.js';
import { get, post } from './feed.js';
import { placesOfJourney, traceView, whyView } from './journey.js';
import { ruleCount, rulesFor, rulesView } from './rules.js';
import { documentOf, parsePlace, yamlOf } from './yaml.js';

const ROWS = 200;

// What a choice (`Service ns/name`, `Pod ns/name`, `Node name`, `Workload Kind ns/name`, `Place name`) is about in a state.
export function selectionOf(state, id) {
    if (!id) return null;
    const [kind, ...rest] = id.split(' ');
    if (kind === 'Workload') return { id, kind, key: rest[1], object: ofKind(state, rest[0]).get(rest[1]) ?? null };
    return { id, kind, key: rest[0], object: kind === 'Place' ? null : ofKind(state, kind).get(rest[0]) ?? null };
}

// How `lab why` calls a place.
export function placeText(selection) {
    if (!selection) return '';
    const { kind, key } = selection;
    if (kind === 'Pod') return `pod/${key}`;
    if (kind === 'Service') return `service/${key}`;
    if (kind === 'Workload') return `${{ Deployment: 'deploy', StatefulSet: 'sts', DaemonSet: 'ds' }[selection.id.split(' ')[1]]}/${key}`;
    return key.startsWith('outside-') ? `outside/${key.slice(8)}` : key;
}

export class Inspector {
    constructor(panel, { choose, live, drawWay }) {
        Object.assign(this, { panel, choose, live, drawWay, tab: {}, from: 'host', to: '', answer: null, written: true });
        this.head = h('div', { class: 'inspector-head' });
        this.tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'About what is chosen' });
        this.body = h('div', { class: 'inspector-body', role: 'tabpanel', tabindex: '0', id: 'inspector-panel' });
        panel.append(this.head, this.tabs, this.body);
        this.tabs.addEventListener('keydown', (event) => this.tabKey(event));
    }

    render({ state, selection }) {
        Object.assign(this, { state, selection });
        this.panel.hidden = !selection;
        if (!selection) return void (this.shown = null);
        const another = this.shown !== selection.id;
        this.shown = selection.id;
        if (this.differs('head', [selection.id, selection.object, this.currentTab(), this.frozen()])) this.renderHead(another);
        if (this.differs('facts', [selection.id, selection.object, state.sources, ...this.factParts()])) this.renderFacts();
        if (this.differs('body', [selection.id, this.currentTab(), ...this.bodyParts()])) this.renderBody(another);
    }

    // Whether what a part of the panel is made of is not what it was.
    differs(part, made) {
        const before = (this.made ??= {})[part];
        this.made[part] = made;
        return !before || before.length !== made.length || made.some((each, index) => each !== before[index]);
    }

    frozen() {
        return [...this.state.faults.keys()].filter((id) => id.startsWith('freeze')).join();
    }

    factParts() {
        const { state, selection: { kind, key } } = this;
        if (kind === 'Node') return [state.faults, state.nodes.get(key), state.rules.get(key), ofKind(state, 'Node')];
        return kind === 'Pod' ? [state.slices] : [];
    }

    bodyParts() {
        const { state, selection: { kind, key, object } } = this;
        const yaml = [object, state.sources, state.files, this.written];
        return {
            'YAML and rules': [...yaml, state.rules, this.node], YAML: yaml, Rules: [state.rules.get(key)],
            Endpoints: kind === 'Service' ? [state.slices.get(key), state.served.get(key)] : [], 'Why and trace': this.live ? [] : [state.journeys],
        }[this.currentTab()];
    }

    renderHead(another) {
        const { selection, state } = this;
        const { kind, key, object, id } = selection;
        if (another || this.headObject !== object) {
            const space = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
            const actions = this.live ? actionsFor(state, selection) : [];
            this.factList = h('dl', { class: 'facts' });
            fill(this.head, h('div', { class: 'heading' }, h('span', { class: 'chip' }, kind === 'Workload' ? id.split(' ')[1] : kind), h('h2', { tabindex: '-1' }, key.slice(space ? space.length + 1 : 0)), space ? h('span', { class: 'space' }, space) : null,
                h('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => this.choose(null) }, '×')), this.factList, actions.length ? this.barOf(id, actions) : null);
            this.headObject = object;
            this.made.facts = null;
        }
        fill(this.tabs, this.tabNames().map((name) => {
            const here = name === this.currentTab();
            return h('button', { type: 'button', role: 'tab', id: tabId(name), 'aria-selected': `${here}`, 'aria-controls': 'inspector-panel', tabindex: here ? '0' : '-1', onclick: () => this.open(name) }, name);
        }));
        this.body.setAttribute('aria-labelledby', tabId(this.currentTab()));
    }

    // A command that is open stays so when its object changes, as it does because of the command.
    barOf(id, actions) {
        if (this.bar?.id === id && this.bar.titles === actions.map((each) => each.title).join() && this.bar.element.querySelector('[aria-expanded=true]')) return this.bar.element;
        this.bar = { id, titles: actions.map((each) => each.title).join(), element: actionBar(actions) };
        return this.bar.element;
    }

    renderFacts() {
        fill(this.factList, this.facts().filter(([, text]) => text).map(([name, text]) => h('div', null, h('dt', null, name), h('dd', null, text))));
    }

    facts() {
        const { selection: { kind, key, object }, state } = this;
        const pairs = [];
        if (kind === 'Service' && object) for (const { what, text } of addressesOf(object)) pairs.push([what, text]);
        if (kind === 'Service' && object?.spec?.selector) pairs.push(['selector', labelText(object.spec.selector)]);
        if (kind === 'Pod' && object) pairs.push(['is', phaseWords[podPhase(object)]], ['address', object.status?.podIP ?? 'none yet'], ['node', object.spec?.nodeName ?? 'none'], ['labels', labelText(object.metadata.labels)], ['answers for', (servicesByPod(state).get(key) ?? []).join(', ') || 'no Service']);
        if (kind === 'Node') {
            const node = nodes(state).find((each) => each.name === key);
            const counted = state.nodes.get(key);
            pairs.push(['address', node?.address ?? ''], ['is', [node?.ready ? 'ready' : 'not ready', ...(node?.faults ?? []).map((each) => each.words)].join(', ')], ['entries and rules', `${ruleCount(state, key)}`]);
            for (const each of counted?.unanswered ?? []) pairs.push([`${each.outcome} at ${each.destination}`, `${each.packets}: ${each.reason}`]);
            if (counted) pairs.push(['refused', `${counted.refused}`], ['dropped', `${counted.dropped}`], ['conntrack', counted.conntrack ? `${counted.conntrack.used} of ${counted.conntrack.max}` : '']);
        }
        if (kind === 'Place') pairs.push(['addresses', (places(state).find((each) => each.name === key)?.addresses ?? []).join(', ')]);
        if (kind === 'Workload' && object) pairs.push(['replicas', `${object.status?.readyReplicas ?? 0} of ${object.spec?.replicas ?? object.status?.desiredNumberScheduled ?? 0} ready`], ['selector', labelText(object.spec?.selector?.matchLabels)]);
        const place = state.sources.get(`${kind === 'Workload' ? object?.kind : kind} ${key}`);
        if (place) pairs.push(['written at', place]);
        if (object === null && kind !== 'Place' && kind !== 'Node') pairs.unshift(['is', 'not there at this moment']);
        return pairs;
    }

    tabNames() {
        const { kind } = this.selection;
        return { Service: ['YAML and rules', 'Endpoints', 'Why and trace'], Node: ['Rules', 'YAML', 'Why and trace'], Place: ['Why and trace', 'Rules'] }[kind] ?? ['YAML', 'Why and trace'];
    }

    currentTab() {
        const names = this.tabNames();
        return names.includes(this.tab[this.selection.kind]) ? this.tab[this.selection.kind] : names[0];
    }

    open(name) {
        if (!this.selection) return;
        this.tab[this.selection.kind] = name;
        this.render(this);
        this.tabs.querySelector('[aria-selected=true]')?.focus();
    }

    tabKey(event) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const names = this.tabNames();
        this.open(names[(names.indexOf(this.currentTab()) + step + names.length) % names.length]);
    }

    renderBody(another) {
        const tab = this.currentTab();
        const parts = { 'YAML and rules': () => this.beside(), YAML: () => this.yaml(), Rules: () => this.nodeRules(), Endpoints: () => this.endpoints(), 'Why and trace': () => this.ask() };
        const scrolled = [...this.body.querySelectorAll('.scroll')].map((each) => each.scrollTop);
        const focused = this.body.contains(document.activeElement) ? document.activeElement.name : null;
        fill(this.body, parts[tab]());
        if (this.bodyTab === tab && !another) this.body.querySelectorAll('.scroll').forEach((each, index) => { each.scrollTop = scrolled[index] ?? 0; });
        if (focused) this.body.querySelector(`[name="${CSS.escape(focused)}"]`)?.focus();
        this.bodyTab = tab;
    }

    beside() {
        const { state, selection: { key } } = this;
        const names = [...state.rules.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
        // A node has all of a Service, the edge what its load balancer has.
        const hasSome = (name) => rulesFor(state, name, `Service ${key}`).length > 0;
        const node = names.includes(this.node) ? this.node : names.find((name) => name !== 'edge' && hasSome(name)) ?? names.find(hasSome) ?? names[0];
        const rules = node ? rulesFor(state, node, `Service ${key}`) : [];
        const shared = node ? rulesFor(state, node, 'lab').length : 0;
        const choice = h('label', { class: 'field' }, h('span', null, 'of'), h('select', { name: 'node', onchange: (event) => { this.node = event.target.value; this.render(this); } }, names.map((name) => h('option', { value: name, selected: name === node }, name))));
        return h('div', { class: 'beside' }, this.yaml(), h('section', { class: 'pane' }, h('div', { class: 'pane-head' }, h('h3', null, 'Map entries and rules'), names.length ? choice : null),
            h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Map entries and rules' }, rules.length ? rulesView(rules, (why) => this.reveal(why), (why) => this.point(why)) : h('p', { class: 'quiet' }, names.length ? 'This node has none for this Service.' : 'The story has no rules.'),
                shared ? h('p', { class: 'quiet' }, `They are read by ${shared} rules that all Services share, whatever their number.`) : null)));
    }

    yaml() {
        const { state, selection: { kind, key, object, id } } = this;
        const actual = kind === 'Workload' ? id.split(' ')[1] : kind;
        const place = state.sources.get(`${actual} ${key}`);
        const written = place ? documentOf(state.files, place, actual, key.split('/').at(-1)) : null;
        const asWritten = written && this.written;
        const lines = asWritten ? written.lines : object ? yamlOf(trimmed(object)) : [];
        const first = asWritten ? written.first : 1;
        const switcher = written ? h('div', { class: 'switch', role: 'group', 'aria-label': 'Which YAML' }, [[true, 'as written'], [false, 'as it is']].map(([value, name]) => h('button', { type: 'button', 'aria-pressed': `${this.written === value}`, onclick: () => { this.written = value; this.render(this); } }, name))) : null;
        return h('section', { class: 'pane yaml-pane' }, h('div', { class: 'pane-head' }, h('h3', null, 'YAML'), place ? h('span', { class: 'file' }, asWritten ? `${written.file}:${first}` : place) : null, switcher),
            h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'YAML' }, lines.length ? h('ol', { class: 'yaml', start: first }, lines.map((line, index) => yamlLine(line, first + index))) : h('p', { class: 'quiet' }, 'It is not there at this moment.')));
    }

    nodeRules() {
        const { state, selection: { key } } = this;
        const table = state.rules.get(key);
        const all = table ? [...table.values()] : [];
        return h('section', { class: 'pane' }, h('div', { class: 'pane-head' }, h('h3', null, 'Map entries and rules'), h('span', { class: 'file' }, `${all.length}`)),
            h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Map entries and rules' }, all.length ? rulesView(all, (why) => this.reveal(why)) : h('p', { class: 'quiet' }, 'The story has no rules of this place.')));
    }

    endpoints() {
        const { state, selection: { key } } = this;
        const { rows, total } = sharesOf(state, key);
        const cells = (row) => [row.text, row.pod ? h('button', { type: 'button', class: 'text', onclick: () => this.choose(`Pod ${row.pod}`) }, row.pod.slice(row.pod.indexOf('/') + 1)) : '', row.node ?? '', row.gone ? 'gone' : row.terminating ? 'terminating' : row.ready ? 'ready' : 'not ready', row.connections, total ? `${(row.share * 100).toFixed(1)} %` : ''];
        return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Endpoints' }, h('table', null, h('thead', null, h('tr', null, ['endpoint', 'Pod', 'node', 'is', 'connections', 'share'].map((each) => h('th', { scope: 'col' }, each)))),
            h('tbody', null, rows.slice(0, ROWS).map((row) => h('tr', { 'data-endpoint': row.text }, cells(row).map((cell) => h('td', null, cell)))))), rows.length > ROWS ? h('p', { class: 'quiet' }, `and ${rows.length - ROWS} more`) : null, rows.length ? null : h('p', { class: 'quiet' }, endpointsOf(state, key).length ? '' : 'No Pod answers for this Service.'));
    }

    // One end of a question is put in from the picture.
    setEnd(end, selection) {
        if (!selection) return;
        this[end] = placeText(selection);
        this.answer = null;
        for (const kind of ['Service', 'Pod', 'Node', 'Place', 'Workload']) this.tab[kind] = 'Why and trace';
        if (this.made) this.made.body = null;
    }

    ask() {
        const { state, selection } = this;
        if (!this.to && this.from !== placeText(selection) && ['Service', 'Pod'].includes(selection.kind)) this.to = placeText(selection);
        const known = [...new Set(['host', ...places(state).map((each) => placeText({ kind: 'Place', key: each.name })), ...[...ofKind(state, 'Service').keys()].slice(0, 300).map((key) => `service/${key}`), ...[...ofKind(state, 'Pod').keys()].slice(0, 300).map((key) => `pod/${key}`)])];
        const end = (name, label) => h('label', { class: 'field wide' }, h('span', null, label), h('input', { name, list: 'ends', value: this[name], autocomplete: 'off', spellcheck: 'false', oninput: (event) => { this[name] = event.target.value; } }));
        const result = h('div', { class: 'result', 'aria-live': 'polite' }, this.answer);
        const run = async (button, work) => {
            button.disabled = true;
            fill(result, h('p', { class: 'quiet' }, 'asking …'));
            const view = await work();
            button.disabled = false;
            this.answer = view;
            fill(result, view);
        };
        const buttons = this.live ? [
            h('button', { type: 'submit', class: 'primary', onclick: (event) => { event.preventDefault(); run(event.target, () => this.why()); } }, 'Why'),
            h('button', { type: 'button', onclick: (event) => run(event.target, () => this.trace()) }, 'Trace'),
        ] : null;
        return h('div', { class: 'scroll' }, h('form', { class: 'ask', onsubmit: (event) => event.preventDefault() }, end('from', 'from'), end('to', 'to'), h('datalist', { id: 'ends' }, known.map((each) => h('option', { value: each }))), h('div', { class: 'row' }, buttons, this.live ? h('span', { class: 'quiet' }, 'Choose one end, then the other with Shift.') : null)), result, this.recorded());
    }

    // The journeys of the story so far, the latest first.
    recorded() {
        const { journeys } = this.state;
        if (!journeys.length) return this.live ? null : h('p', { class: 'quiet' }, 'Nothing was traced up to this moment of the recording.');
        return h('section', null, h('h3', null, 'Traced so far'), [...journeys].reverse().slice(0, 8).map((line) => h('details', { ontoggle: (event) => event.target.open && this.drawWay(placesOfJourney(line.journey?.journey ?? line.journey)) }, h('summary', null, summaryOf(line)), traceView(line.journey ?? {}, (why) => this.reveal(why)))));
    }

    async why() {
        const answer = await get('why', { from: this.from, to: this.to });
        if (answer.error) return h('p', { class: 'alarm' }, answer.error);
        this.drawWay(placesOfJourney(answer.outcomes?.[0]?.journey));
        return whyView(answer, (why) => this.reveal(why));
    }

    async trace() {
        const answer = await post('trace', { from: this.from, to: this.to });
        if (answer.error) return h('p', { class: 'alarm' }, answer.error);
        const all = Array.isArray(answer) ? answer : answer.journeys ?? [answer];
        if (!all.length) return h('p', { class: 'quiet' }, 'The kernel saw no packet of this flow.');
        this.drawWay(placesOfJourney(all[0].journey ?? all[0]));
        return all.map((each) => traceView(each, (why) => this.reveal(why)));
    }

    // Shows the line of YAML that a rule is there for.
    reveal(why) {
        const [kind, key] = (why.object ?? '').split(' ');
        const id = `${kind} ${key}`;
        if (kind && key && ['Service', 'Pod', 'Node'].includes(kind) && this.selection?.id !== id) this.choose(id);
        if (kind === 'Service' || kind === 'Pod') this.tab[kind] = kind === 'Service' ? 'YAML and rules' : 'YAML';
        this.written = true;
        this.render(this);
        this.point(why, true);
    }

    point(why, scroll = false) {
        const at = why ? parsePlace(why.location) : null;
        for (const line of this.body.querySelectorAll('.yaml li')) {
            const here = this.written && at !== null && Number(line.dataset.line) === at.line;
            line.classList.toggle('pointed', here);
            if (here && scroll) line.scrollIntoView({ block: 'center' });
        }
    }
}

function summaryOf(line) {
    const journey = line.journey?.journey ?? line.journey ?? {};
    return `${journey.hops?.[0]?.source ?? ''} → ${journey.hops?.[0]?.destination ?? journey.destination ?? ''}`;
}

const tabId = (name) => `tab-${name.replace(/\W+/g, '-')}`;

function labelText(labels) {
    return Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`).join(', ');
}

// An object without what is said elsewhere on the page.
function trimmed(object) {
    const { annotations = {}, managedFields, ...metadata } = object.metadata;
    const { 'kubectl.kubernetes.io/last-applied-configuration': applied, ...others } = annotations;
    return { ...object, metadata: { ...metadata, ...(Object.keys(others).length ? { annotations: others } : {}) } };
}

function yamlLine(text, number) {
    const comment = /^(\s*)(#.*)$/.exec(text);
    const match = comment ? null : /^(\s*(?:- )*)([^\s#:'"{][^:]*?|"[^"]*"):(\s|$)(.*)$/.exec(text);
    return h('li', { value: number, 'data-line': number }, comment ? h('span', { class: 'comment' }, text) : match ? [match[1], h('span', { class: 'key' }, match[2]), ':', match[3], h('span', { class: 'value' }, match[4])] : text || ' ');
}
