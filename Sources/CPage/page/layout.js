// SPDX-License-Identifier: Apache-2.0
// Where everything of the picture is: a pure function of the places, the nodes with their Pods, and the room there is.

const MARGIN = 22;
const GAP = 16;
const HEAD = 44;
const OUTSIDE_SHOWN = 12;
// Few Pods have their names on them even if the picture has to be scrolled then.
const NAMED = 36;

// How Pods are drawn: the first manner for which there is room.
const manners = [
    { name: 'card', width: 168, height: 44, gap: 8, least: 196 },
    { name: 'line', width: 108, height: 24, gap: 5, least: 138 },
    { name: 'cell', width: 15, height: 15, gap: 4, least: 120 },
    { name: 'cell', width: 10, height: 10, gap: 3, least: 110 },
    { name: 'cell', width: 7, height: 7, gap: 2, least: 100 },
];

function rowOf(names, y, height, width, room) {
    const least = 84;
    const each = Math.max(least, Math.min(width, (room - 2 * MARGIN - (names.length - 1) * GAP) / Math.max(1, names.length)));
    const total = names.length * each + (names.length - 1) * GAP;
    return names.map((name, index) => [name, { x: (room - total) / 2 + index * (each + GAP), y, w: each, h: height }]);
}

// The cards of the nodes in a manner: their boxes, and the spots of their Pods.
function grid(nodes, manner, width, top) {
    const room = width - 2 * MARGIN;
    const fit = Math.max(1, Math.floor((room + GAP) / (manner.least + GAP)));
    const rows = Math.max(1, Math.ceil(nodes.length / fit));
    const columns = Math.max(1, Math.ceil(nodes.length / rows));
    const cardWidth = Math.min(manner.name === 'cell' ? 420 : 320, (room - (columns - 1) * GAP) / columns);
    const left = (width - columns * cardWidth - (columns - 1) * GAP) / 2;
    const inset = { card: 26, line: 22, cell: 14 }[manner.name];
    const inner = cardWidth - inset - (manner.name === 'line' ? 10 : 14);
    const across = Math.max(1, Math.floor((inner + manner.gap) / (manner.width + manner.gap)));
    const podWidth = manner.name === 'cell' ? manner.width : (inner - (across - 1) * manner.gap) / across;
    const boxes = [];
    const spots = [];
    let y = top;
    for (let row = 0; row < rows; row++) {
        const cards = nodes.slice(row * columns, (row + 1) * columns);
        const most = Math.max(1, ...cards.map((each) => Math.ceil(each.pods.length / across)));
        const faulty = cards.some((each) => each.note) ? 22 : 0;
        const height = HEAD + faulty + most * (manner.height + manner.gap) - manner.gap + 16;
        cards.forEach((card, column) => {
            const box = { x: left + column * (cardWidth + GAP), y, w: cardWidth, h: height };
            boxes.push([card.name, box]);
            card.pods.forEach((pod, index) => {
                spots.push([pod, {
                    x: box.x + inset + (index % across) * (podWidth + manner.gap),
                    y: box.y + HEAD + faulty + Math.floor(index / across) * (manner.height + manner.gap), w: podWidth, h: manner.height,
                }]);
            });
        });
        y += height + GAP + 12;
    }
    return { boxes, spots, bottom: y - GAP };
}

function curve(x1, y1, x2, y2) {
    const bend = Math.max(18, Math.abs(y2 - y1) * 0.55) * Math.sign(y2 - y1 || 1);
    return [x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2];
}

// Points along a cubic curve, both ends too.
function along([x1, y1, x2, y2, x3, y3, x4, y4], count = 14) {
    return Array.from({ length: count + 1 }, (_, index) => {
        const t = index / count;
        const u = 1 - t;
        const weights = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
        return [
            weights[0] * x1 + weights[1] * x2 + weights[2] * x3 + weights[3] * x4,
            weights[0] * y1 + weights[1] * y2 + weights[2] * y3 + weights[3] * y4,
        ];
    });
}

function link(a, b, boxes, firstRow) {
    const [from, to] = [boxes.get(a), boxes.get(b)];
    if (!from || !to) return null;
    const curves = curvesBetween(from, to, firstRow);
    const points = curves.flatMap((each) => along(each));
    const isAsDrawn = Math.hypot(points[0][0] - from.x - from.w / 2, points[0][1] - from.y - from.h / 2) <= Math.hypot(points[0][0] - to.x - to.w / 2, points[0][1] - to.y - to.h / 2);
    return { id: `${a} ${b}`, a, b, curves, points: isAsDrawn ? points : points.reverse() };
}

// From the upper one's foot to the lower one's head; side by side, from flank to flank. To a node of a lower row the way leads
// down beside the cards above it.
function curvesBetween(from, to, firstRow) {
    const [upper, lower] = from.y <= to.y ? [from, to] : [to, from];
    const middle = (box) => box.x + box.w / 2;
    if (Math.abs(upper.y - lower.y) < 20) {
        const [left, right] = from.x < to.x ? [from, to] : [to, from];
        const y = left.y + left.h / 2;
        return [[left.x + left.w, y, left.x + left.w + 20, y, right.x - 20, y, right.x, y]];
    }
    if (lower.y <= firstRow + 1 || upper.y >= firstRow) return [curve(middle(upper), upper.y + upper.h, middle(lower), lower.y)];
    const lane = middle(upper) < middle(lower) ? lower.x - GAP / 2 : lower.x + lower.w + GAP / 2;
    const [down, turn] = [firstRow - 4, lower.y - 15];
    return [
        curve(middle(upper), upper.y + upper.h, lane, down), [lane, down, lane, down + 1, lane, turn - 1, lane, turn],
        [lane, turn, lane, turn + 9, middle(lower), turn - 2, middle(lower), lower.y],
    ];
}

