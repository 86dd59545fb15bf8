// SPDX-License-Identifier: Apache-2.0
// The page: lines come in, a moment is shown, and what the reader does changes which moment and what is chosen.
import { byId, fill, h, setText } from './dom.js';
import { embeddedStory, follow } from './feed.js';
import { Inspector, selectionOf } from './inspector.js';
import { listenForKeys, shortcutDialog, startTheme } from './keys.js';
import { wayThrough } from './layout.js';
import { legend, Picture } from './picture.js';
import { ServiceList } from './services.js';
import { Story } from './story.js';
import { Tables } from './tables.js';
import { Timeline } from './timeline.js';
import { Traffic } from './traffic.js';
import { inWords, isNotable, isSpoken } from './words.js';

const SPOKEN_EVERY = 1200;

class Page {
    story = new Story();
    count = 0;
    time = 0;
    live = true;
    playing = false;
    speed = 1;
    chosen = null;
    selection = null;
    unspoken = [];

    constructor() {
        const recorded = embeddedStory();
        this.recorded = recorded !== null;
        this.picture = new Picture(byId('picture'), (id, { second }) => (second ? this.chooseSecond(id) : this.choose(id)));
        this.picture.onresize = () => this.refresh();
        this.picture.onlayout = () => this.traffic?.clear();
        this.traffic = new Traffic(this.picture);
        this.services = new ServiceList(byId('services'), byId('workloads'), byId('filter'), (id) => this.choose(id));
        this.services.onfilter = () => this.refresh();
        this.inspector = new Inspector(byId('inspector'), { choose: (id) => this.choose(id), live: !this.recorded, drawWay: (places) => this.drawWay(places) });
        this.tables = new Tables(byId('tables'), (id) => this.choose(id));
        this.timeline = new Timeline(byId('timeline'), byId('log'), this);
        byId('legend').append(legend());
        this.bind();
        if (this.recorded) this.open(recorded);
        else this.listen();
    }

    bind() {
        const toggleTheme = startTheme(byId('theme'));
        const dialog = shortcutDialog();
        byId('help').addEventListener('click', () => dialog.showModal());
        byId('view').addEventListener('click', () => this.toggleView());
        listenForKeys({
            ' ': () => this.toggle(), l: () => this.goLive(), v: () => this.toggleView(), d: toggleTheme, '?': () => dialog.showModal(), '/': () => byId('filter').focus(),
            w: () => this.selection && this.inspector.open('Why and trace'), Escape: () => this.choose(null), step: (steps) => this.step(steps),
        });
    }

    // A recording: all lines at once, and the moment when the lab was there as it was found.
    open(lines) {
        for (const line of lines) this.story.add(line);
        this.live = false;
        const opened = this.story.lines.findIndex((line) => line.kind === 'ready');
        this.count = opened < 0 ? this.story.countAt(this.story.start) : opened + 1;
        this.time = this.story.lines[this.count - 1]?.t ?? 0;
        document.body.classList.add('recorded');
        this.say('recorded', this.story.count ? 'Recording' : 'Empty recording');
        this.render();
    }

    listen() {
        this.say('waiting', 'Connecting');
        follow((line) => this.take(line), (state) => this.say(state, state === 'live' ? 'Live' : 'Connection lost: trying again'));
    }

    take(line) {
        if (!this.story.add(line)) return;
        if (this.live) this.pass(line);
        this.count -= Math.min(this.count, this.story.trim());
        if (line.kind === 'end') this.say('ended', inWords(line));
        this.refresh();
    }

    // A line goes by, forwards: connections are drawn, and what matters is spoken.
    pass(line) {
        if (line.kind === 'connection') this.flights = [...(this.flights ?? []).slice(-40), line];
        else if (isSpoken(line)) this.speak(inWords(line));
    }

    speak(words) {
        this.unspoken.push(words);
        this.speaking ??= setTimeout(() => {
            this.speaking = null;
            const last = this.unspoken.slice(-3);
            const more = this.unspoken.length - last.length;
            setText(byId('spoken'), `${more > 0 ? `${more} changes; ` : ''}${last.join('; ')}.`);
            this.unspoken = [];
        }, SPOKEN_EVERY);
    }

    say(state, words) {
        const status = byId('status');
        status.dataset.state = state;
        setText(status.lastElementChild, words);
    }

    refresh() {
        this.frame ??= requestAnimationFrame(() => {
            this.frame = null;
            this.render();
        });
    }

    get state() {
        return this.live ? this.story.head : this.story.after(this.count);
    }

