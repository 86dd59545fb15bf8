// SPDX-License-Identifier: Apache-2.0
// The timeline: what happened, a lane for each sort, to be played and scrubbed; and beside it the same in words.
import { h, keyed, s, setAttributes, setText } from './dom.js';
import { inWords, isNotable, laneOf, lanes, seconds } from './words.js';

const BIN = 3;
const ROWS = 60;

const icons = { play: 'M4 2.2v11.6L13.5 8z', pause: 'M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z', back: 'M3 2.5h2v11H3zM13.5 2.5v11L5.6 8z', next: 'M11 2.5h2v11h-2zM2.5 2.5v11L10.4 8z' };
const icon = (name) => s('svg', { viewBox: '0 0 16 16', width: 13, height: 13, 'aria-hidden': 'true' }, s('path', { d: icons[name] }));

export class Timeline {
    constructor(root, log, controls) {
        Object.assign(this, { root, log, controls, lanesOfLines: [], notable: [] });
        this.makeButtons();
        this.svg = s('svg', { class: 'lanes', 'aria-hidden': 'true' });
        this.paths = lanes.map((lane) => s('path', { class: `lane ${lane.name}` }));
        this.marks = lanes.map(() => s('line', { class: 'lane-line' }));
        this.playhead = s('line', { class: 'playhead' });
        this.svg.append(...this.marks, ...this.paths, this.playhead);
        this.slider = h('input', { type: 'range', class: 'scrubber', min: 0, max: 1000, value: 0, step: 'any', 'aria-label': 'Moment of the story' });
        this.slider.addEventListener('input', () => controls.seek(Number(this.slider.value)));
        this.slider.addEventListener('keydown', (event) => this.pressed(event));
        this.names = h('div', { class: 'lane-names', 'aria-hidden': 'true' }, lanes.map((lane) => h('span', { class: lane.name }, h('i'), lane.title)));
        root.append(this.buttons, h('div', { class: 'lane-area' }, this.names, h('div', { class: 'track-area' }, this.svg, this.slider)));
        new ResizeObserver(([entry]) => {
            Object.assign(this, { drawnFor: null, width: entry.contentRect.width, height: entry.contentRect.height });
            controls.refresh();
        }).observe(this.svg);
        this.log.addEventListener('click', (event) => {
            const row = event.target.closest('[data-index]');
            if (row) controls.seekLine(Number(row.dataset.index));
        });
    }

    makeButtons() {
        const { controls } = this;
        const button = (label, text, action, extra) => h('button', { type: 'button', 'aria-label': label, title: label, onclick: action, ...extra }, text);
        this.back = button('Previous change', icon('back'), () => controls.step(-1));
        this.play = button('Play', icon('play'), () => controls.toggle(), { class: 'play' });
        this.next = button('Next change', icon('next'), () => controls.step(1));
        this.speed = h('select', { 'aria-label': 'Speed', onchange: () => controls.setSpeed(Number(this.speed.value)) }, [0.25, 0.5, 1, 2, 4, 16].map((each) => h('option', { value: each, selected: each === 1 }, `${each}×`)));
        this.live = h('button', { type: 'button', class: 'live-button', onclick: () => controls.goLive() }, h('i', { 'aria-hidden': 'true' }), 'Live');
        this.clock = h('output', { class: 'clock' });
        this.said = h('span', { class: 'now-words' });
        this.buttons = h('div', { class: 'transport', role: 'group', 'aria-label': 'Playing' }, this.back, this.play, this.next, this.speed, this.live, this.clock, this.said);
    }

    // The slider's own steps are milliseconds: the arrow keys go from change to change.
    pressed(event) {
        const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
        if (!steps) return;
        event.preventDefault();
        event.stopPropagation();
        this.controls.step(steps);
    }

    take(story) {
        if (this.dropped !== story.dropped) Object.assign(this, { dropped: story.dropped, lanesOfLines: [], notable: [], logged: null });
        for (let index = this.lanesOfLines.length; index < story.count; index++) {
            const lane = laneOf(story.lines[index]);
            this.lanesOfLines.push(lane === null ? -1 : lanes.findIndex((each) => each.name === lane));
            if (isNotable(story.lines[index])) this.notable.push(index);
        }
    }

