// The page /explore: puts the parts together, and says what is shown again when something changes.

import { listen, publishedKeys, recordingOf, startRun, steerRun } from './view/api.js';
import { byId, fill, h } from './view/dom.js';
import { Diagram } from './view/diagram.js';
import { hideHint } from './view/hint.js';
import { showStep } from './view/panel.js';
import { Stepper } from './view/stepper.js';
import { trailOf } from './view/trail.js';
import { channelPhrase } from './view/words.js';
import { Controls, segments } from './explore/controls.js';
import { clearNotices, notify, say, showConnection } from './explore/notices.js';
import { Player } from './explore/player.js';
import { Session } from './explore/session.js';

/** @import { Run, Tables } from './types.d.ts' */
/** @import { Row } from './view/diagram.js' */
/** @import { StepperAct } from './view/stepper.js' */

class Page {
  #session;
  #player;
  #diagram;
  #stepper;
  #controls;
  #read;
  #rules;
  #open = /** @type {Set<string>} */ (new Set());
  #due = false;
  #shown = '';
  #content = '';
  #panel = h('div', { class: 'step' });

  /** @param {Tables} tables */
  constructor(tables) {
    this.#rules = new Map(tables.rules.map((rule) => [rule.id, rule]));
    this.#session = new Session(tables, (flow) => flow, () => this.#changed());
    this.#player = new Player(this.#session);
    this.#diagram = new Diagram(byId('score'), (index) => this.#goTo(index));
    const bar = h('div', null);
    this.#stepper = new Stepper(bar, (act) => void this.#act(act));
    this.#read = segments('How the step is told', 'read', [['learner', 'Learner'], ['developer', 'Developer'], ['auditor', 'Auditor']],
      this.#session.at.read, (value) => this.#session.go({ read: value === 'developer' || value === 'auditor' ? value : 'learner' }));
    fill(byId('step'), h('div', { class: 'desk-bar' }, bar, this.#read.node), this.#panel);
    this.#controls = new Controls(byId('controls'), this.#session, { start: () => void this.start(null), stop: () => void this.#steer('cancel') });
    addEventListener('popstate', () => {
      this.#player.stop();
      this.#session.returned();
    });
    this.#connect();
    void this.#fetchFlow();
    this.#draw();
  }

  #connect() {
    listen({
      exchange: (exchange) => this.#session.addExchange(exchange),
      run: (run) => this.#ran(run),
      state: showConnection,
    });
  }

  /** A link may name a flow that the ring still holds elsewhere, or no longer. */
  async #fetchFlow() {
    const { flow, step } = this.#session.at;
    if (!flow) return;
    try {
      const recording = await recordingOf(flow);
      if (this.#session.book.find(flow)) return;
      const { at } = this.#session;
      this.#session.open(recording);
      this.#session.go({ ...at, step }, { back: false });
    } catch (error) {
      if (!this.#session.book.find(flow)) notify('warn', `This link names the login ${flow}, which the recorder no longer has. ${String(error instanceof Error ? error.message : error)}`);
    }
  }

  /** @param {string | null} attack */
  async start(attack) {
    clearNotices();
    const { at } = this.#session;
    const { pace, who } = this.#controls.manner;
    const tab = who === 'real' && !attack ? window.open('about:blank', '_blank') : null;
    try {
      const run = await startRun({ table: at.table, pkce: at.pkce, attack, mode: attack ? 'live' : pace, user: attack ? 'script' : who });
      this.#session.runId = run.id;
      this.#session.go({ attack, flow: null, step: '1', view: 'walk' });
      this.#session.addRun(run);
      if (tab && run.open) tab.location.href = run.open;
      else tab?.close();
      if (run.user === 'real' && run.open && !tab) {
        notify('warn', 'The browser did not open a window for the login.', h('a', { class: 'button small', href: run.open, target: '_blank', rel: 'opener' }, 'Open it'));
      }
      this.#player.follow();
    } catch (error) {
      tab?.close();
      notify('bad', `It did not start. ${error instanceof Error ? error.message : error}`);
    }
  }

  /** @param {Run} run */
  #ran(run) {
    this.#session.addRun(run);
    if (run.id !== this.#session.runId) return;
    if (run.state === 'failed') notify('bad', `The run failed. ${run.trouble ?? ''}`.trim());
    this.#player.nudge();
  }

  /** @param {'next' | 'finish' | 'cancel'} order */
  async #steer(order) {
    const { run } = this.#session;
    if (!run) return;
    await steerRun(run.id, order).catch((error) => notify('bad', String(error.message)));
  }

  /** @param {StepperAct} act */
  async #act(act) {
    const { rows } = this.#session;
    const index = this.#session.indexIn(rows);
    if (act === 'play') {
      if (this.#player.mode === 'off') this.#player.play();
      else this.#player.stop();
      this.#changed();
      return;
    }
    if (act === 'next' && rows[index]?.held) {
      this.#player.follow();
      await this.#steer('next');
      return;
    }
    this.#goTo({ first: 0, back: Math.max(index - 1, 0), next: Math.min(index + 1, rows.length - 1), last: rows.length - 1 }[act]);
  }

  /** @param {number} index */
  #goTo(index) {
    this.#player.stop();
    const row = this.#session.rows[index];
    if (row) this.#session.go({ step: row.key });
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
    const { tables, table, at, flow, run } = this.#session;
    const rows = this.#session.rows;
    const index = this.#session.indexIn(rows);
    const row = rows[index];
    const running = run?.state === 'running' || run?.state === 'waiting';
    this.#controls.show({ running, known: flow !== null });
    this.#read.set(at.read);
    byId('desk').hidden = at.view === 'compare';
    byId('compare').hidden = at.view !== 'compare';
    if (!row) return;
    const attacked = rows.some(({ view }) => view.by === 'Attacker');
    this.#diagram.show(rows, index, attacked ? [...tables.actors, 'Attacker'] : tables.actors, table?.title ?? 'Steps');
    this.#stepper.show({ index, total: rows.length, playing: this.#player.mode !== 'off', held: row.held });
    this.#drawStep(rows, index);
  }

  /** @param {Row[]} rows @param {number} index */
  #drawStep(rows, index) {
    const row = /** @type {Row} */ (rows[index]);
    const { at, flow, masked } = this.#session;
    const name = JSON.stringify([at.table, at.pkce, at.attack, flow?.id, row.key]);
    const entered = name !== this.#shown;
    const content = JSON.stringify([at.read, masked, row.view, row.held]);
    if (!entered && this.#content === content) return;
    this.#content = content;
    if (entered) this.#open.clear();
    hideHint();
    showStep(this.#panel, {
      row, index, total: rows.length, ran: flow !== null, rules: this.#rules,
      reading: {
        read: at.read, fresh: new Set(row.view.fresh), open: this.#open, keys: publishedKeys, at: (row.view.at ?? Date.now()) / 1000,
        trail: trailOf(rows, index), go: (other) => this.#goTo(other),
      },
    });
    if (!entered) return;
    this.#shown = name;
    this.#diagram.follow();
    this.#diagram.travel(index);
    say(`${row.view.number === null ? 'Move' : 'Step'} ${row.chip}: ${row.view.title}. ${row.view.from} to ${row.view.to}. ${channelPhrase(row.view.channel)}.`);
  }
}

const tables = await fetch('/explore/assets/data/tables.json').then((response) => response.json());
new Page(tables);
