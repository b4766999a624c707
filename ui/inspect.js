// The page /inspect: every login that reaches this server, of whatever client, laid on the steps and judged.

import { listen, publishedKeys, publishedMetadata, recordingOf } from './view/api.js';
import { byId, fill, h, stale } from './view/dom.js';
import { copyButton } from './view/params.js';
import { Diagram } from './view/diagram.js';
import { hideHint } from './view/hint.js';
import { showStep } from './view/panel.js';
import { Stepper } from './view/stepper.js';
import { trailOf } from './view/trail.js';
import { channelPhrase, clockTime, count } from './view/words.js';
import { segments } from './explore/controls.js';
import { notify, say, showConnection } from './explore/notices.js';
import { Player } from './explore/player.js';
import { lanesOf } from './explore/rows.js';
import { FROM_FILE, Share } from './explore/share.js';
import { showBeside } from './inspect/beside.js';
import { findingList } from './inspect/findings.js';
import { showHabits } from './inspect/habits.js';
import { showList } from './inspect/list.js';
import { showLoose } from './inspect/loose.js';
import { InspectorSession } from './inspect/session.js';
import { diagnose } from './model/diagnose/index.js';
import { gotLess } from './model/lint/scopes.js';

/** @import { Finding, Flow, Lint, Tables } from './types.d.ts' */
/** @import { Row } from './view/diagram.js' */
/** @import { StepperAct } from './view/stepper.js' */

/** Milliseconds after which what the recorder has is there. */
const SETTLED = 700;

class Page {
  #session;
  #player;
  #diagram;
  #stepper;
  #read;
  #rules;
  #share;
  #panel = h('div', { class: 'step' });
  #open = /** @type {Set<string>} */ (new Set());
  #due = false;
  #shown = '';
  #content = '';
  #asked = false;

