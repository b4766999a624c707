// A flow as the text of a Mermaid sequence diagram, for a bug report or a document.

import { fieldsOf } from './fresh.js';

/** @import { StepView, Tables } from '../types.d.ts' */

const ACTORS = ['User', 'Browser', 'Client App', 'Authorization Server', 'Resource Server'];
/** Solid for the front channel, broken for the back channel, open for what people do. */
const ARROWS = { front: '->>', back: '-->>', user: '-)' };
/** Values are left out: a diagram is for sharing. Names that say most stand first. */
const NAMES = 6;

/**
 * @param {StepView[]} steps
 * @param {{ tables?: Tables, title?: string }} [options]
 * @returns {string}
 */
export function toMermaid(steps, { tables, title } = {}) {
  const shown = steps.filter(({ state }) => state !== 'missing');
  const attackers = shown.some(({ from, to }) => [from, to].includes('Attacker')) ? ['Attacker'] : [];
  const lines = ['sequenceDiagram'];
  if (title !== undefined) lines.unshift('---', `title: ${JSON.stringify(title)}`, '---');
  for (const name of [...ACTORS, ...attackers])
    lines.push(`  ${name === 'User' ? 'actor' : 'participant'} ${idOf(name)} as ${name}`);
  for (const step of shown) {
    const [from, to] = [idOf(step.from), idOf(step.to)];
    lines.push(`  ${from}${ARROWS[step.channel]}${to}: ${plain(label(step))}`);
    if (step.state === 'inferred') lines.push(`  Note over ${from},${to}: not seen, inferred`);
    if (step.state === 'waiting') lines.push(`  Note over ${from},${to}: waits`);
    if (step.refused)
      lines.push(
        `  Note over ${to}: ${plain(`stopped by ${step.refused.rule ?? 'an error'}${sectionOf(step.refused.rule, tables)}`)}`,
      );
  }
  return `${lines.join('\n')}\n`;
}

/** @param {StepView} step */
function label({ number, title, channel, messages }) {
  const first = messages[0];
  const names = first?.exchange
    ? fieldsOf(first.exchange, first.side)
        .filter(({ where }) => where !== 'header')
        .map(({ name }) => name)
    : [];
  const few = [...new Set(names)].slice(0, NAMES);
  const more = few.length > 0 ? ` (${few.join(', ')}${new Set(names).size > NAMES ? ', …' : ''})` : '';
  return `${number === null ? '' : `${number}. `}${title}${more}${channel === 'user' ? '' : ` [${channel} channel]`}`;
}

/** @param {string | null} rule @param {Tables | undefined} tables */
function sectionOf(rule, tables) {
  const section = tables?.rules.find(({ id }) => id === rule)?.section;
  return section === undefined ? '' : `, ${section}`;
}

/** @param {string} name */
const idOf = (name) => name.replaceAll(' ', '');

/** Characters that end a message, or begin an entity, in Mermaid's grammar. */
const ENTITIES = /** @type {Record<string, string>} */ ({
  '#': '#35;',
  ';': '#59;',
  '<': '#lt;',
  '>': '#gt;',
  '%': '#37;',
});

/** @param {string} text */
function plain(text) {
  return text.replace(/[\r\n]+/g, ' ').replace(/[#;<>%]/g, (character) => ENTITIES[character] ?? character);
}
