// SPDX-License-Identifier: Apache-2.0
// The list of Services, each with its addresses and what share of its connections every endpoint got; below it the workloads.
import { addressesOf, colourOfService, portText, services, sharesOf, workloads } from './cluster.js';
import { fill, h, keyed, setAttributes, setText } from './dom.js';
import { keyOf } from './story.js';

const SHOWN = 40;
const ROWS = 6;

export class ServiceList {
    constructor(list, rollouts, filter, choose) {
        Object.assign(this, { list, rollouts, filter, choose, shown: SHOWN });
        filter.addEventListener('input', () => { this.shown = SHOWN; this.last = null; this.onfilter?.(); });
        this.more = h('button', { type: 'button', class: 'more', onclick: () => { this.shown += SHOWN; this.last = null; this.onfilter?.(); } });
        list.after(this.more);
    }

    render({ state, selection }) {
        const kinds = state.kinds;
        const asBefore = this.last && this.last.selection === selection && this.last.served === state.served && this.last.slices === state.slices &&
            this.last.services === kinds.get('Service');
        if (!asBefore) this.renderServices(state, selection);
        this.last = { selection, served: state.served, slices: state.slices, services: kinds.get('Service') };
        this.renderWorkloads(state, selection);
    }

    renderServices(state, selection) {
        const wanted = this.filter.value.trim().toLowerCase();
        const all = services(state).filter((each) => !wanted || matches(each, wanted));
        const shown = all.slice(0, this.shown);
        keyed(this.list, shown, keyOf, (service) => this.card(service), (card, service) => this.update(card, state, service, selection));
        this.more.hidden = all.length <= shown.length;
        setText(this.more, `show ${Math.min(SHOWN, all.length - shown.length)} more of ${all.length - shown.length}`);
        if (!this.none) this.list.after((this.none = h('p', { class: 'quiet' }, 'No Service has this in its name.')));
        this.none.hidden = all.length > 0 || !wanted;
    }

    card(service) {
        const key = keyOf(service);
        const parts = {
            name: h('span', { class: 'name' }), type: h('span', { class: 'chip' }), space: h('span', { class: 'space' }), addresses: h('ul', { class: 'addresses' }),
            summary: h('p', { class: 'summary' }), rows: h('ul', { class: 'shares' }), strip: h('div', { class: 'strip', 'aria-hidden': 'true' }),
        };
        const button = h('button', { type: 'button', class: 'service-head', 'data-focus': `Service ${key}`, onclick: () => this.choose(`Service ${key}`) }, h('i', { class: 'swatch', 'aria-hidden': 'true' }), h('span', { class: 'names' }, parts.name, parts.space), parts.type);
        const card = h('li', { class: 'service', 'data-service': key }, button, parts.addresses, parts.strip, parts.rows, parts.summary);
        card.parts = { ...parts, button };
        return card;
    }

    update(card, state, service, selection) {
        const key = keyOf(service);
        const { parts } = card;
        const chosen = selection?.id === `Service ${key}`;
        const served = state.served.get(key);
        const slices = state.slices.get(key);
        if (card.service === service && card.served === served && card.slices === slices && card.chosen === chosen) return;
        if (card.service !== service) this.head(card, state, service);
        Object.assign(card, { service, served, slices, chosen });
        setAttributes(parts.button, { 'aria-pressed': `${chosen}` });
        card.dataset.colour = colourOfService(state, key);
        const { rows, total } = sharesOf(state, key);
        card.dataset.total = total;
        const ready = rows.filter((row) => row.ready).length;
        const endpoints = rows.filter((row) => !row.gone).length;
        setText(parts.summary, summary(service, ready, endpoints, total));
        parts.summary.classList.toggle('alarm', endpoints > 0 ? ready === 0 : Boolean(service.spec?.selector));
        const few = rows.length <= ROWS;
        parts.strip.hidden = few;
        if (few) keyed(parts.rows, rows, (row) => `${row.port} ${row.text}`, shareRow, updateShare);
        else {
            keyed(parts.rows, [...rows].sort((a, b) => b.connections - a.connections).slice(0, total ? 3 : 0), (row) => `${row.port} ${row.text}`, shareRow, updateShare);
            renderStrip(parts.strip, rows);
        }
    }

    head(card, state, service) {
        const { parts } = card;
        setText(parts.name, service.metadata.name);
        setText(parts.space, service.metadata.namespace);
        setText(parts.type, service.spec?.clusterIP === 'None' ? 'Headless' : service.spec?.type ?? 'ClusterIP');
        const ports = (service.spec?.ports ?? []).map(portText).join(', ');
        fill(parts.addresses, addressesOf(service).map(({ what, text }) => h('li', null, h('span', { class: 'what' }, what), h('code', null, text))),
            ports ? h('li', null, h('span', { class: 'what' }, service.spec.ports.length > 1 ? 'ports' : 'port'), h('code', null, ports)) : null);
    }

