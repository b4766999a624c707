// `cargo xtask paint`: how soon the explorer's pages are there on loopback, each time in a fresh profile. A benchmark and no
// test: what is measured depends on what else the computer does.

import { alone, logIn, open, run } from './support.mjs';

const TIMES = 20;

/** What a page did by now: first paint, the diagram drawn; and what was transferred. */
const measured = (page) => page.evaluate(() => {
  const at = (name) => performance.getEntriesByName(name)[0]?.startTime;
  const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  return { paint: at('first-paint'), drawn: at('drawn'), files: files.length, KB: files.reduce((sum, { transferSize }) => sum + transferSize, 0) / 1024 };
});

/** Two visits in a fresh profile: with a new process and nothing stored, and again. */
async function visits(bench, address) {
  const page = await bench.page();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('.score-row')) return;
      performance.mark('drawn');
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  const seen = [];
  for (const times of ['first', 'again']) {
    await page.goto(`${bench.system.issuer}/${address}`);
    if (address !== '') await page.locator('#connection[data-state="live"]').waitFor();
    await page.waitForFunction(() => performance.getEntriesByName('first-paint').length > 0);
    seen.push({ times, ...await measured(page) });
  }
  await page.context().close();
  return seen;
}

await alone(async (bench) => {
  const page = await open(bench);
  await run(page, () => logIn(page));
  await page.context().close();
  console.log('                      median [least greatest], in ms');
  // The server's front page has no script: what this browser takes here for any page.
  for (const address of ['', 'explore', 'inspect']) {
    const all = [];
    for (let times = 0; times < TIMES; times += 1) all.push(...await visits(bench, address));
    for (const times of ['first', 'again']) {
      for (const name of ['paint', 'drawn', 'files', 'KB']) {
        const sorted = all.filter((one) => one.times === times && one[name] !== undefined).map((one) => one[name]).sort((a, b) => a - b);
        if (sorted.length === 0) continue;
        const [least, median, greatest] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map((index) => sorted[index]?.toFixed(0));
        console.log(`/${address.padEnd(7)} ${times} ${name.padEnd(5)} ${String(median).padStart(6)} [${least} ${greatest}]`);
      }
    }
  }
});
