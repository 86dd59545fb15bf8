// SPDX-License-Identifier: Apache-2.0
// The picture as tables: the same facts for who reads better than looks, or does not see.
import { addressesOf, colourOfService, nodes, phaseWords, podPhase, podsByNode, portText, places, services, servicesByPod, sharesOf } from './cluster.js';
import { h, keyed, setAttributes, setText } from './dom.js';
import { keyOf } from './story.js';

const MOST = 300;

class FactTable {
    constructor(title, columns) {
        this.body = h('tbody');
        this.more = h('p', { class: 'quiet', hidden: true });
        this.element = h('section', null, h('h3', null, title), h('table', null, h('caption', { class: 'unseen' }, title), h('thead', null, h('tr', null, columns.map((each) => h('th', { scope: 'col' }, each)))), this.body), this.more);
    }

    // rows: `{key, id, cells}`; the first cell names the row, and chooses it.
    render(rows, choose) {
        keyed(this.body, rows.slice(0, MOST), (row) => row.key, (row) => {
            const name = row.id ? h('button', { type: 'button', class: 'text', onclick: () => choose(row.id) }) : h('span');
            return h('tr', null, h('th', { scope: 'row' }, name), row.cells.slice(1).map(() => h('td')));
        }, (element, row) => {
            row.cells.forEach((cell, index) => setText(index === 0 ? element.children[0].firstChild : element.children[index], cell));
            setAttributes(element, { 'data-colour': row.colour ?? null });
        });
        this.more.hidden = rows.length <= MOST;
        setText(this.more, `and ${rows.length - MOST} more`);
        this.element.hidden = rows.length === 0;
    }
}

export class Tables {
    constructor(root, choose) {
        Object.assign(this, { root, choose });
        this.services = new FactTable('Services', ['Service', 'type', 'addresses', 'ports', 'endpoints ready', 'connections']);
        this.shares = new FactTable('Endpoints', ['endpoint', 'Service', 'Pod', 'is', 'connections', 'share']);
        this.pods = new FactTable('Pods', ['Pod', 'is', 'address', 'node', 'Services']);
        this.nodes = new FactTable('Nodes', ['node', 'is', 'address', 'Pods', 'refused', 'dropped', 'conntrack']);
        this.places = new FactTable('Places and links', ['place', 'kind', 'addresses', 'linked to']);
        this.faults = new FactTable('Faults in force', ['fault', 'what']);
        root.append(...[this.services, this.shares, this.nodes, this.pods, this.places, this.faults].map((each) => each.element));
    }

    render({ state }) {
        if (this.root.hidden || this.shown === state) return;
        this.shown = state;
        this.renderServices(state);
        this.renderPods(state);
        this.faults.render([...state.faults.values()].map((each) => ({ key: each.id, cells: [each.id, each.text ?? ''] })), this.choose);
        const links = state.lab?.topology?.links ?? [];
        this.places.render(places(state).map((each) => ({
            key: each.name, id: each.kind === 'node' ? `Node ${each.name}` : `Place ${each.name}`,
            cells: [each.name, each.kind, (each.addresses ?? []).join(', '), links.filter((link) => link.a === each.name || link.b === each.name).map((link) => (link.a === each.name ? link.b : link.a)).join(', ')],
        })), this.choose);
    }

    renderServices(state) {
        const shares = [];
        this.services.render(services(state).map((service) => {
            const key = keyOf(service);
            const { rows, total } = sharesOf(state, key);
            if (shares.length <= MOST) for (const row of rows) shares.push({ key: `${key} ${row.port} ${row.text}`, id: row.pod ? `Pod ${row.pod}` : null, cells: [row.text, key, row.pod ?? '', row.gone ? 'gone' : row.ready ? 'ready' : 'not ready', row.connections, total ? `${(row.share * 100).toFixed(1)} %` : ''] });
            return {
                key, id: `Service ${key}`, colour: `${colourOfService(state, key)}`,
                cells: [key, service.spec?.type ?? '', addressesOf(service).map((each) => each.text).join(', '), (service.spec?.ports ?? []).map(portText).join(', '), `${rows.filter((row) => row.ready).length} of ${rows.filter((row) => !row.gone).length}`, total],
            };
        }), this.choose);
        this.shares.render(shares, this.choose);
    }

    renderPods(state) {
        const members = servicesByPod(state);
        const pods = podsByNode(state);
        this.pods.render([...pods.values()].flat().map((pod) => ({
            key: keyOf(pod), id: `Pod ${keyOf(pod)}`, cells: [keyOf(pod), phaseWords[podPhase(pod)], pod.status?.podIP ?? '', pod.spec?.nodeName ?? '', (members.get(keyOf(pod)) ?? []).join(', ')],
        })), this.choose);
        this.nodes.render(nodes(state).map((node) => {
            const counted = state.nodes.get(node.name) ?? {};
            return {
                key: node.name, id: `Node ${node.name}`,
                cells: [node.name, [node.ready ? 'ready' : 'not ready', ...node.faults.map((each) => each.words)].join(', '), node.address, (pods.get(node.name) ?? []).length, counted.refused ?? '', counted.dropped ?? '', counted.conntrack ? `${counted.conntrack.used} of ${counted.conntrack.max}` : ''],
            };
        }), this.choose);
    }
}
