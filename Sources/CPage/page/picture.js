// SPDX-License-Identifier: Apache-2.0
// The picture: places, nodes, Pods and links, kept up by key. What did not change is not touched, whatever the number of Pods.
import { keyOf } from './story.js';
import { colourOfService, endpointsOf, faultsOf, isDNS, nodes, phaseWords, places, podPhase, podTint, podTitle, podsByNode, servicesByPod } from './cluster.js';
import { calm, h, s, setAttributes, setText } from './dom.js';
import { layout } from './layout.js';

const FEW = 80;
const placeTitles = { host: 'host', edge: 'edge', 'control-plane': 'control plane', dns: 'DNS' };
const placeWords = {
    host: 'this machine', edge: 'router and load balancer', 'control-plane': 'Kubernetes API', outside: 'outside the cluster', dns: 'name server',
};

export function placeTitle(place) {
    return placeTitles[place.kind] && place.name === place.kind ? placeTitles[place.kind] : place.name.replace(/^outside-/, '');
}

// As many letters as there is room for; what is left out is said by the element's label.
function shortened(text, room, letter) {
    const most = Math.max(2, Math.floor(room / letter));
    return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

const glyphs = {
    ready: 'M-3.2 0.2 L-0.9 2.5 L3.4 -2.4', starting: 'M0 -2.8 L0 0.4 M0 2.6 L0 2.7', ending: 'M-2.6 0 L2.6 0',
    failed: 'M-2.4 -2.4 L2.4 2.4 M2.4 -2.4 L-2.4 2.4', done: 'M-3.2 0.2 L-0.9 2.5 L3.4 -2.4', frozen: 'M0 -3.2 V3.2 M-2.8 -1.6 L2.8 1.6 M-2.8 1.6 L2.8 -1.6',
};
glyphs.down = glyphs.failed;

export class Picture {
    constructor(container, choose) {
        this.container = container;
        this.choose = choose;
        this.pods = new Map();
        this.parts = new Map();
        this.links = new Map();
        this.drawn = { boxes: new Map(), spots: new Map(), links: [], manner: 'card' };
        this.layers = Object.fromEntries(['bands', 'links', 'places', 'pods', 'route', 'traffic', 'labels'].map((name) => [name, s('g', { class: name })]));
        const { bands, links, places: placeLayer, pods, ...moving } = this.layers;
        for (const layer of [bands, links]) layer.setAttribute('aria-hidden', 'true');
        this.svg = s('svg', { class: 'picture', role: 'group', 'aria-label': 'Topology: use the arrow keys to move, Enter to choose' }, bands, links, placeLayer, pods);
        // What moves is a picture of its own above: so a thousand Pods are not painted anew for each step of a dot.
        this.above = s('svg', { class: 'picture above', 'aria-hidden': 'true' }, Object.values(moving));
        container.append(this.svg, this.above);
        this.svg.addEventListener('click', (event) => this.chosen(event));
        this.svg.addEventListener('keydown', (event) => this.pressed(event));
        new ResizeObserver(() => { this.stale = true; this.onresize?.(); }).observe(container);
        this.stale = true;
    }

    chosen(event) {
        const part = event.target.closest('[data-id]');
        this.choose(part ? part.dataset.id : null, { second: event.shiftKey });
    }

    pressed(event) {
        const here = event.target.closest('[data-id]');
        if (!here) return;
        if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault();
            this.choose(here.dataset.id, { second: event.shiftKey });
        }
        const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
        if (!way) return;
        event.preventDefault();
        this.focus(this.neighbour(here.dataset.id, way) ?? here.dataset.id);
    }

    // What is nearest in a direction: how far it is that way, and twice how far it is aside; far aside only if nothing else is.
    neighbour(id, [dx, dy]) {
        const centre = (box) => [box.x + box.w / 2, box.y + box.h / 2];
        const [x, y] = centre(this.boxOf(id));
        let best = null;
        let least = Infinity;
        for (const other of this.selectable()) {
            if (other === id) continue;
            const [ox, oy] = centre(this.boxOf(other));
            const ahead = (ox - x) * dx + (oy - y) * dy;
            const aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
            const cost = ahead + 2 * aside + (aside > ahead ? 10000 : 0);
            if (ahead <= 1 || cost >= least) continue;
            [best, least] = [other, cost];
        }
        return best;
    }

    *selectable() {
        for (const id of this.parts.keys()) yield id;
        for (const key of this.pods.keys()) yield `Pod ${key}`;
    }

    boxOf(id) {
        const name = id.slice(id.indexOf(' ') + 1);
        // The heading of a node's card stands for the card: its Pods are below it.
        const box = this.drawn.spots.get(name) ?? this.drawn.boxes.get(name);
        return id.startsWith('Node ') && box ? { ...box, h: 40 } : box ?? { x: 0, y: 0, w: 0, h: 0 };
    }

    elementOf(id) {
        return id?.startsWith('Pod ') ? this.pods.get(id.slice(4))?.group : this.parts.get(id)?.group;
    }

    focus(id) {
        const element = this.elementOf(id);
        if (!element) return;
        this.elementOf(this.roving)?.setAttribute('tabindex', '-1');
        this.roving = id;
        element.setAttribute('tabindex', '0');
        element.focus();
    }

    // Draws a state: what is chosen, and the Pods that it is about.
    render({ state, selection }) {
        const asBefore = this.last && !this.stale && this.last.selection === selection && this.last.lab === state.lab && this.last.slices === state.slices &&
            this.last.faults === state.faults && this.last.pods === state.kinds.get('Pod') && this.last.nodes === state.kinds.get('Node') &&
            this.last.services === state.kinds.get('Service');
        if (asBefore) return;
        this.last = {
            selection, lab: state.lab, slices: state.slices, faults: state.faults, pods: state.kinds.get('Pod'), nodes: state.kinds.get('Node'),
            services: state.kinds.get('Service'),
        };
        const all = nodes(state);
        const pods = podsByNode(state);
        this.place(state, all, pods);
        this.renderLinks(all);
        this.renderPlaces(state, selection);
        this.renderNodes(all, pods, selection);
        this.renderPods(state, all, pods, selection);
        this.rove();
    }

    // Lays out anew only if who is where has changed, or the room.
    place(state, all, pods) {
        const shape = all.map((node) => `${node.name}${notes(node).length ? '!' : ''}:${(pods.get(node.name) ?? []).map(keyOf).join()}`).join(';');
        if (shape === this.shape && !this.stale && this.lab === state.lab) return;
        Object.assign(this, { shape, stale: false, lab: state.lab });
        const { clientWidth, clientHeight } = this.container;
        const fixed = places(state);
        const known = new Set(all.map((node) => node.name));
        const links = [...(state.lab?.topology?.links ?? [])];
        for (const node of all) if (!links.some((each) => each.a === node.name || each.b === node.name)) links.push({ a: node.name, b: 'edge' });
        this.drawn = layout({
            places: fixed.filter((each) => !known.has(each.name)), links,
            nodes: all.map((node) => ({ name: node.name, note: notes(node).length > 0, pods: (pods.get(node.name) ?? []).map(keyOf) })),
        }, clientWidth, clientHeight);
        this.drawn.nodeOfPod = new Map();
        for (const [node, list] of pods) for (const pod of list) this.drawn.nodeOfPod.set(keyOf(pod), node);
        const { width, height } = this.drawn;
        for (const each of [this.svg, this.above]) setAttributes(each, { width, height, viewBox: `0 0 ${width} ${height}` });
        this.svg.classList.toggle('few', this.drawn.spots.size <= FEW);
        this.renderBands();
        this.onlayout?.();
    }

    renderBands() {
        this.layers.bands.replaceChildren(...this.drawn.bands.flatMap((band) => [
            s('rect', { class: `band ${band.name}`, x: band.x, y: band.y, width: band.w, height: band.h, rx: 14 }),
            s('text', { class: 'band-name', x: band.x + 14, y: band.y + 17 }, band.name + (band.name === 'outside' && this.drawn.hidden ? ` (${this.drawn.hidden} more)` : '')),
        ]));
    }

    renderLinks(all) {
        const broken = new Set(all.filter((node) => node.faults.some((each) => /cut|down|link/.test(`${each.kind} ${each.words}`))).map((node) => node.name));
        const seen = new Set();
        for (const link of this.drawn.links) {
            seen.add(link.id);
            let path = this.links.get(link.id);
            if (!path) this.layers.links.append((path = s('path', { class: 'link' }))), this.links.set(link.id, path);
            const d = link.curves.map((curve, index) => {
                const [x1, y1, ...rest] = curve.map((each) => each.toFixed(1));
                return `${index === 0 ? `M${x1} ${y1}` : ''}C${rest.join(' ')}`;
            }).join('');
            setAttributes(path, { d, 'data-cut': broken.has(link.a) || broken.has(link.b) ? 'true' : null });
        }
        for (const [id, path] of this.links) if (!seen.has(id)) path.remove(), this.links.delete(id);
    }

    renderPlaces(state, selection) {
        const seen = new Set();
        for (const place of places(state)) {
            const box = this.drawn.boxes.get(place.name);
            if (!box || place.kind === 'node') continue;
            const id = `Place ${place.name}`;
            seen.add(id);
            const address = place.addresses?.[0] ?? placeWords[place.kind] ?? '';
            const part = this.part(id, 'place', () => ({
                frame: s('rect', { class: 'frame', rx: 12 }), title: s('text', { class: 'title', x: 14, y: 21 }), sub: s('text', { class: 'sub', x: 14, y: 38 }),
            }));
            part.group.dataset.kind = place.kind;
            setAttributes(part.group, { transform: `translate(${box.x} ${box.y})`, 'aria-label': `${placeTitle(place)}, ${placeWords[place.kind] ?? 'a place'}${place.addresses?.length ? `, ${place.addresses.join(', ')}` : ''}`, 'aria-pressed': `${selection?.id === id}` });
            setAttributes(part.frame, { width: box.w, height: box.h });
            setText(part.title, shortened(placeTitle(place), box.w - 24, 7.4));
            setText(part.sub, shortened(place.kind === 'outside' || place.kind === 'dns' ? address : placeWords[place.kind] ?? address, box.w - 24, 6.2));
        }
        this.sweep('Place ', seen);
    }

    renderNodes(all, pods, selection) {
        const seen = new Set();
        for (const node of all) {
            const box = this.drawn.boxes.get(node.name);
            if (!box) continue;
            const id = `Node ${node.name}`;
            seen.add(id);
            const part = this.part(id, 'node', () => ({
                frame: s('rect', { class: 'frame', rx: 14 }), dot: s('circle', { class: 'lamp', cx: 19, cy: 22, r: 4.5 }),
                title: s('text', { class: 'title', x: 32, y: 26.5 }), sub: s('text', { class: 'sub', y: 26.5, 'text-anchor': 'end' }),
                note: s('text', { class: 'note', x: 19, y: 50 }), spine: s('path', { class: 'spine' }),
            }));
            const said = notes(node);
            const list = pods.get(node.name) ?? [];
            part.group.dataset.ready = node.ready && !said.length;
            setAttributes(part.group, {
                transform: `translate(${box.x} ${box.y})`, 'aria-pressed': `${selection?.id === id}`,
                'aria-label': `${node.name}, ${node.address}, ${said.length ? said.join(', ') : 'ready'}, ${list.length} ${list.length === 1 ? 'Pod' : 'Pods'}`,
            });
            setAttributes(part.frame, { width: box.w, height: box.h });
            setAttributes(part.sub, { x: box.w - 16 });
            const name = shortened(node.name, box.w - 46, 7.4);
            setText(part.title, name);
            setText(part.sub, box.w - 60 - name.length * 7.4 > node.address.length * 6.6 ? node.address : '');
            setText(part.note, shortened(said.join(' · '), box.w - 30, 5.7));
            part.spine.setAttribute('d', this.spine(box, list));
        }
        this.sweep('Node ', seen);
    }

    // The wires inside a node: one to each of its Pods, routed and not bridged.
    spine(box, list) {
        if (this.drawn.manner === 'cell' || !list.length) return '';
        const spots = list.map((pod) => this.drawn.spots.get(keyOf(pod))).filter((spot) => spot && spot.x - box.x < 40);
        return spots.map((spot) => `M13 34V${(spot.y - box.y + spot.h / 2 - 6).toFixed(1)}q0 6 6 6H${(spot.x - box.x).toFixed(1)}`).join('');
    }

    renderPods(state, all, pods, selection) {
        const members = servicesByPod(state);
        const chosen = selection ? this.about(state, selection) : null;
        this.svg.classList.toggle('choosing', Boolean(chosen));
        const frozen = new Map(all.map((node) => [node.name, node.faults.some((each) => each.kind === 'freeze') ? 'frozen' : null]));
        const seen = new Set();
        for (const list of pods.values()) {
            for (const pod of list) {
                const key = keyOf(pod);
                const spot = this.drawn.spots.get(key);
                if (!spot) continue;
                seen.add(key);
                const phase = frozen.get(pod.spec.nodeName) ?? (faultsOf(state, key).some((each) => each.kind === 'freeze') ? 'frozen' : podPhase(pod));
                const looks = { spot, phase, services: members.get(key) ?? none, chosen: selection?.id === `Pod ${key}`, inside: chosen ? chosen.has(key) : null };
                this.renderPod(state, key, pod, looks);
            }
        }
        for (const [key, part] of this.pods) if (!seen.has(key)) part.group.remove(), this.pods.delete(key);
    }

    renderPod(state, key, pod, looks) {
        let part = this.pods.get(key);
        const manner = this.drawn.manner;
        const focused = part?.group === document.activeElement;
        if (part && part.manner !== manner) part.group.remove(), (part = null);
        if (!part) {
            part = { ...podParts(key, manner), manner };
            this.layers.pods.append(part.group);
            this.pods.set(key, part);
            // Drawn in another manner it is still the one that the keyboard is at.
            if (focused) this.focus(`Pod ${key}`);
        }
        const { spot, phase, services, chosen, inside } = looks;
        const same = part.pod === pod && part.spot === spot && part.phase === phase && part.chosen === chosen && part.inside === inside &&
            part.services?.join() === services.join() && part.colours === state.kinds.get('Service');
        if (same) return;
        Object.assign(part, { pod, spot, phase, services, chosen, inside, colours: state.kinds.get('Service') });
        if (manner === 'cell') setAttributes(part.frame, { x: spot.x.toFixed(1), y: spot.y.toFixed(1) });
        else part.group.style.transform = `translate(${spot.x}px, ${spot.y}px)`;
        const { base, tail, name } = podTitle(pod);
        const address = pod.status?.podIP ?? '';
        const tint = podTint(pod);
        part.group.dataset.phase = phase;
        setAttributes(part.group, {
            'aria-pressed': `${chosen}`, 'data-services': services.join(' '), 'data-inside': inside === null ? null : `${inside}`,
            'aria-label': `Pod ${name}, ${phaseWords[phase]}, ${address || 'no address yet'}, on ${pod.spec.nodeName}${services.length ? `, answers for ${services.join(', ')}` : ', in no Service'}`,
        });
        setAttributes(part.frame, { width: spot.w, height: spot.h });
        if (part.stripe) setAttributes(part.stripe, { 'data-tint': isDNS(pod) ? 'dns' : tint, height: spot.h });
        if (manner === 'cell') {
            setAttributes(part.frame, { 'data-colour': services.length ? `${colourOfService(state, services[0])}` : null });
            return;
        }
        part.glyph.setAttribute('d', glyphs[phase] ?? '');
        setAttributes(part.badge, { transform: `translate(${manner === 'card' ? 19 : 15} ${manner === 'card' ? 16 : spot.h / 2})` });
        const room = spot.w - (manner === 'card' ? 40 : 33) - services.length * 11;
        const label = tail && (base.length + tail.length + 1) * 6.7 > room ? [shortened(base, room - (tail.length + 1) * 6.7, 6.7), `-${tail}`] : [base, tail ? `-${tail}` : ''];
        setText(part.base, shortened(label[0], room, 6.7));
        setText(part.tail, label[1]);
        if (part.sub) setText(part.sub, [address, phase === 'ready' ? (isDNS(pod) ? 'DNS' : '') : phaseWords[phase]].filter(Boolean).join(' · '));
        while (part.dots.childNodes.length > services.length) part.dots.lastChild.remove();
        services.slice(0, 4).forEach((service, index) => {
            const dot = part.dots.childNodes[index] ?? part.dots.appendChild(s('circle', { r: 3.5 }));
            setAttributes(dot, { cx: spot.w - 12 - index * 11, cy: manner === 'card' ? 16 : spot.h / 2, 'data-colour': `${colourOfService(state, service)}` });
        });
    }

    // The Pods that a choice is about; null if it is about no Pods.
    about(state, selection) {
        if (selection.kind === 'Service') return new Set(endpointsOf(state, selection.key).map((each) => each.pod).filter(Boolean));
        if (selection.kind === 'Workload') {
            const owner = selection.object?.kind ?? 'Deployment';
            const all = new Set();
            for (const [key, part] of this.pods) if (ownedBy(part.pod, owner, selection.key)) all.add(key);
            return all;
        }
        return null;
    }

    part(id, kind, make) {
        let part = this.parts.get(id);
        if (part) return part;
        const inside = make();
        const group = s('g', { class: kind, 'data-id': id, role: 'button', tabindex: '-1' }, Object.values(inside));
        this.layers.places.append(group);
        part = { group, ...inside };
        this.parts.set(id, part);
        return part;
    }

    sweep(prefix, seen) {
        for (const [id, part] of this.parts) if (id.startsWith(prefix) && !seen.has(id)) part.group.remove(), this.parts.delete(id);
    }

    // One part of the picture can be tabbed to; the arrow keys go on from there.
    rove() {
        if (this.roving && this.elementOf(this.roving)) return this.elementOf(this.roving).setAttribute('tabindex', '0');
        this.roving = this.parts.has('Place edge') ? 'Place edge' : [...this.parts.keys()][0];
        this.elementOf(this.roving)?.setAttribute('tabindex', '0');
    }

    // Marks a way: a line along its points, none if there are none.
    route(points) {
        this.layers.route.replaceChildren(...(points.length > 1 ? [s('path', { class: 'way', d: `M${points.map((each) => each.map((value) => value.toFixed(1)).join(' ')).join('L')}` })] : []));
    }

    // A Pod was reached: it lights up for a moment.
    touch(pod, colour) {
        const part = this.pods.get(pod);
        if (!part || calm.matches || part.lit) return;
        part.lit = true;
        part.frame.setAttribute('data-lit', `${colour}`);
        setTimeout(() => { part.lit = false; part.frame.removeAttribute('data-lit'); }, 260);
    }
}

