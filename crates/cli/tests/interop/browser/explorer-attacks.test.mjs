// The attacks: each is made for real by its button, with PKCE and without, and ends as the table says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bench, open, run } from './support.mjs';

const it = bench({ keep: true });
let page;
const tables = JSON.parse(readFileSync(new URL('../../../../../ui/data/tables.json', import.meta.url), 'utf8'));
const sections = new Map(tables.rules.map(({ id, section }) => [id, section]));

for (const attack of tables.attacks) {
  for (const [way, ending, name] of [['with PKCE', attack.with_pkce, 'With PKCE'], ['without PKCE', attack.without_pkce, 'Without']]) {
    const end = ending.stopped_by ? `is stopped by ${ending.stopped_by}` : 'succeeds, as it should';
    test(`${attack.name} ${way} ${end}`, async () => {
      page ??= await open(it);
      const cell = page.locator(`#attack-${attack.name}`).getByRole('button', { name: `${attack.title}, ${way}` });
      assert.equal(await cell.innerText(), name);
      const { state, verdict } = await run(page, () => cell.click());
      assert.deepEqual([state, verdict.ok, verdict.trouble ?? null], ['done', true, null]);
      assert.equal(verdict.stopped_by?.id ?? null, ending.stopped_by);

      const card = page.locator('.verdict', { hasText: `${attack.title}, ${way}` });
      await card.waitFor();
      const text = await card.innerText();
      assert.doesNotMatch(text, /not what should have happened/);
      assert.ok(text.includes(ending.cost), text);
      if (ending.stopped_by) await isStopped(card, ending.stopped_by);
      else assert.match(text, /The attack succeeded/);
      const thief = ending.moves.some(({ by, to }) => [by, to].includes('Attacker'));
      assert.equal(await page.locator('.score-head.is-attacker').count(), thief ? 1 : 0, 'the lane of the thief');
      assert.deepEqual(page.complaints, []);
    });
  }
}

/** The card names the rule and its section, and the diagram has the move that it refused. */
async function isStopped(card, rule) {
  assert.match(await card.getAttribute('class'), /is-stopped/);
  assert.match(await card.locator('h2').innerText(), /^Stopped/);
  assert.equal(await card.locator('.rule-foot code').innerText(), rule);
  assert.ok((await card.locator('.rule-foot').innerText()).includes(sections.get(rule)), `the section of ${rule}`);
  assert.ok(await page.locator('.score-row.is-refused').count() > 0, 'no move is shown as refused');
}
