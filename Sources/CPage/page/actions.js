// SPDX-License-Identifier: Apache-2.0
// The buttons: each shows the command that it stands for before it runs it. A recording has none.
import { fill, h, setText } from './dom.js';
import { post } from './feed.js';
import { ofKind, places } from './cluster.js';
import { keyOf } from './story.js';

const field = (name, label, attributes) => ({ name, label, attributes });

const reference = (object) => `${object.kind}/${keyOf(object)}`;

// The label that a Pod's Services go by, with another value: what makes it leave them.
function otherLabel(pod) {
    const [name, value] = Object.entries(pod.metadata.labels ?? {}).find(([each]) => !each.includes('hash')) ?? ['app', 'x'];
    return `${name}=${value}-aside`;
}

function labelled(text) {
    const labels = {};
    for (const each of text.split(/[\s,]+/).filter(Boolean)) {
        const at = each.indexOf('=');
        if (at > 0) labels[each.slice(0, at)] = each.slice(at + 1);
        else if (each.endsWith('-')) labels[each.slice(0, -1)] = null;
    }
    return labels;
}

function clients(state) {
    return ['host', ...places(state).filter((each) => each.kind === 'outside').map((each) => each.name), ...[...ofKind(state, 'Pod').keys()].slice(0, 60)];
}

function urlOf(service) {
    const port = service.spec?.ports?.[0]?.port ?? 80;
    const address = service.status?.loadBalancer?.ingress?.[0]?.ip ?? service.spec?.clusterIP ?? '';
    return `http://${address.includes(':') ? `[${address}]` : address}:${port}/`;
}

// What can be done with what is chosen: its title, what it asks for, and the body that the daemon gets.
export function actionsFor(state, selection) {
    const { kind, object, key } = selection;
    if (kind === 'Service' && object && object.spec?.type !== 'ExternalName') {
        return [{
            title: 'curl', fields: [field('from', 'from', { value: 'host', options: clients(state) }), field('url', 'URL', { value: urlOf(object), size: 26 }), field('count', 'times', { type: 'number', min: 1, max: 1000, value: 10 })],
            body: ({ from, url, count }) => ({ action: 'curl', from, url, count: Number(count) }),
        }, { title: 'Delete', danger: true, fields: [], body: () => ({ action: 'delete', object: reference(object) }) }];
    }
    if (kind === 'Workload' && object && object.kind !== 'DaemonSet') {
        return [{
            title: 'Scale', fields: [field('replicas', 'replicas', { type: 'number', min: 0, max: 1000, value: (object.spec?.replicas ?? 1) + 1 })],
            body: ({ replicas }) => ({ action: 'scale', object: reference(object), replicas: Number(replicas) }),
        }];
    }
    if (kind === 'Pod' && object) {
        const of = reference(object);
        const frozen = [...state.faults.keys()].some((id) => id.startsWith('freeze') && id.includes(object.metadata.name));
        return [
            { title: 'Relabel', fields: [field('labels', 'label', { value: otherLabel(object), size: 26 })], body: ({ labels }) => ({ action: 'label', object: of, labels: labelled(labels) }) },
            { title: 'Kill', fields: [], body: () => ({ action: 'kill', object: of }) },
            { title: frozen ? 'Thaw' : 'Freeze', fields: [], body: () => ({ action: frozen ? 'thaw' : 'freeze', object: of }) },
            { title: 'Delete', danger: true, fields: [], body: () => ({ action: 'delete', object: of }) },
        ];
    }
    if (kind === 'Node') {
        const frozen = [...state.faults.keys()].some((id) => id.startsWith('freeze') && id.includes(key));
        return [{ title: frozen ? 'Thaw' : 'Freeze', fields: [], body: () => ({ action: frozen ? 'thaw' : 'freeze', object: `Node/${key}` }) }];
    }
    return [];
}

function input({ name, label, attributes: { options, ...attributes } }, changed) {
    const control = options ? h('select', { name, onchange: changed }, options.map((each) => h('option', { value: each }, each))) : h('input', { name, autocomplete: 'off', spellcheck: 'false', ...attributes, oninput: changed });
    return h('label', { class: 'field' }, h('span', null, label), control);
}

// A row of buttons, and below it the command of the one that was pressed, until it is run or given up.
export function actionBar(actions) {
    const panel = h('div', { class: 'command-panel', hidden: true });
    let open = null;
    const buttons = actions.map((action) => h('button', { type: 'button', 'aria-expanded': 'false', class: action.danger ? 'danger' : null, onclick: () => toggle(action) }, action.title, '…'));
    const toggle = (action) => {
        open = open === action ? null : action;
        buttons.forEach((button, index) => button.setAttribute('aria-expanded', `${actions[index] === open}`));
        panel.hidden = !open;
        if (open) fillPanel(panel, open, () => toggle(open));
    };
    return h('div', { class: 'actions' }, h('div', { class: 'row', role: 'group', 'aria-label': 'Actions' }, buttons), panel);
}

function fillPanel(panel, action, close) {
    const command = h('code', { class: 'command' }, '…');
    const result = h('p', { class: 'result', role: 'status' });
    const run = h('button', { type: 'submit', class: 'primary' }, 'Run it');
    let waiting = null;
    const ask = async () => {
        const body = action.body(Object.fromEntries(new FormData(form)));
        const answer = await post('act?dry=1', body);
        setText(command, answer.command ?? '');
        setText(result, answer.ok === false || answer.error ? answer.message ?? answer.error : '');
        run.disabled = !answer.command;
    };
    const changed = () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); };
    const form = h('form', {
        onsubmit: async (event) => {
            event.preventDefault();
            run.disabled = true;
            setText(result, 'running …');
            const answer = await post('act', action.body(Object.fromEntries(new FormData(form))));
            if (answer.command) setText(command, answer.command);
            setText(result, answer.message ?? answer.error ?? (answer.ok ? 'done' : 'failed'));
            result.dataset.ok = `${answer.ok !== false && !answer.error}`;
            run.disabled = false;
        },
    }, action.fields.length ? h('div', { class: 'fields' }, action.fields.map((each) => input(each, changed))) : null,
        h('p', { class: 'stands' }, 'This button stands for'), command, h('div', { class: 'row' }, run, h('button', { type: 'button', onclick: () => navigator.clipboard?.writeText(command.textContent) }, 'Copy'), h('button', { type: 'button', onclick: close }, 'Close')), result);
    fill(panel, form);
    ask();
    (form.querySelector('input, select') ?? run).focus();
}