const none = [];

function ownedBy(pod, kind, key) {
    const owner = pod.metadata.ownerReferences?.find((each) => each.controller);
    if (!owner || !key.startsWith(`${pod.metadata.namespace}/`)) return false;
    const name = key.slice(key.indexOf('/') + 1);
    return kind === 'Deployment' ? owner.kind === 'ReplicaSet' && podTitle(pod).base === name : owner.kind === kind && owner.name === name;
}

// What is to be said of a node that is not as it should be.
function notes(node) {
    const said = node.faults.map((each) => each.words.replace(`${node.name} is `, ''));
    if (!node.ready && node.object) said.unshift('not ready');
    if (node.cordoned) said.push('cordoned');
    return said;
}

function podParts(key, manner) {
    const frame = s('rect', { class: 'frame', rx: manner === 'card' ? 9 : manner === 'line' ? 7 : 3 });
    const group = s('g', { class: `pod ${manner}`, 'data-id': `Pod ${key}`, role: 'button', tabindex: '-1' });
    if (manner === 'cell') {
        group.append(frame);
        return { group, frame };
    }
    const inside = {
        frame, stripe: s('rect', { class: 'stripe', width: 4, rx: 2 }), badge: s('g', { class: 'badge' }), base: s('tspan', { class: 'base' }), tail: s('tspan', { class: 'tail' }),
        dots: s('g', { class: 'dots' }), glyph: s('path', { class: 'glyph' }), sub: null,
    };
    inside.badge.append(s('circle', { r: 7 }), inside.glyph);
    const text = s('text', { class: 'title', x: manner === 'card' ? 32 : 27, y: manner === 'card' ? 20 : 16 }, inside.base, inside.tail);
    group.append(frame, inside.stripe, inside.badge, text, inside.dots);
    if (manner === 'card') group.append((inside.sub = s('text', { class: 'sub', x: 32, y: 35 })));
    return { group, ...inside };
}

// What the colours and shapes mean.
export function legend() {
    const item = (className, text) => h('span', { class: 'legend-item' }, h('i', { class: `key ${className}` }), text);
    return h('div', { class: 'legend' }, item('ready', 'ready'), item('starting', 'not ready'), item('ending', 'terminating'), item('failed', 'failed or frozen'));
}
