// SPDX-License-Identifier: Apache-2.0
// A table that does not change: `with` and `without` answer a new one that shares nearly all with the old. So the states of
// a story cost little to keep, and whether something changed is a comparison of two references.

const WIDTH = 256;

function slot(key) {
    let hash = 0;
    for (let index = 0; index < key.length; index++) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
    return (hash ^ (hash >>> 13)) & (WIDTH - 1);
}

export class Table {
    static empty = new Table(new Array(WIDTH).fill(null), 0);

    constructor(buckets, size) {
        this.buckets = buckets;
        this.size = size;
    }

    get(key) {
        return this.buckets[slot(key)]?.get(key);
    }

    has(key) {
        return this.buckets[slot(key)]?.has(key) ?? false;
    }

    with(key, value) {
        const at = slot(key);
        const bucket = this.buckets[at];
        if (bucket?.get(key) === value && value !== undefined) return this;
        const buckets = this.buckets.slice();
        buckets[at] = new Map(bucket ?? []).set(key, value);
        return new Table(buckets, this.size + (bucket?.has(key) ? 0 : 1));
    }

    without(key) {
        if (!this.has(key)) return this;
        const at = slot(key);
        const buckets = this.buckets.slice();
        buckets[at] = new Map(this.buckets[at]);
        buckets[at].delete(key);
        return new Table(buckets, this.size - 1);
    }

    *entries() {
        for (const bucket of this.buckets) if (bucket) yield* bucket;
    }

    *values() {
        for (const [, value] of this.entries()) yield value;
    }

    *keys() {
        for (const [key] of this.entries()) yield key;
    }
}