    render() {
        if (this.live) [this.count, this.time] = [this.story.count, this.story.end];
        const state = this.state;
        if (this.chosen !== this.selection?.id || (this.selection && this.selection.object !== selectionOf(state, this.chosen)?.object)) this.selection = selectionOf(state, this.chosen);
        const view = { state, selection: this.selection };
        this.heading(state);
        this.picture.render(view);
        this.services.render(view);
        this.inspector.render(view);
        this.tables.render(view);
        this.timeline.render({ story: this.story, count: this.count, time: this.time, live: this.live, playing: this.playing, recorded: this.recorded });
        for (const line of (this.flights ?? []).splice(0)) this.traffic.show(state, line, this.playing ? this.speed : 1);
        document.body.dataset.count = this.count;
    }

    heading(state) {
        if (this.headed === state) return;
        this.headed = state;
        const name = state.lab?.name ?? 'Lab';
        setText(byId('lab-name'), name);
        if (state.lab) document.title = `${name} · Lab`;
        const size = (kind) => state.kinds.get(kind)?.size ?? 0;
        const facts = state.lab ? [`${size('Node')} nodes`, `${size('Pod')} Pods`, `${size('Service')} Services`, state.lab.proxyMode, `revision ${state.revision}`] : [];
        setText(byId('lab-facts'), facts.filter(Boolean).join(' · '));
        document.body.dataset.revision = state.revision;
        const step = state.step;
        byId('step').hidden = !step;
        if (step) setText(byId('step'), `${step.number}/${step.count} ${step.title}`), (byId('step').dataset.state = step.state);
        const faults = [...state.faults.values()];
        byId('faults').hidden = !faults.length;
        if (this.faults !== state.faults) fill(byId('faults'), faults.slice(0, 6).map((each) => h('span', { class: 'fault' }, each.text ?? each.id)));
        this.faults = state.faults;
    }

    choose(id) {
        const focused = document.activeElement?.closest?.('#inspector') && !id;
        const before = this.chosen;
        this.chosen = id === this.chosen ? null : id;
        if (!this.chosen) this.drawWay([]);
        document.body.classList.toggle('inspecting', Boolean(this.chosen));
        this.render();
        if (focused && before) this.refocus(before);
    }

    // Who closes the panel by keyboard goes back to where they came from.
    refocus(id) {
        const item = [...document.querySelectorAll('[data-focus]')].find((each) => each.dataset.focus === id);
        if (item) item.focus();
        else this.picture.focus(id);
    }

    chooseSecond(id) {
        if (!id || !this.selection) return this.choose(id);
        this.inspector.setEnd('from', this.selection);
        this.inspector.setEnd('to', selectionOf(this.state, id));
        this.render();
    }

    // Marks the way of a journey in the picture.
    drawWay(places) {
        const { points } = wayThrough(places.map((each) => each.replace(/^lab-[^-]+-/, '')), this.picture.drawn);
        this.picture.route(points);
    }

    toggleView() {
        const tables = byId('tables');
        tables.hidden = !tables.hidden;
        byId('picture').hidden = !tables.hidden;
        byId('legend').hidden = !tables.hidden;
        byId('view').setAttribute('aria-pressed', `${!tables.hidden}`);
        this.render();
    }

    // What the timeline's buttons do.
    seek(time) {
        Object.assign(this, { live: false, playing: false, time, count: this.story.countAt(time) });
        this.traffic.clear();
        this.refresh();
    }

    seekLine(index) {
        Object.assign(this, { live: false, playing: false, count: index + 1, time: this.story.lines[index].t });
        this.traffic.clear();
        this.refresh();
    }

    // From change to change: those that are in the list of what happened.
    step(steps) {
        let index = this.count - 1;
        for (let left = Math.abs(steps); left > 0; left--) {
            const from = index;
            do index += Math.sign(steps); while (this.story.lines[index] && !isNotable(this.story.lines[index]));
            if (!this.story.lines[index]) { index = from; break; }
        }
        if (this.story.lines[index]) this.seekLine(index);
    }

    toggle() {
        if (this.playing) this.playing = false;
        else if (this.live) this.live = false;
        else {
            if (this.count >= this.story.count) this.seekLine(0);
            this.playing = true;
            this.played = performance.now();
            requestAnimationFrame((now) => this.advance(now));
        }
        this.refresh();
    }

    advance(now) {
        if (!this.playing) return;
        this.time = Math.min(this.story.end, this.time + Math.max(0, now - this.played) * this.speed);
        this.played = now;
        const count = this.story.countAt(this.time);
        for (let index = this.count; index < count; index++) this.pass(this.story.lines[index]);
        this.count = Math.max(this.count, count);
        this.render();
        if (this.count < this.story.count) return void requestAnimationFrame((next) => this.advance(next));
        this.playing = false;
        if (!this.recorded) this.live = true;
        this.refresh();
    }

    setSpeed(speed) {
        this.speed = speed;
    }

    goLive() {
        if (this.recorded) return;
        Object.assign(this, { live: true, playing: false });
        this.refresh();
    }
}

new Page();
