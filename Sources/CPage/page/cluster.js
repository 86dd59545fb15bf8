// SPDX-License-Identifier: Apache-2.0
// What a state says about Pods, Services, nodes and rollouts. Pure questions; answers are remembered by what they were made of.
import { Table } from './table.js';
import { keyOf } from './story.js';

export function ofKind(state, kind) {
    return state.kinds.get(kind) ?? Table.empty;
}

// A function of one object whose answer is kept as long as the object is.
function remembered(answer) {
    const answers = new WeakMap();
    return (object) => {
        if (!answers.has(object)) answers.set(object, answer(object));
        return answers.get(object);
    };
}

const isTrue = (object, type) => object.status?.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;

// ready, starting, ending, failed or done.
export const podPhase = remembered((pod) => {
    if (pod.metadata.deletionTimestamp) return 'ending';
    if (pod.status?.phase === 'Failed') return 'failed';
    if (pod.status?.phase === 'Succeeded') return 'done';
    return isTrue(pod, 'Ready') ? 'ready' : 'starting';
});

export const phaseWords = {
    ready: 'ready', starting: 'not ready', ending: 'terminating', failed: 'failed', done: 'completed', frozen: 'frozen', down: 'out of reach',
};

// A Pod of the lab itself that has no place of its own: it shares its node's.
export const isMirror = remembered((pod) => Boolean(pod.metadata.annotations?.['kubernetes.io/config.mirror'] || pod.spec?.hostNetwork));

export const isDNS = remembered((pod) => pod.metadata.labels?.['k8s-app'] === 'kube-dns');

// What a Pod is called for short: what made it, and what tells it from its brothers.
export const podTitle = remembered((pod) => {
    const name = pod.metadata.name;
    const owner = pod.metadata.ownerReferences?.find((each) => each.controller) ?? null;
    if (!owner || !name.startsWith(`${owner.name}-`)) return { name, base: name, tail: '' };
    const hash = pod.metadata.labels?.['pod-template-hash'];
    const base = hash && owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name;
    return { name, base, tail: name.slice(owner.name.length + 1) };
});

// Which of six tints a Pod's template has: Pods of one template look alike, those of the next do not.
export const podTint = remembered((pod) => {
    const mark = pod.metadata.labels?.['pod-template-hash'] ?? pod.metadata.labels?.['controller-revision-hash'];
    if (!mark) return null;
    let hash = 7;
    for (const letter of mark) hash = (Math.imul(hash, 33) + letter.charCodeAt(0)) >>> 0;
    return hash % 6;
});

// The endpoints of one EndpointSlice, one for each port.
const sliceEndpoints = remembered((slice) => {
    const all = [];
    for (const endpoint of slice.endpoints ?? []) {
        const address = endpoint.addresses?.[0] ?? '';
        const { ready = true, serving = ready, terminating = false } = endpoint.conditions ?? {};
        const target = endpoint.targetRef?.kind === 'Pod' ? `${endpoint.targetRef.namespace ?? slice.metadata.namespace}/${endpoint.targetRef.name}` : null;
        for (const port of slice.ports?.length ? slice.ports : [{}]) {
            const text = slice.addressType === 'IPv6' ? `[${address}]:${port.port ?? ''}` : `${address}:${port.port ?? ''}`;
            all.push({
                text, address, port: port.name ?? '', number: port.port, pod: target, node: endpoint.nodeName ?? null, ready: ready !== false,
                serving: serving !== false, terminating,
            });
        }
    }
    return all;
});

const joined = remembered((slices) => slices.flatMap(sliceEndpoints));
const noEndpoints = [];

// The endpoints of a Service (`namespace/name`), with their readiness.
export function endpointsOf(state, service) {
    const slices = state.slices.get(service);
    return slices ? joined(slices) : noEndpoints;
}

