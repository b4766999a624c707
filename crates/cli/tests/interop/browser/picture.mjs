// `cargo xtask picture`: the picture of the explorer in the README, taken of a login that was really made.

import { alone, choose, goTo, logIn, open, run } from './support.mjs';

const [path] = process.argv.slice(2);
const SCREEN = { colorScheme: 'light', viewport: { width: 1280, height: 900 } };

await alone(async (bench) => {
  const page = await open(bench, 'explore', SCREEN);
  await run(page, () => logIn(page));
  await goTo(page, '9');
  await choose(page, 'Learner');
  // From the controls down: the diagram with the step beside it.
  await page.locator('#controls').evaluate((node) => scrollTo(0, node.getBoundingClientRect().top + scrollY - 16));
  await page.evaluate(() => document.activeElement?.blur());
  await page.mouse.move(0, 0);
  await page.screenshot({ path, animations: 'disabled' });
});
