// SPDX-License-Identifier: Apache-2.0
// Connections on their way: a dot runs from its client through edge and nodes to its Pod, and where its destination is
// translated both addresses are shown. Many at once are a sample; who asked for less motion sees the wires lit instead.
import { colourOfService } from './cluster.js';
import { calm, s, setText } from './dom.js';
import { wayThrough } from './layout.js';

const MOST = 24;
const LABEL_STAYS = 1800;
const LABEL_LEAST = 650;

export class Traffic {
    constructor(picture) {
        this.picture = picture;
        this.running = [];
        this.labels = new Map();
        this.lit = new Map();
        this.spare = [];
    }

    // Sends a connection of the story on its way.
    show(state, line, speed = 1) {
        const via = line.via ?? [];
        if (via.length < 2) return;
        const { points, stops } = wayThrough(via, this.picture.drawn);
        if (points.length < 2) return;
        const colour = `${colourOfService(state, line.service)}`;
        const changes = translations({ ...line, clusterAddress: isClusterAddress(state, line) });
        this.light(via);
        if (calm.matches || this.running.length >= MOST || document.hidden) {
            this.picture.touch(line.pod, colour);
            changes.forEach(({ place, before, after }) => this.label(place, before, after, colour));
            return;
        }
        const lengths = [0];
        for (let index = 1; index < points.length; index++) {
            lengths.push(lengths[index - 1] + Math.hypot(points[index][0] - points[index - 1][0], points[index][1] - points[index - 1][1]));
        }
        const total = lengths.at(-1);
        const dot = this.spare.pop() ?? s('g', { class: 'traveller' }, s('path', { class: 'tail' }), s('circle', { class: 'head', r: 4.5 }));
        dot.dataset.colour = colour;
        dot.dataset.outcome = line.outcome ?? 'delivered';
        this.picture.layers.traffic.append(dot);
        const waits = changes.map((each) => ({ ...each, at: lengths[stops.find((stop) => stop.place === each.place)?.at ?? 0] }));
        const flight = { dot, points, lengths, total, began: performance.now(), lasts: Math.min(1900, 520 + total * 0.9) / Math.max(1, Math.min(speed, 4)), waits, colour, pod: line.pod, outcome: line.outcome };
        this.move(flight, flight.began);
        this.running.push(flight);
        if (!this.frame) this.frame = requestAnimationFrame((now) => this.step(now));
    }

    step(now) {
        this.running = this.running.filter((each) => this.move(each, now));
        this.frame = this.running.length ? requestAnimationFrame((next) => this.step(next)) : null;
    }

    move(each, now) {
        const part = Math.min(1, Math.max(0, (now - each.began) / each.lasts));
        const eased = part < 0.5 ? 2 * part * part : 1 - (2 - 2 * part) ** 2 / 2;
        const far = eased * each.total;
        while (each.waits.length && each.waits[0].at <= far) {
            const { place, before, after } = each.waits.shift();
            this.label(place, before, after, each.colour);
        }
        const [head, middle, end] = [0, 9, 18].map((back) => pointAt(each, Math.max(0, far - back)).map((value) => value.toFixed(1)).join(' '));
        each.dot.firstChild.setAttribute('d', `M${end}L${middle}L${head}`);
        each.dot.lastChild.setAttribute('transform', `translate(${head})`);
        if (part < 1) return true;
        each.dot.remove();
        if (this.spare.length < MOST) this.spare.push(each.dot);
        if (each.outcome === 'delivered' || !each.outcome) this.picture.touch(each.pod, each.colour);
        return false;
    }

    // Both addresses of a translation, at the place that does it.
    label(place, before, after, colour) {
        const box = this.picture.drawn.boxes.get(place);
        if (!box) return;
        const now = performance.now();
        let label = this.labels.get(place);
        if (label && now - label.since < LABEL_LEAST) return;
        if (!label) {
            const [frame, old, fresh] = [s('rect', { class: 'frame', rx: 7, height: 36 }), s('text', { class: 'before', x: 9, y: 14.5 }), s('text', { class: 'after', x: 9, y: 29 })];
            label = { group: s('g', { class: 'translation' }, frame, old, fresh), frame, old, fresh };
            this.labels.set(place, label);
            this.picture.layers.labels.append(label.group);
        }
        label.since = now;
        const width = Math.max(before.length, after.length + 2) * 6.35 + 18;
        setText(label.old, before);
        setText(label.fresh, `→ ${after}`);
        label.frame.setAttribute('width', width.toFixed(0));
        label.group.dataset.colour = colour;
        const beside = place === 'edge';
        const x = beside ? box.x - width - 12 : Math.min(Math.max(8, box.x + box.w / 2 - width / 2), this.picture.drawn.width - width - 8);
        label.group.setAttribute('transform', `translate(${x.toFixed(0)} ${(beside ? box.y + 9 : box.y - 42).toFixed(0)})`);
        clearTimeout(label.timer);
        label.timer = setTimeout(() => { label.group.remove(); this.labels.delete(place); }, LABEL_STAYS);
    }

    light(via) {
        for (let index = 1; index < via.length; index++) {
            const path = this.picture.links.get(`${via[index - 1]} ${via[index]}`) ?? this.picture.links.get(`${via[index]} ${via[index - 1]}`);
            if (!path) continue;
            if (!path.hasAttribute('data-busy')) path.setAttribute('data-busy', 'true');
            clearTimeout(this.lit.get(path));
            this.lit.set(path, setTimeout(() => path.removeAttribute('data-busy'), 900));
        }
    }

    // Nothing is on its way any more: the picture shows another moment.
    clear() {
        for (const each of this.running) each.dot.remove();
        this.running = [];
        for (const label of this.labels.values()) clearTimeout(label.timer), label.group.remove();
        this.labels.clear();
    }
}

// Whether a connection was for the Service's cluster address, which nodes translate.
function isClusterAddress(state, line) {
    const spec = state.kinds.get('Service')?.get(line.service)?.spec;
    return (spec?.clusterIPs ?? [spec?.clusterIP]).some((each) => each && (line.dnat ?? [''])[0].replace(/^\[/, '').startsWith(`${each}`));
}

// Which place translates what: with two translations the edge and then a node; with one the node, unless it is an address of
// the load balancer, which the edge has.
export function translations(line) {
    const steps = line.dnat ?? [];
    const via = line.via ?? [];
    const between = via.slice(1, -1).concat(/^(node-|edge$)/.test(via[0] ?? '') ? [via[0]] : []);
    const changes = steps.slice(1).map((after, index) => [steps[index], after]).filter(([before, after]) => before !== after);
    const node = between.find((place) => place !== 'edge');
    const atEdge = between.includes('edge') && (changes.length > 1 || !line.clusterAddress || !node);
    const order = atEdge ? ['edge', node ?? 'edge'] : [node ?? 'edge'];
    return changes.map(([before, after], index) => ({ place: order[Math.min(index, order.length - 1)], before, after }));
}

function pointAt({ points, lengths }, far) {
    let low = 1;
    let high = lengths.length - 1;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (lengths[middle] < far) low = middle + 1;
        else high = middle;
    }
    const span = lengths[low] - lengths[low - 1] || 1;
    const part = Math.min(1, Math.max(0, (far - lengths[low - 1]) / span));
    return [points[low - 1][0] + (points[low][0] - points[low - 1][0]) * part, points[low - 1][1] + (points[low][1] - points[low - 1][1]) * part];
}