// The endpoints with the connections that each has got, those that have gone last.
export function sharesOf(state, service) {
    const served = state.served.get(service) ?? Table.empty;
    const rows = [];
    const seen = new Set();
    for (const endpoint of endpointsOf(state, service)) {
        const places = placesServed(served, endpoint);
        for (const place of places) seen.add(place);
        rows.push({ ...endpoint, connections: places.reduce((sum, place) => sum + served.get(place).connections, 0) });
    }
    for (const [place, each] of served.entries()) {
        if (seen.has(place) || !each.connections) continue;
        rows.push({ text: each.endpoint, pod: each.pod ?? null, port: each.port ?? '', ready: false, serving: false, gone: true, connections: each.connections });
    }
    const total = rows.reduce((sum, row) => sum + row.connections, 0);
    for (const row of rows) row.share = total ? row.connections / total : 0;
    return { rows, total };
}

const servedByEndpoint = remembered((served) => {
    const places = new Map();
    for (const place of served.keys()) {
        const text = place.slice(place.indexOf('|') + 1);
        places.set(text, [...(places.get(text) ?? []), place]);
    }
    return places;
});

// Where the counters have an endpoint: under its port's name or, for a port without one, under whatever leads to it.
function placesServed(served, { port, text }) {
    if (port) return served.has(`${port}|${text}`) ? [`${port}|${text}`] : [];
    return servedByEndpoint(served).get(text) ?? [];
}

const system = new Set(['kube-system', 'kube-public', 'kube-node-lease']);
const isSystem = (key) => key === 'default/kubernetes' || system.has(key.split('/')[0]);

// Services as a reader looks for them: their own by name, then the cluster's.
const inOrder = remembered((table) => [...table.values()].sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    return isSystem(left) - isSystem(right) || (left < right ? -1 : 1);
}));

export function services(state) {
    return inOrder(ofKind(state, 'Service'));
}

export function portText(port) {
    const target = port.targetPort !== undefined && port.targetPort !== port.port ? ` → ${port.targetPort}` : '';
    const node = port.nodePort ? ` · node port ${port.nodePort}` : '';
    return `${port.port}${port.protocol && port.protocol !== 'TCP' ? `/${port.protocol}` : ''}${target}${node}`;
}

// Where a Service is to be reached, in the order of how far it reaches.
export function addressesOf(service) {
    const spec = service.spec ?? {};
    if (spec.type === 'ExternalName') return [{ what: 'alias', text: spec.externalName ?? '' }];
    const all = [];
    for (const address of spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])) {
        all.push({ what: address === 'None' ? 'headless' : 'cluster IP', text: address });
    }
    for (const address of spec.externalIPs ?? []) all.push({ what: 'external IP', text: address });
    for (const each of service.status?.loadBalancer?.ingress ?? []) all.push({ what: 'load balancer', text: each.ip ?? each.hostname ?? '' });
    if (spec.type === 'LoadBalancer' && !service.status?.loadBalancer?.ingress?.length) all.push({ what: 'load balancer', text: 'pending' });
    return all;
}

const nodeAddress = (node) => node.status?.addresses?.find((each) => each.type === 'InternalIP')?.address ?? '';

// What is broken, by what it is about: `Pod ns/name`, `Node name`, a place.
const faultTexts = remembered((faults) => {
    const texts = new Map();
    for (const { fault, text, id } of faults.values()) {
        const of = fault?.of ?? {};
        const words = text ?? fault?.text ?? id ?? '';
        const place = of.node ?? of.pod ?? of.place ?? of.namespace ?? (typeof fault?.of === 'string' ? fault.of : null) ?? `${id}`.split('/').slice(1).join('/');
        texts.set(`${place}`, [...(texts.get(`${place}`) ?? []), { words, kind: fault?.kind ?? `${id}`.split('/')[0] }]);
    }
    return texts;
});

export function faultsOf(state, place) {
    return faultTexts(state.faults).get(place) ?? [];
}

// The fixed places of the lab, those of its nodes apart.
const placesOf = remembered((lab) => (lab.topology?.namespaces ?? []).map((each) => ({ kind: each.name, ...each })));

export function places(state) {
    return state.lab ? placesOf(state.lab) : [];
}

