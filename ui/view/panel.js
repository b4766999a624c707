// One step, told in one of three ways: plain words first, HTTP first, or rules first. The content is the same.

import { fill, h } from './dom.js';
import { messageView } from './message.js';
import { paramList } from './params.js';
import { rulesView } from './rules.js';
import { channelPhrase, count } from './words.js';

/** @import { Rule, StepView } from '../types.d.ts' */
/** @import { Row } from './diagram.js' */
/** @import { Reading } from './params.js' */

/**
 * @typedef {object} PanelProps
 * @property {Row} row
 * @property {number} index
 * @property {number} total
 * @property {boolean} ran whether there are real bytes, or only the table
 * @property {ReadonlyMap<string, Rule>} rules
 * @property {Reading} reading
 * @property {Node | null} [start] what makes it happen, where it has not
 * @property {Node | null} [extra] what belongs to this step alone: the hash, a verdict
 */

/**
 * Draws a step.
 * @param {HTMLElement} root
 * @param {PanelProps} props
 */
export function showStep(root, props) {
  const { row: { view }, reading } = props;
  const words = wordsOf(view, reading);
  const bytes = bytesOf(props);
  const rules = rulesView(view.checks, view.refused, props.rules, reading);
  const notes = view.notes.length > 0 && h('ul', { class: 'notes' }, view.notes.map((note) => h('li', null, note)));
  const refused = view.refused !== null;
  const orders = {
    learner: [[words, refused && rules, notes, props.extra], [bytes, !refused && rules]],
    developer: [[refused && rules, bytes], [props.extra, !refused && rules, notes, words]],
    auditor: [[rules, notes], [bytes, props.extra, words]],
  };
  const [main = [], side = []] = orders[reading.read];
  fill(root, headOf(props), h('div', { class: `step-flow is-${reading.read}` },
    h('div', { class: 'step-main' }, main), h('div', { class: 'step-side' }, side)));
}

/** @param {PanelProps} props */
function headOf({ row, index, total }) {
  const { view } = row;
  const place = view.number === null ? `${view.by === 'Attacker' ? 'The attacker’s move' : 'A move'}, ${index + 1} of ${total}` : `Step ${row.chip} of ${total}`;
  return h('header', { class: 'step-head' },
    h('p', { class: 'step-place' }, place),
    h('h2', { class: 'step-title' }, view.title),
    h('p', { class: 'step-way' },
      h('span', { class: 'step-actor' }, view.from), h('span', { class: 'step-to', 'aria-label': 'to' }, '→'), h('span', { class: 'step-actor' }, view.to),
      h('span', { class: `tag tag-${view.channel}` }, channelPhrase(view.channel, [view.from, view.to].includes('Attacker')))));
}

/** @param {StepView} view @param {Reading} reading */
function wordsOf(view, reading) {
  const label = reading.read === 'learner' ? null : h('h3', null, 'In words');
  return h('section', { class: 'words', 'aria-label': 'In words' }, label,
    h('p', { class: 'words-what' }, view.what),
    view.why && h('p', { class: 'words-why' }, h('strong', null, 'Why. '), view.why));
}

/** @param {PanelProps} props */
function bytesOf({ row: { view, held }, ran, start, reading }) {
  if (!ran) {
    const then = start ? 'Run it, and its bytes stand here.' : 'Once it was, its bytes stand here.';
    return h('div', { class: 'nothing-yet' }, h('p', null, `Nothing was sent yet. ${then}`), start);
  }
  const made = view.made.length > 0 && h('section', { class: 'message is-made', 'aria-label': 'Made here' },
    h('header', { class: 'message-head' }, h('h3', null, 'Made here'), h('span', { class: 'quiet' }, 'inside the client: later messages carry it')),
    h('div', { class: 'message-body' }, paramList(view.made, 'query', reading, { group: 'made' })));
  const messages = view.messages.map((message, index) => messageView(message, reading, `message/${index}`)).filter((node) => node !== null);
  const first = messages.slice(0, 2);
  const rest = messages.slice(2);
  return h('section', { class: 'bytes', 'aria-label': 'What was sent' },
    held && h('p', { class: 'notice notice-warn' }, 'This message is held on its way. “Let it go” sends it on.'),
    made, first,
    rest.length > 0 && h('details', { class: 'drawer rest', open: reading.open.has('rest') }, h('summary', null, `${count(rest.length, 'more message')} of this step`), rest),
    !made && messages.length === 0 && h('p', { class: 'nothing-yet' }, emptiness(view, held)));
}

/** @param {StepView} view @param {boolean} held */
function emptiness(view, held) {
  if (held) return 'Its bytes are under way.';
  if (view.state === 'inferred') return 'Nobody saw this message, so no bytes are shown: they would be invented.';
  if (view.state === 'seen') return 'It carries no bytes of its own.';
  if (view.state === 'refused') return 'The bytes of this move were not kept.';
  return 'The flow has not come this far.';
}