    render({ story, count, time, live, playing, recorded }) {
        this.take(story);
        // While lines stream in, ten times a second is enough.
        const now = performance.now();
        if (live && this.wasLive && now - this.renderedAt < 100) {
            this.soon ??= setTimeout(() => { this.soon = null; this.controls.refresh(); }, 110);
            return;
        }
        Object.assign(this, { renderedAt: now, wasLive: live });
        const span = Math.max(1, story.end - story.start);
        const width = this.width ?? 0;
        const drawn = `${story.count} ${width} ${span}`;
        if (drawn !== this.drawnFor && width) this.draw(story, width, span, drawn);
        const x = ((time - story.start) / span) * width;
        setAttributes(this.playhead, { x1: x.toFixed(1), x2: x.toFixed(1) });
        setAttributes(this.slider, { min: story.start, max: story.start + span, 'aria-valuetext': `${seconds(time - story.start)} of ${seconds(span)}` });
        if (document.activeElement !== this.slider || Math.abs(Number(this.slider.value) - time) > 0.5) this.slider.value = time;
        setText(this.clock, `${seconds(time - story.start)} / ${seconds(span)}`);
        if (this.playing !== playing) this.play.replaceChildren(icon(playing ? 'pause' : 'play'));
        this.playing = playing;
        setAttributes(this.play, { 'aria-label': playing ? 'Pause' : 'Play', title: playing ? 'Pause (Space)' : 'Play (Space)' });
        this.live.hidden = recorded;
        setAttributes(this.live, { 'aria-pressed': `${live}` });
        this.renderLog(story, count);
    }

    // How much of each sort there is in each few pixels, by its logarithm: one is seen, and a thousand are no wall.
    draw(story, width, span, drawn) {
        // While lines stream in, four times a second is enough for the past.
        const now = performance.now();
        if (this.drawnFor && now - this.drawnAt < 250 && this.drawnWidth === width) {
            this.later ??= setTimeout(() => { this.later = null; this.controls.refresh(); }, 260);
            return;
        }
        Object.assign(this, { drawnFor: drawn, drawnAt: now, drawnWidth: width });
        const height = this.height || lanes.length * 14;
        const lane = height / lanes.length;
        const bins = lanes.map(() => new Map());
        for (let index = 0; index < story.count; index++) {
            const at = this.lanesOfLines[index];
            if (at < 0) continue;
            const bin = Math.floor(((story.lines[index].t - story.start) / span) * (width - 2) / BIN);
            bins[at].set(bin, (bins[at].get(bin) ?? 0) + 1);
        }
        bins.forEach((counts, index) => {
            const foot = (index + 1) * lane - 2;
            const bars = [];
            for (const [bin, number] of counts) {
                const tall = Math.min(lane - 4, 4 + 2.2 * Math.log2(number));
                bars.push(`M${(bin * BIN + 1).toFixed(1)} ${foot.toFixed(1)}v${(-tall).toFixed(1)}`);
            }
            this.paths[index].setAttribute('d', bars.join(''));
            setAttributes(this.marks[index], { x1: 0, x2: width, y1: foot + 1, y2: foot + 1 });
        });
        setAttributes(this.playhead, { y1: 0, y2: height });
    }

    renderLog(story, count) {
        let low = 0;
        let high = this.notable.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.notable[middle] < count) low = middle + 1;
            else high = middle;
        }
        if (this.logged === low && this.loggedOf === story) return;
        Object.assign(this, { logged: low, loggedOf: story });
        const rows = this.notable.slice(Math.max(0, low - ROWS), low).reverse();
        keyed(this.log, rows, (index) => story.lines[index].n ?? index, (index) => logRow(story, index), (row, index) => setAttributes(row.firstChild, { 'data-index': index }));
        [...this.log.children].forEach((row, index) => setAttributes(row, { 'aria-current': index === 0 ? 'true' : null }));
        setText(this.said, rows.length ? inWords(story.lines[rows[0]]) : '');
    }
}

function logRow(story, index) {
    const line = story.lines[index];
    return h('li', { class: `log-row ${laneOf(line) ?? ''}` }, h('button', { type: 'button' }, h('time', null, seconds(line.t - story.start)), h('i', { 'aria-hidden': 'true' }), h('span', null, inWords(line))));
}
