// SPDX-License-Identifier: Apache-2.0
// Objects as YAML, line by line, and the lines of a manifest that an object was written in.

const plain = /^[A-Za-z_/][A-Za-z0-9_./@ ()-]*$/;
const words = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n', '~']);

function scalar(value) {
    if (typeof value !== 'string') return JSON.stringify(value);
    return plain.test(value) && !words.has(value.toLowerCase()) && value === value.trim() ? value : JSON.stringify(value);
}

function write(value, indent, lines, lead) {
    const pad = '  '.repeat(indent);
    if (Array.isArray(value)) {
        for (const item of value) {
            if (item !== null && typeof item === 'object' && Object.keys(item).length) write(item, indent + 1, lines, `${pad}- `);
            else lines.push(`${pad}- ${inline(item)}`);
        }
        return;
    }
    let first = lead;
    for (const [name, item] of Object.entries(value)) {
        const head = `${first ?? pad}${scalar(name)}:`;
        first = null;
        if (item !== null && typeof item === 'object' && Object.keys(item).length) {
            lines.push(head);
            write(item, Array.isArray(item) ? indent : indent + 1, lines, null);
        } else lines.push(`${head} ${inline(item)}`);
    }
}

function inline(item) {
    if (item !== null && typeof item === 'object') return Array.isArray(item) ? '[]' : '{}';
    return scalar(item);
}

// An object as lines of YAML.
export function yamlOf(object) {
    const lines = [];
    write(object, 0, lines, null);
    return lines;
}

// Where `file:line` points to.
export function parsePlace(place) {
    const match = /^(.*):(\d+)$/.exec(place ?? '');
    return match ? { file: match[1], line: Number(match[2]) } : null;
}

// The lines of the document that a place is in: `{file, first, lines}`; null if the story does not have the file.
export function documentAt(files, place) {
    const at = parsePlace(place);
    const text = at && textOf(files, at.file);
    if (!text) return null;
    const all = text.split('\n');
    const isBorder = (line) => line.startsWith('---');
    let first = Math.min(at.line, all.length) - 1;
    while (first > 0 && !isBorder(all[first - 1])) first--;
    let last = Math.max(at.line - 1, first);
    while (last + 1 < all.length && !isBorder(all[last + 1])) last++;
    while (last > first && !all[last].trim()) last--;
    return { file: at.file, first: first + 1, lines: all.slice(first, last + 1) };
}

// The same for one object; null if that document is not its own: the file may have been another since.
export function documentOf(files, place, kind, name) {
    const found = documentAt(files, place);
    const says = (field, value) => found.lines.some((line) => {
        const at = line.search(new RegExp(`(^|[\\s{,"'-])${field}["']?\\s*:`));
        return at >= 0 && line.slice(at).replace(/^[^:]*:\s*/, '').split(/[\s,}"'#]/).find(Boolean) === value;
    });
    return found && says('kind', kind) && says('name', name) ? found : null;
}

// A file by its name, or by the end of its path.
function textOf(files, file) {
    if (files.has(file)) return files.get(file);
    for (const [name, text] of files.entries()) if (name.endsWith(`/${file}`) || file.endsWith(`/${name}`)) return text;
    return null;
}
