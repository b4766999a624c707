// The page /explore: puts the parts together, and says what is shown again when something changes.

import { listen, publishedKeys, recordingOf } from './view/api.js';
import { byId, fill, h, stale, still } from './view/dom.js';
import { Diagram } from './view/diagram.js';
import { hideHint } from './view/hint.js';
import { Lab, proofView } from './view/lab.js';
import { showStep } from './view/panel.js';
import { Stepper } from './view/stepper.js';
import { trailOf } from './view/trail.js';
import { channelPhrase } from './view/words.js';
import { readPlace } from './explore/address.js';
import { showAttacks } from './explore/attacks.js';
import { showCompare } from './explore/compare.js';
import { Controls, segments, startWord } from './explore/controls.js';
import { Faults } from './explore/faults.js';
import { followLinks } from './explore/links.js';
import { notify, say, showConnection } from './explore/notices.js';
import { outcomeOf } from './explore/outcome.js';
import { Player } from './explore/player.js';
import { hashedAt, lanesOf, secretsOf } from './explore/rows.js';
import { Runner } from './explore/runner.js';
import { Session } from './explore/session.js';
import { FROM_FILE, Share } from './explore/share.js';
import { flowFromRecording } from './model/read.js';

/** @import { Attack, Run, Tables } from './types.d.ts' */
/** @import { Row } from './view/diagram.js' */
/** @import { StepperAct } from './view/stepper.js' */

class Page {
  #session;
  #player;
  #runner;
  #diagram;
  #stepper;
  #controls;
  #read;
  #rules;
  #share;
  #lab = new Lab(byId('lab-body'));
  #faults = new Faults(byId('fault-list'));
  #panel = h('div', { class: 'step' });
  #open = /** @type {Set<string>} */ (new Set());
  #due = false;
  #shown = '';
  #content = '';

  /** @param {Tables} tables */
  constructor(tables) {
    this.#rules = new Map(tables.rules.map((rule) => [rule.id, rule]));
    this.#session = new Session(tables, () => this.#changed());
    this.#player = new Player(this.#session);
    this.#runner = new Runner(this.#session);
    this.#diagram = new Diagram(byId('score'), (index) => this.#goTo(index));
    const bar = h('div', null);
    this.#stepper = new Stepper(bar, (act) => this.#act(act));
    this.#read = segments('How the step is told', 'read', [['learner', 'Learner'], ['developer', 'Developer'], ['auditor', 'Auditor']],
      this.#session.at.read, (value) => this.#session.go({ read: value === 'developer' || value === 'auditor' ? value : 'learner' }));
    fill(byId('step'), h('div', { class: 'desk-bar' }, bar, this.#read.node), this.#panel);
    this.#controls = new Controls(byId('controls'), this.#session, { start: () => void this.#logIn(), steer: (order) => void this.#runner.steer(order) });
    this.#share = new Share(byId('share'), this.#session);
    this.#listen();
    void this.#fetchFlow();
    this.#draw();
  }

  #listen() {
    addEventListener('popstate', () => {
      this.#player.stop();
      this.#session.returned();
    });
    followLinks((search) => {
      this.#player.stop();
      this.#session.go({ ...readPlace(search), read: this.#session.at.read });
      this.#toDesk();
    });
    listen({
      exchange: (exchange) => this.#session.addExchange(exchange),
      run: (run) => this.#runner.heard(run),
      reset: () => this.#session.reset(),
      clock: (clock) => this.#faults.clock(clock),
      faults: (faults) => this.#faults.faults(faults),
      state: showConnection,
    });
  }

  /** A link may name a flow that the ring no longer has. */
  async #fetchFlow() {
    const { at } = this.#session;
    if (!at.flow) return;
    if (at.flow.startsWith(FROM_FILE)) {
      notify('warn', 'This link names a login from a file. Open the file again to see it.');
      return;
    }
    try {
      const recording = await recordingOf(at.flow);
      if (this.#session.book.find(at.flow)) return;
      this.#session.open(flowFromRecording(recording));
      this.#session.go(at, { back: false });
    } catch (error) {
      if (this.#session.book.find(at.flow)) return;
      notify('warn', `This link names the login ${at.flow}, which the recorder no longer has. ${error instanceof Error ? error.message : error}`);
    }
  }

  async #logIn() {
    const { table, pkce } = this.#session.at;
    const run = await this.#runner.start({ table, pkce, attack: null }, this.#controls.manner);
    if (run) this.#watch(run);
  }

  /** @param {Attack} attack @param {boolean} pkce */
  async #attack(attack, pkce) {
    const run = await this.#runner.start({ table: attack.flow, pkce, attack: attack.name }, { pace: 'live', who: 'script' });
    if (run) this.#watch(run);
  }