    renderWorkloads(state, selection) {
        const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => state.kinds.get(kind));
        if (this.kinds && kinds.every((each, index) => each === this.kinds[index]) && this.workSelection === selection) return;
        Object.assign(this, { kinds, workSelection: selection });
        keyed(this.rollouts, workloads(state).slice(0, SHOWN), (each) => `${each.kind} ${each.key}`, (each) => this.workload(each), (item, each) => updateWorkload(item, each, selection));
    }

    workload({ kind, key }) {
        const parts = { name: h('span', { class: 'name' }), numbers: h('span', { class: 'numbers' }), bar: h('span', { class: 'rollout', 'aria-hidden': 'true' }) };
        const button = h('button', { type: 'button', 'data-focus': `Workload ${kind} ${key}`, onclick: () => this.choose(`Workload ${kind} ${key}`) }, parts.name, parts.numbers, parts.bar);
        const item = h('li', { class: 'workload', 'data-workload': key }, button);
        item.parts = { ...parts, button };
        return item;
    }
}

function matches(service, wanted) {
    return `${keyOf(service)} ${service.spec?.type ?? ''} ${addressesOf(service).map((each) => each.text).join(' ')}`.toLowerCase().includes(wanted);
}

function summary(service, ready, endpoints, total) {
    const answered = total ? ` · ${total} ${total === 1 ? 'connection' : 'connections'}` : '';
    if (service.spec?.type === 'ExternalName') return 'an alias in DNS: no endpoints';
    if (!endpoints) return `no endpoints: connections are refused${answered}`;
    return `${ready} of ${endpoints} ${endpoints === 1 ? 'endpoint' : 'endpoints'} ready${answered}`;
}

function shareRow() {
    const parts = { name: h('span', { class: 'who' }), bar: h('span', { class: 'fill' }), number: h('span', { class: 'number' }), share: h('span', { class: 'percent' }) };
    const row = h('li', { class: 'share' }, parts.name, h('span', { class: 'track', 'aria-hidden': 'true' }, parts.bar), parts.share, parts.number);
    row.parts = parts;
    return row;
}

function updateShare(row, each) {
    const { parts } = row;
    setText(parts.name, shortPod(each));
    setAttributes(row, {
        'data-endpoint': each.text, 'data-connections': each.connections, 'data-state': each.gone ? 'gone' : each.ready ? 'ready' : each.terminating ? 'ending' : 'starting',
        title: `${each.pod ?? 'no Pod'} ${each.text}${each.port ? `, port ${each.port}` : ''}`,
    });
    parts.bar.style.transform = `scaleX(${each.share.toFixed(4)})`;
    setText(parts.share, each.share ? `${(each.share * 100).toFixed(each.share > 0.01 ? 0 : 1)} %` : each.gone ? '' : each.ready ? '0 %' : 'not ready');
    setText(parts.number, each.connections);
}

export function shortPod(each) {
    if (!each.pod) return each.text;
    const name = each.pod.slice(each.pod.indexOf('/') + 1);
    const match = /^(.+)-[a-z0-9]{6,10}-([a-z0-9]{5})$/.exec(name);
    return match ? `${match[1]}-…${match[2]}` : name;
}

// Many endpoints: a cell for each, or for a few together, the darker the more connections it got.
function renderStrip(strip, rows) {
    const cells = Math.min(rows.length, 60);
    const each = rows.length / cells;
    const sums = Array.from({ length: cells }, (_, index) => {
        const part = rows.slice(Math.floor(index * each), Math.floor((index + 1) * each));
        return { connections: part.reduce((sum, row) => sum + row.connections, 0) / Math.max(1, part.length), ready: part.some((row) => row.ready) };
    });
    const most = Math.max(1, ...sums.map((sum) => sum.connections));
    keyed(strip, sums.map((sum, index) => ({ ...sum, index })), (sum) => sum.index, () => h('i'), (cell, sum) => {
        cell.style.setProperty('--part', `${(22 + 78 * sum.connections / most).toFixed(0)}%`);
        setAttributes(cell, { 'data-ready': `${sum.ready}` });
    });
}

function updateWorkload(item, each, selection) {
    const { parts } = item;
    setText(parts.name, each.key.startsWith('default/') ? each.key.slice(8) : each.key);
    const words = each.rolling ? ` · ${each.updated} of ${each.wanted} new${each.old ? `, ${each.old} old` : ''}` : '';
    setText(parts.numbers, `${each.ready}/${each.wanted} ready${words}`);
    setAttributes(parts.button, { 'aria-pressed': `${selection?.id === `Workload ${each.kind} ${each.key}`}`, 'data-rolling': `${each.rolling}` });
    const segments = each.parts.length ? each.parts : [{ name: 'all', replicas: each.wanted, ready: each.ready, tint: null }];
    const total = Math.max(1, segments.reduce((sum, part) => sum + part.replicas, 0), each.wanted);
    keyed(parts.bar, segments.flatMap((part) => [
        { name: `${part.name} ready`, size: part.ready / total, tint: part.tint, solid: true },
        { name: `${part.name} waiting`, size: Math.max(0, part.replicas - part.ready) / total, tint: part.tint, solid: false },
    ]), (part) => part.name, () => h('i'), (segment, part) => {
        segment.style.flexBasis = `${(part.size * 100).toFixed(2)}%`;
        setAttributes(segment, { 'data-tint': part.tint, 'data-solid': `${part.solid}` });
    });
}
