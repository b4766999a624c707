// Every view of the explorer and of the inspector: accessible in both themes, and nowhere wider than its screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench, choose, goTo, logIn, open, overhang, run, violations } from './support.mjs';

const it = bench();
/** An empty server, for the views of nothing. */
const empty = bench();
const SIZES = [{ width: 360, height: 740 }, { width: 1280, height: 800 }, { width: 1920, height: 1080 }];

/** Looks at what a page or a part of it shows, on each screen; gives all that is wrong, a line each. */
async function faults(page, name, part = 'html') {
  const wrong = [];
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const line of await violations(page, part)) wrong.push(`${name}, ${size.width} px: ${line}`);
    const wider = await overhang(page);
    if (wider > 0) wrong.push(`${name} is ${wider} px wider than a screen of ${size.width} px`);
  }
  return [...wrong, ...page.complaints.splice(0)];
}

for (const colorScheme of ['light', 'dark']) {
  test(`the explorer is accessible and fits on each screen, before a login and after, ${colorScheme}`, async () => {
    const wrong = await faults(await open(empty, 'explore', { colorScheme }), 'nothing run');
    const page = await open(it, 'explore', { colorScheme });
    await run(page, () => logIn(page));
    wrong.push(...await faults(page, 'after a login'));
    for (const reading of ['Learner', 'Developer', 'Auditor']) {
      await choose(page, reading);
      for (const step of ['1', '8', '9']) {
        await goTo(page, step);
        wrong.push(...await faults(page, `step ${step} as ${reading}`, '#desk'));
      }
    }
    assert.deepEqual(wrong, []);
  });

  test(`the explorer is accessible and fits on each screen, after an attack and side by side, ${colorScheme}`, async () => {
    const page = await open(it, 'explore', { colorScheme });
    await run(page, () => page.locator('#attack-stolen-code button').first().click());
    await page.locator('.verdict').waitFor();
    const wrong = await faults(page, 'after an attack');
    await choose(page, 'Side by side');
    await page.locator('.compare-table').waitFor();
    wrong.push(...await faults(page, 'side by side'));
    assert.deepEqual(wrong, []);
  });

  test(`the inspector is accessible and fits on each screen, ${colorScheme}`, async () => {
    const wrong = await faults(await open(empty, 'inspect', { colorScheme }), 'nothing seen');
    for (const path of ['/Callback', '/callback/']) {
      await fetch(`${it.system.issuer}/authorize?client_id=demo-web&state=${colorScheme}&redirect_uri=${it.system.webApp}${path}`);
    }
    const page = await open(it, 'inspect', { colorScheme });
    await page.locator('.watched-flow.is-refused').first().click();
    await page.locator('[data-finding^="redirect_uri."]').first().waitFor();
    wrong.push(...await faults(page, 'a refused login'));
    await page.selectOption('#other', { index: 1 });
    await page.locator('table.beside').waitFor();
    wrong.push(...await faults(page, 'two logins compared', '#beside'));
    assert.deepEqual(wrong, []);
  });
}

for (const name of ['explore', 'inspect']) {
  test(`/${name} weighs at most 150 KB, with all that it keeps ready for a server that is gone`, async () => {
    const page = await open(empty, name);
    await page.waitForFunction(() => ['explore/files.js', 'model/har_import.js', 'model/recording.js'].every((file) => performance.getEntriesByName(`${location.origin}/explore/assets/${file}`).length > 0));
    const weight = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter(({ name }) => !name.includes('/api/')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0));
    assert.ok(weight > 50_000 && weight <= 150_000, `${weight} bytes`);
  });
}
