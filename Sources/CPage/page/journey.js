// SPDX-License-Identifier: Apache-2.0
// What `lab why` and `lab trace` answer, hop by hop, each rule with the reason why it is there.
import { h } from './dom.js';

const actions = {
    received: (hop) => `comes in at ${hop.interface ?? ''}`, sent: (hop) => `leaves by ${hop.interface ?? ''}`, routed: (hop) => `route ${hop.route ?? ''}`,
    local: () => 'is delivered here', dnat: (hop) => [h('s', null, hop.from ?? ''), ' → ', h('b', null, hop.to ?? '')], masquerade: (hop) => ['source ', h('s', null, hop.from ?? ''), ' → ', h('b', null, hop.to ?? '')],
    rejected: () => 'is refused', dropped: () => 'is thrown away',
};

// `Service ns/name spec.ports[0] (file:12)`, whether it comes as an object or as one text.
export function becauseOf(because) {
    if (!because) return null;
    if (typeof because === 'object') return { object: because.object ?? '', field: because.field ?? '', location: because.location ?? '' };
    const match = /^(.*?)\s*\(([^()]*:\d+)\)$/.exec(because);
    const rest = match ? match[1] : because;
    const own = /^([A-Z][A-Za-z]*) (\S+)\s*(.*)$/.exec(rest);
    return own ? { object: `${own[1]} ${own[2]}`, field: own[3], location: match?.[2] ?? '' } : { object: '', field: rest, location: match?.[2] ?? '' };
}

// The reason as a link to the line of YAML, where there is one.
export function reason(because, open) {
    const why = becauseOf(because);
    if (!why || (!why.object && !why.field)) return null;
    const text = [why.object, why.field].filter(Boolean).join(' ');
    const place = why.location ? h('button', { type: 'button', class: 'place-link', onclick: () => open?.(why) }, why.location) : null;
    return h('span', { class: 'because' }, text, place ? ' ' : null, place);
}

function ruleHop(hop, open) {
    const { rule = {} } = hop;
    return [
        h('code', { class: 'chain' }, rule.chain ?? ''), rule.element ? h('code', { class: 'element' }, rule.element) : h('code', null, rule.rule ?? ''),
        rule.draw ? h('span', { class: 'draw' }, `draws ${rule.draw}`) : null, reason(rule.because, open),
    ];
}

function actionOf(hop) {
    return typeof hop.action === 'string' ? hop.action : Object.keys(hop.action ?? {})[0] ?? '';
}

// The hops of one journey, by place. Rules that only lead on (no reason outside the lab itself) are folded away.
export function journeyView(journey, open, times = null) {
    const groups = [];
    (journey?.hops ?? []).forEach((hop, index) => {
        if (groups.at(-1)?.place !== hop.namespace) groups.push({ place: hop.namespace, hops: [] });
        groups.at(-1).hops.push({ hop, time: Array.isArray(times) ? times[index] : undefined });
    });
    const first = Array.isArray(times) ? times[0] : undefined;
    return h('ol', { class: 'journey' }, groups.map((group) => h('li', { class: 'stop' }, h('h4', null, group.place ?? ''), h('ol', null, group.hops.map(({ hop, time }) => {
        const action = actionOf(hop);
        const own = action === 'rule' && becauseOf(hop.rule?.because)?.object === 'lab' && !hop.rule?.draw;
        const after = first !== undefined && time !== undefined ? h('span', { class: 'time' }, `+${((time - first) / 1000).toFixed(0)} µs`) : null;
        const content = action === 'rule' ? ruleHop(hop, open) : actions[action]?.(hop) ?? action;
        return h('li', { class: `hop ${action}${own ? ' minor' : ''}` }, after, content);
    })))));
}

// The places that a journey goes through, for the picture.
export function placesOfJourney(journey) {
    const all = [];
    for (const hop of journey?.hops ?? []) if (hop.namespace && all.at(-1) !== hop.namespace) all.push(hop.namespace);
    return all;
}

// The answer of `lab why -o json`.
export function whyView(answer, open) {
    const outcomes = answer.outcomes ?? [];
    return h('div', { class: 'answer', 'data-answer': answer.answer }, h('p', { class: 'headline' }, answer.headline ?? answer.answer ?? ''),
        h('ul', { class: 'remarks' }, (answer.remarks ?? []).filter((each) => each.text && !`${answer.headline}`.endsWith(each.text)).map((each) => h('li', null, each.text))),
        outcomes.map((each) => [
            outcomes.length > 1 ? h('h4', { class: 'outcome' }, `${each.probability ?? ''} ${each.answer ?? ''}`.trim()) : null,
            each.journey ? [each.count > 1 ? h('p', { class: 'quiet' }, `one way of ${each.count}:`) : null, journeyView(each.journey, open)] : null,
        ]));
}

// One journey as the kernel told it (`lab trace -o json`), and how it compares with the plan's.
export function traceView(traced, open) {
    const journey = traced.hops ? traced : traced.journey ?? traced;
    const { agreement } = traced;
    const verdict = typeof agreement === 'string' ? agreement : agreement?.verdict ?? '';
    const expected = agreement?.expected?.length ? `; expected: ${agreement.expected.join(', or ')}` : '';
    const words = verdict === 'as predicted' ? verdict : [verdict, agreement?.text].filter(Boolean).join(': ') + expected;
    const back = traced.replyHops?.length ? h('details', { class: 'back' }, h('summary', null, 'the way back'), journeyView({ hops: traced.replyHops }, open, traced.replyTimes)) : null;
    return h('div', { class: 'answer traced' }, words ? h('p', { class: `headline ${verdict === 'as predicted' ? 'agrees' : 'differs'}` }, `the kernel's account: ${words}`) : null, journeyView(journey, open, traced.times), back);
}