// The nodes in the order of their names' numbers, with what the API says of them.
export function nodes(state) {
    const known = ofKind(state, 'Node');
    const names = new Set(places(state).filter((each) => each.kind === 'node').map((each) => each.name));
    for (const name of known.keys()) names.add(name);
    return [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => {
        const object = known.get(name) ?? null;
        return {
            name, object, address: (object && nodeAddress(object)) ?? '', ready: object ? isTrue(object, 'Ready') : false,
            cordoned: object?.spec?.unschedulable ?? false, faults: faultsOf(state, name),
        };
    });
}

const byNode = remembered((table) => {
    const map = new Map();
    for (const pod of table.values()) {
        if (isMirror(pod) || !pod.spec?.nodeName) continue;
        if (!map.has(pod.spec.nodeName)) map.set(pod.spec.nodeName, []);
        map.get(pod.spec.nodeName).push(pod);
    }
    // In the order in which they came, so that those that stay keep their places.
    const age = (pod) => pod.metadata.creationTimestamp ?? '';
    for (const list of map.values()) list.sort((a, b) => age(a).localeCompare(age(b)) || keyOf(a).localeCompare(keyOf(b)));
    return map;
});

// The Pods of each node that have a place of their own.
export function podsByNode(state) {
    return byNode(ofKind(state, 'Pod'));
}

// Deployments, StatefulSets and DaemonSets: how many Pods are wanted, of which template, and how many are ready.
export function workloads(state) {
    const all = [];
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet']) {
        for (const object of ofKind(state, kind).values()) all.push(workload(state, object));
    }
    return all.sort((a, b) => isSystem(a.key) - isSystem(b.key) || (a.key < b.key ? -1 : 1));
}

function workload(state, object) {
    const { status = {}, spec = {} } = object;
    const wanted = object.kind === 'DaemonSet' ? status.desiredNumberScheduled ?? 0 : spec.replicas ?? 1;
    const updated = status.updatedReplicas ?? status.updatedNumberScheduled ?? 0;
    const ready = status.readyReplicas ?? status.numberReady ?? 0;
    const all = status.replicas ?? status.currentNumberScheduled ?? 0;
    const behind = (status.observedGeneration ?? 0) < (object.metadata.generation ?? 0);
    const old = Math.max(0, all - updated);
    return {
        key: keyOf(object), object, kind: object.kind, wanted, updated, ready, old, parts: templates(state, object),
        rolling: behind || old > 0 || updated < wanted || ready < wanted,
    };
}

// The ReplicaSets of a Deployment that have Pods, the oldest first.
function templates(state, object) {
    if (object.kind !== 'Deployment') return [];
    const revision = (each) => Number(each.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
    return [...ofKind(state, 'ReplicaSet').values()]
        .filter((each) => each.metadata.ownerReferences?.some((owner) => owner.uid === object.metadata.uid && owner.controller))
        .filter((each) => (each.status?.replicas ?? 0) > 0)
        .sort((a, b) => revision(a) - revision(b))
        .map((each) => ({ name: each.metadata.name, replicas: each.status.replicas, ready: each.status.readyReplicas ?? 0, tint: podTint(each) }));
}

// The Services that each Pod answers for: `namespace/name` of the Pod, to their names.
export function servicesByPod(state) {
    return membership(state.slices);
}

const membership = remembered((slices) => {
    const map = new Map();
    for (const [service, parts] of slices.entries()) {
        for (const endpoint of joined(parts)) {
            if (!endpoint.pod || !(endpoint.ready || endpoint.serving)) continue;
            const known = map.get(endpoint.pod);
            if (!known) map.set(endpoint.pod, [service]);
            else if (!known.includes(service)) known.push(service);
        }
    }
    for (const list of map.values()) list.sort();
    return map;
});

const colours = remembered((table) => {
    const map = new Map();
    let next = 0;
    for (const service of inOrder(table)) map.set(keyOf(service), isSystem(keyOf(service)) ? 'system' : next++ % 8);
    return map;
});

// Which of eight colours a Service has; the cluster's own have none.
export function colourOfService(state, service) {
    return colours(ofKind(state, 'Service')).get(service) ?? 'system';
}