  /** @param {Attack | null} attack */
  async #both(attack) {
    const table = attack?.flow ?? this.#session.at.table;
    this.#player.stop();
    this.#session.go({ table, attack: attack?.name ?? null, flow: null, step: null, view: 'compare' });
    await this.#runner.both({ table, attack: attack?.name ?? null });
  }

  /** Shows a run from its first step on. @param {Run} run */
  #watch(run) {
    this.#session.go({ table: run.table, pkce: run.pkce, attack: run.attack, flow: run.state === 'done' ? run.flow : null, step: '1', view: 'walk' });
    this.#toDesk();
    this.#player.follow();
  }

  #toDesk() {
    byId('desk').scrollIntoView({ behavior: still() ? 'auto' : 'smooth' });
  }

  /** @param {StepperAct} act */
  #act(act) {
    const { rows } = this.#session;
    const index = this.#session.indexIn(rows);
    const last = rows.length - 1;
    if (act === 'play') {
      if (this.#player.mode === 'off') this.#player.play();
      else this.#player.stop();
      this.#changed();
    } else if (act === 'next' && this.#session.heldUp(index)) {
      this.#player.follow();
      void this.#runner.letGo(rows[index]);
    } else {
      this.#goTo({ first: 0, back: Math.max(index - 1, 0), next: Math.min(index + 1, last), last }[act]);
    }
  }

  /** @param {number} index */
  #goTo(index) {
    this.#player.stop();
    const row = this.#session.rows[index];
    if (row) this.#session.go({ step: row.key, flow: this.#session.whole?.id ?? null, view: 'walk' });
  }

  /** Many things may come at once; the page is drawn once for all of them. */
  #changed() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#draw();
      this.#player.nudge();
    });
  }

  #draw() {
    const { at, flow, running } = this.#session;
    this.#controls.show({ running, known: flow !== null });
    this.#read.set(at.read);
    this.#share.show();
    byId('desk').hidden = at.view === 'compare';
    byId('compare').hidden = at.view !== 'compare';
    showAttacks(byId('attack-list'), this.#session, running, {
      run: (attack, pkce) => void this.#attack(attack, pkce), show: (run) => this.#watch(run),
    });
    if (at.view === 'compare') this.#drawCompare(running);
    else this.#drawWalk();
  }

  /** @param {boolean} running */
  #drawCompare(running) {
    if (stale(byId('verdict'), null)) fill(byId('verdict'));
    showCompare(byId('compare'), this.#session, {
      running, run: (attack) => void this.#both(attack),
      verdict: (flow) => outcomeOf(flow, this.#session, this.#rules, null),
      open: (pkce, step) => this.#session.go({ pkce, step, flow: this.#session.newest(pkce)?.id ?? null, view: 'walk' }),
    });
  }

  #drawWalk() {
    const { tables, table, flow } = this.#session;
    const rows = this.#session.rows;
    const index = this.#session.indexIn(rows);
    const row = rows[index];
    if (!row) return;
    this.#diagram.show(rows, index, lanesOf(rows, tables), table?.title ?? 'Steps');
    this.#stepper.show({ index, total: rows.length, playing: this.#player.mode !== 'off', held: this.#session.heldUp(index) ? (row.held ? 'here' : 'coming') : null });
    const verdict = byId('verdict');
    const told = this.#player.mode === 'off' ? flow : null;
    if (stale(verdict, [told?.run, told?.exchanges.length])) fill(verdict, outcomeOf(told, this.#session, this.#rules, (attack) => void this.#both(attack)));
    this.#lab.use(secretsOf(rows));
    this.#drawStep(rows, index);
  }

  /** What runs that which is shown, where nothing was run. */
  #startHere() {
    const { at, tables } = this.#session;
    const attack = tables.attacks.find(({ name }) => name === at.attack);
    const run = () => void (attack ? this.#attack(attack, at.pkce) : this.#logIn());
    return h('button', { type: 'button', class: 'button primary', onclick: run }, attack ? 'Run the attack' : startWord(at.table));
  }

  /** @param {Row[]} rows @param {number} index */
  #drawStep(rows, index) {
    const row = /** @type {Row} */ (rows[index]);
    const { at, flow, masked } = this.#session;
    const name = JSON.stringify([at.table, at.pkce, at.attack, flow?.id, row.key]);
    const entered = name !== this.#shown;
    const hashed = hashedAt(row, secretsOf(rows));
    const content = JSON.stringify([at.read, masked, row.view, row.held, hashed]);
    if (!entered && this.#content === content) return;
    this.#content = content;
    if (entered) this.#open.clear();
    hideHint();
    showStep(this.#panel, {
      row, index, total: rows.length, ran: flow !== null, rules: this.#rules, start: this.#session.running ? null : this.#startHere(),
      extra: hashed && proofView(hashed),
      reading: {
        read: at.read, fresh: new Set(row.view.fresh), open: this.#open, keys: publishedKeys, at: (row.view.at ?? Date.now()) / 1000,
        trail: trailOf(rows, index), go: (other) => this.#goTo(other),
      },
    });
    if (!entered) return;
    const first = this.#shown === '';
    this.#shown = name;
    if (first) return;
    this.#diagram.follow(this.#player.mode === 'off' ? byId('step') : null);
    this.#diagram.travel(index);
    say(`${row.view.number === null ? 'Move' : 'Step'} ${row.chip}: ${row.view.title}. ${row.view.from} to ${row.view.to}. ${channelPhrase(row.view.channel)}.`);
  }
}

new Page(await fetch('/explore/assets/data/tables.json').then((response) => response.json()));