  /** @param {Tables} tables */
  constructor(tables) {
    this.#rules = new Map(tables.rules.map((rule) => [rule.id, rule]));
    this.#session = new InspectorSession(tables, () => this.#changed(), 'developer');
    this.#player = new Player(this.#session);
    this.#diagram = new Diagram(byId('score'), (index) => this.#goTo(index));
    const bar = h('div', null);
    this.#stepper = new Stepper(bar, (act) => this.#act(act));
    this.#read = segments('How the step is told', 'read', [['learner', 'Learner'], ['developer', 'Developer'], ['auditor', 'Auditor']],
      this.#session.at.read, (value) => this.#session.go({ read: value === 'learner' || value === 'auditor' ? value : 'developer' }));
    fill(byId('step'), h('div', { class: 'desk-bar' }, bar, this.#read.node), this.#panel);
    this.#share = new Share(byId('share'), this.#session);
    pointHere();
    setTimeout(() => { byId('point').toggleAttribute('open', this.#session.flows().length === 0); }, SETTLED);
    this.#listen();
    void this.#fetchFlow();
    this.#draw();
  }

  #listen() {
    addEventListener('popstate', () => {
      this.#player.stop();
      this.#session.returned();
    });
    listen({
      exchange: (exchange) => this.#session.addExchange(exchange),
      run: (run) => this.#session.addRun(run),
      reset: () => this.#session.reset(),
      clock: ({ ahead }) => { this.#session.ahead = ahead * 1000; this.#changed(); },
      state: showConnection,
    });
  }

  /** A link may name a login that the ring no longer has. */
  async #fetchFlow() {
    const { flow } = this.#session.at;
    if (!flow) return;
    if (flow.startsWith(FROM_FILE)) {
      notify('warn', 'This link names a login from a file. Open the file again to see it.');
      return;
    }
    await recordingOf(flow).then(
      async (recording) => {
        const { flowFromRecording } = await import('./model/read.js');
        if (!this.#session.book.find(flow)) this.#session.open(flowFromRecording(recording));
      },
      (error) => { if (!this.#session.findFlow(flow)) notify('warn', `This link names the login ${flow}, which the recorder no longer has. ${error.message}`); },
    );
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
    } else {
      this.#goTo({ first: 0, back: Math.max(index - 1, 0), next: Math.min(index + 1, last), last }[act]);
    }
  }

  /** @param {number} index */
  #goTo(index) {
    this.#player.stop();
    const row = this.#session.rows[index];
    if (row) this.#session.go({ step: row.key, flow: this.#session.whole?.id ?? null });
  }

  /** @param {Finding} finding */
  #see(finding) {
    this.#player.stop();
    const flow = finding.flow ?? this.#session.whole?.id ?? null;
    this.#session.go({ flow, step: finding.step === null ? null : String(finding.step) });
    byId('desk').scrollIntoView({ block: 'nearest' });
  }

  /** Asks once which scopes there are, when a client got less than it asked for. */
  async #askForScopes() {
    if (this.#asked || !gotLess(this.#session.flows())) return;
    this.#asked = true;
    this.#session.metadata = await publishedMetadata();
    this.#changed();
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
    const { at, flow, tables, table } = this.#session;
    void this.#askForScopes();
    /** @type {Map<string | null, Lint>} */
    const lints = new Map();
    const lintOf = (/** @type {string | null} */ client) => {
      const known = lints.get(client) ?? this.#session.lintOf(client);
      lints.set(client, known);
      return known;
    };
    showList(byId('logins'), this.#session, lintOf, (id) => this.#choose(id));
    this.#drawFollow();
    this.#drawHead(flow);
    this.#drawFindings(flow);
    showHabits(byId('habits'), flow && lintOf(flow.client_id), (finding) => this.#see(finding));
    showBeside(byId('beside'), this.#session, (id) => { this.#session.other = id; this.#changed(); });
    showLoose(byId('loose'), this.#session.book.loose());
    this.#read.set(at.read);
    this.#share.show();
    const rows = this.#session.rows;
    const index = this.#session.indexIn(rows);
    this.#diagram.show(rows, index, lanesOf(rows, tables), table?.title ?? 'Steps');
    this.#stepper.show({ index, total: rows.length, playing: this.#player.mode !== 'off', held: null });
    this.#drawStep(rows, index);
  }

  /** @param {string} id */
  #choose(id) {
    this.#player.stop();
    this.#session.go({ flow: id, step: null });
  }

  #drawFollow() {
    const root = byId('follow');
    const chosen = this.#session.at.flow !== null;
    if (!stale(root, chosen)) return;
    fill(root, chosen
      ? h('button', { type: 'button', class: 'button small', onclick: () => this.#session.go({ flow: null, step: null }) }, 'Follow the newest')
      : h('p', { class: 'quiet' }, 'Following the newest login.'));
  }

  /** @param {Flow | null} flow */
  #drawHead(flow) {
    const root = byId('flow-head');
    if (!stale(root, flow && [flow.id, flow.state, flow.exchanges.length, flow.ended])) return;
    if (!flow) {
      fill(root, h('h2', { id: 'flow-title' }, 'Waiting for a login'), h('p', { class: 'quiet' }, 'These are the steps that it will be laid on.'));
      return;
    }
    const lasted = flow.ended === null ? '' : `, ${Math.max(0, Math.round(flow.ended - flow.began))} ms from first to last`;
    fill(root, h('h2', { id: 'flow-title' }, `Login ${flow.id}`),
      h('p', { class: 'quiet' }, h('span', { class: 'mono' }, flow.client_id ?? 'no client named itself'), ` at ${clockTime(flow.began)}, ${count(flow.exchanges.length, 'request')}${lasted}`));
  }

  /** @param {Flow | null} flow */
  #drawFindings(flow) {
    const root = byId('findings');
    const others = this.#session.flows().filter(({ id }) => id !== flow?.id);
    if (!stale(root, flow && [flow.id, flow.state, flow.exchanges.map(({ id, took }) => [id, took]), others.length])) return;
    if (!flow) return void fill(root);
    const findings = diagnose(flow, this.#session.tables, { flows: others, loose: this.#session.book.loose(), now: this.#session.now });
    // What the explorer does on purpose is nobody's mistake.
    const staged = flow.run?.attack && h('p', { class: 'notice' }, 'An attack that the explorer made on purpose. It is not held against the client.');
    const good = flow.state === 'done' && h('p', { class: 'notice notice-good' }, 'Nothing is wrong with this login.');
    fill(root, findings.length > 0 ? findingList(findings, (finding) => this.#see(finding)) : (staged || good));
    if (findings[0] && flow.state === 'refused') say(`Login ${flow.id} was refused: ${findings[0].title}`);
  }

  /** @param {Row[]} rows @param {number} index */
  #drawStep(rows, index) {
    const row = rows[index];
    if (!row) return;
    const { at, flow, masked } = this.#session;
    const name = JSON.stringify([flow?.id, row.key]);
    const entered = name !== this.#shown;
    const content = JSON.stringify([at.read, masked, row.view]);
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
    const first = this.#shown === '';
    this.#shown = name;
    if (first) return;
    this.#diagram.travel(index);
    say(`Step ${row.chip}: ${row.view.title}. ${row.view.from} to ${row.view.to}. ${channelPhrase(row.view.channel)}.`);
  }
}

/** What a client has to be told. */
function pointHere() {
  fill(byId('point-issuer'), location.origin);
  fill(byId('point-metadata'), `${location.origin}/.well-known/openid-configuration`);
  const client = JSON.stringify({ client_name: 'My client', redirect_uris: ['http://localhost:3000/callback'], token_endpoint_auth_method: 'none', scope: 'openid profile read:files' });
  const order = `curl ${location.origin}/register -H 'content-type: application/json' \\\n  -d '${client}'`;
  fill(byId('point-register'), order);
  byId('point-register').after(copyButton(order, 'Copy'));
}

new Page(await fetch('/explore/assets/data/tables.json').then((response) => response.json()));
