// SPDX-License-Identifier: Apache-2.0
// Lines of a story in words, for the list of what happened and for who listens to the page.
import { keyOf, serviceOf } from './story.js';
import { podPhase, phaseWords } from './cluster.js';

// The lanes of the timeline; lines of other kinds are in none.
export const lanes = [
    { name: 'api', title: 'API writes' },
    { name: 'endpoints', title: 'endpoints' },
    { name: 'rules', title: 'rule batches' },
    { name: 'traffic', title: 'requests' },
    { name: 'checks', title: 'steps and traces' },
    { name: 'failures', title: 'failures and faults' },
];

const laneOfKind = { rules: 'rules', request: 'traffic', connection: 'traffic', step: 'checks', journey: 'checks', failure: 'failures', fault: 'failures', end: 'checks', mode: 'rules' };

export function laneOf(line) {
    if (line.opening || line.whole) return null;
    if (line.kind === 'object') return line.object?.kind === 'EndpointSlice' ? 'endpoints' : 'api';
    if (line.kind === 'request' && line.outcome && line.outcome !== 'answered') return 'failures';
    if (line.kind === 'connection' && line.outcome && line.outcome !== 'delivered') return 'failures';
    return laneOfKind[line.kind] ?? null;
}

const verbs = { added: 'created', modified: 'changed', deleted: 'deleted' };

function objectWords(line) {
    const { object } = line;
    if (object.kind === 'Event') return `${object.reason ?? 'Event'}: ${object.message ?? ''} (${object.involvedObject?.kind ?? ''} ${object.involvedObject?.name ?? ''})`;
    if (object.kind === 'EndpointSlice') {
        const all = object.endpoints ?? [];
        const ready = all.filter((each) => each.conditions?.ready !== false).length;
        if (line.verb === 'deleted') return `endpoints of ${serviceOf(object) ?? keyOf(object)} deleted`;
        return `${serviceOf(object) ?? keyOf(object)} has ${ready} of ${all.length} ${all.length === 1 ? 'endpoint' : 'endpoints'} ready`;
    }
    const what = `${object.kind} ${object.metadata.namespace && object.metadata.namespace !== 'default' ? keyOf(object) : object.metadata.name}`;
    if (object.kind === 'Pod' && line.verb === 'modified') return `${what} is ${phaseWords[podPhase(object)]}`;
    if (object.kind === 'Node' && line.verb === 'modified') {
        const ready = object.status?.conditions?.find((each) => each.type === 'Ready')?.status === 'True';
        return `${what} is ${ready ? 'ready' : 'not ready'}`;
    }
    if (/^(Deployment|ReplicaSet|StatefulSet)$/.test(object.kind) && line.verb === 'modified') {
        return `${what}: ${object.status?.readyReplicas ?? 0} of ${object.spec?.replicas ?? 0} ready`;
    }
    return `${what} ${verbs[line.verb] ?? line.verb}`;
}

const kinds = {
    lab: (line) => `lab ${line.name}`,
    object: objectWords,
    ready: () => 'the story opens',
    rules: (line) => `${line.node} took ${count(line.added, 'entry', 'entries')} and gave up ${count(line.removed, 'entry', 'entries')}${line.milliseconds === undefined ? '' : ` in ${line.milliseconds} ms`}`,
    request: (line) => `${line.from ?? '?'} asked ${line.to ?? '?'}: ${line.outcome ?? ''}${line.status ? ` ${line.status}` : ''}${line.pod ? ` by ${line.pod.split('/').at(-1)}` : ''}${line.milliseconds === undefined ? '' : `, ${line.milliseconds} ms`}${line.error ? ` (${line.error})` : ''}`,
    connection: (line) => `${line.from ?? '?'} connected to ${(line.dnat ?? [])[0] ?? line.service ?? '?'}: ${line.outcome ?? 'delivered'}${line.pod ? ` to ${line.pod.split('/').at(-1)}` : ''}`,
    step: (line) => `step ${line.number} of ${line.count} ${line.state}: ${line.title}${line.failures?.length ? `: ${line.failures.join('; ')}` : ''}`,
    fault: (line) => `${line.text ?? line.id}${line.verb === 'cleared' ? ' no more' : ''}`,
    journey: (line) => `traced: ${journeyWords(line.journey)}`,
    failure: (line) => `${line.text ?? 'something failed'}`,
    mode: (line) => `other programs make the rules now: ${line.proxyMode}`,
    end: (line) => ({ ended: 'the story ends', behind: 'the page could not keep up, and was cut off', down: 'the lab was taken down' })[line.reason] ?? 'the story ends',
};

function count(list, one, many) {
    const number = list?.length ?? 0;
    return `${number} ${number === 1 ? one : many}`;
}

export function journeyWords(journey) {
    const inner = journey?.journey ?? journey;
    const hops = inner?.hops ?? [];
    const outcome = typeof inner?.outcome === 'string' ? inner.outcome : inner?.answer ?? '';
    return [hops[0]?.source, inner?.destination ?? hops.at(-1)?.destination].filter(Boolean).join(' → ') + (outcome ? `, ${outcome}` : '');
}

// What a line says, in one sentence without its full stop.
export function inWords(line) {
    return Object.hasOwn(kinds, line.kind) ? kinds[line.kind](line) : line.kind;
}

// Whether a line is worth a row in the list of what happened.
export function isNotable(line) {
    if (line.opening || line.whole || line.kind === 'counters' || line.kind === 'connection' || line.kind === 'source') return false;
    // Requests that were answered come by the hundred.
    if (line.kind === 'request') return line.outcome !== 'answered';
    return !(line.kind === 'object' && line.object?.kind === 'ReplicaSet');
}

// Whether a line is worth being spoken: what changes who answers, and what goes wrong.
export function isSpoken(line) {
    if (!isNotable(line)) return false;
    if (line.kind === 'object') return ['EndpointSlice', 'Service', 'Node'].includes(line.object?.kind) || (line.object?.kind === 'Pod' && line.verb !== 'modified');
    return ['fault', 'failure', 'step', 'end'].includes(line.kind);
}

export function seconds(milliseconds) {
    const whole = Math.max(0, milliseconds) / 1000;
    if (whole < 60) return `${whole.toFixed(whole < 10 ? 2 : 1)} s`;
    const minutes = Math.floor(whole / 60);
    return minutes < 60 ? `${minutes}:${String(Math.floor(whole % 60)).padStart(2, '0')} min` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`;
}