// places: `{name, kind}`; nodes: `{name, pods: [key], note}`; links: `{a, b}`.
export function layout({ places, nodes, links }, width, height) {
    const room = Math.max(width, 370);
    const kindIs = (...kinds) => places.filter((each) => kinds.includes(each.kind)).map((each) => each.name);
    const host = kindIs('host');
    const outside = kindIs('outside').slice(0, OUTSIDE_SHOWN);
    const boxes = new Map(rowOf([...host, ...outside], 34, 46, 168, room));
    const edge = kindIs('edge');
    const edgeWidth = Math.min(230, room * 0.34);
    const edgeY = 134;
    for (const name of edge) boxes.set(name, { x: (room - edgeWidth) / 2, y: edgeY, w: edgeWidth, h: 54 });
    const side = Math.min(164, room * 0.26);
    kindIs('control-plane').forEach((name, index) => boxes.set(name, { x: room - MARGIN - side, y: edgeY + 3 + index * 58, w: side, h: 48 }));
    kindIs('dns').forEach((name, index) => boxes.set(name, { x: MARGIN, y: edgeY + 3 + index * 58, w: side, h: 48 }));
    const others = places.filter((each) => !boxes.has(each.name) && !['node', 'outside'].includes(each.kind)).map((each) => each.name);
    others.slice(0, 3).forEach((name, index) => boxes.set(name, { x: MARGIN, y: edgeY + 3 + index * 58, w: side, h: 48 }));
    const top = edgeY + 54 + 68;
    let cards = null;
    let manner = null;
    const isFew = nodes.reduce((sum, each) => sum + each.pods.length, 0) <= NAMED;
    for (manner of isFew ? manners.slice(0, 2) : manners) {
        cards = grid(nodes, manner, room, top);
        if (cards.bottom <= height - 8) break;
    }
    // Room that is left over goes between the three floors.
    const spare = Math.max(0, Math.min(96, (height - 24 - cards.bottom) / 2));
    for (const box of boxes.values()) if (box.y >= edgeY) box.y += spare * 0.45;
    if (spare) cards = grid(nodes, manner, room, top + spare);
    for (const [name, box] of cards.boxes) boxes.set(name, box);
    return {
        width: room, height: Math.max(height, cards.bottom), manner: manner.name, boxes, spots: new Map(cards.spots),
        links: links.map(({ a, b }) => link(a, b, boxes, cards.boxes[0]?.[1].y ?? Infinity)).filter(Boolean), bands: bandsOf(boxes, outside.length + host.length, cards, room),
        hidden: kindIs('outside').length - outside.length,
    };
}

function bandsOf(boxes, count, cards, room) {
    const bands = [];
    if (count) bands.push({ name: 'outside', x: 12, y: 12, w: room - 24, h: 84 });
    if (cards.boxes.length) bands.push({ name: 'cluster', x: 12, y: cards.boxes[0][1].y - 32, w: room - 24, h: cards.bottom - cards.boxes[0][1].y + 34 });
    return bands;
}

// The way from a node's card in to one of its Pods.
function doorstep(box, spot, manner) {
    const middle = [box.x + box.w / 2, box.y];
    if (manner === 'cell') return [middle, [spot.x + spot.w / 2, spot.y + spot.h / 2]];
    const spine = box.x + 13;
    const y = spot.y + spot.h / 2;
    return [middle, [middle[0], box.y + 8], [spine + 8, box.y + 12], [spine, box.y + 22], [spine, y - 6], [spine + 6, y], [spot.x + 8, y]];
}

// The points of a way through places and Pods (`via`), and where along them each place is reached.
export function wayThrough(via, drawn) {
    const points = [];
    const stops = [];
    const put = (list) => {
        for (const point of list) {
            const last = points.at(-1);
            if (!last || Math.hypot(last[0] - point[0], last[1] - point[1]) > 0.5) points.push(point);
        }
    };
    for (let index = 0; index < via.length; index++) {
        const [here, next] = [via[index], via[index + 1]];
        stops.push({ place: here, at: Math.max(0, points.length - 1) });
        if (next === undefined) break;
        if (drawn.spots.has(next) && drawn.boxes.has(here)) put(doorstep(drawn.boxes.get(here), drawn.spots.get(next), drawn.manner));
        else if (drawn.spots.has(here) && drawn.boxes.has(next)) put(doorstep(drawn.boxes.get(next), drawn.spots.get(here), drawn.manner).reverse());
        else {
            const known = drawn.links.find((each) => (each.a === here && each.b === next) || (each.a === next && each.b === here));
            if (known) put(known.a === here ? known.points : [...known.points].reverse());
            else put([centre(here, drawn), centre(next, drawn)].filter(Boolean));
        }
    }
    return { points, stops };
}

function centre(place, drawn) {
    const box = drawn.boxes.get(place) ?? drawn.spots.get(place);
    return box ? [box.x + box.w / 2, box.y + box.h / 2] : null;
}
