// What is shown, to take along: as a recording, as HAR, as Mermaid, as SVG, as a link; and a recording to open.

import { post } from '../view/api.js';
import { attribute, fill, h } from '../view/dom.js';
import { copyButton } from '../view/params.js';
import { notify } from './notices.js';

/** @import { Flow } from '../types.d.ts' */
/** @import { Session } from './session.js' */

/** @typedef {typeof import('./files.js')} Files */
/** @typedef {import('./files.js').Written} Written */

/** What the name of a flow begins with that came from a file and not from the recorder. */
export const FROM_FILE = 'file:';

export class Share {
  #session;
  #masked = true;
  #hide = h('button', { type: 'button', class: 'toggle small', role: 'switch' }, 'Hide secrets on this page');
  #save;
  #said = h('p', { class: 'quiet', role: 'status' });
  /** Reading and writing files: after all that is shown first, but before the server may be gone. */
  #files = import('./files.js');

  /**
   * @param {HTMLElement} root
   * @param {Session} session
   */
  constructor(root, session) {
    this.#session = session;
    this.#hide.addEventListener('click', () => session.hide(!session.masked));
    const mask = h('input', { type: 'checkbox', checked: true });
    mask.addEventListener('change', () => { this.#masked = mask.checked; });
    const file = h('input', { type: 'file', class: 'unseen', accept: '.json,.har,.log,.jsonl,.ndjson,application/json', id: 'open-file' });
    file.addEventListener('change', () => void this.#open(file));
    const save = (/** @type {string} */ label, /** @type {() => void} */ act) => h('button', { type: 'button', class: 'button small', onclick: act }, label);
    this.#save = [
      save('Recording', () => void this.#withFlow((files, flow) => files.asRecording(flow, nameOf(flow), this.#masked))),
      save('HAR', () => void this.#withFlow((files, flow) => files.asHar(this.#masked ? session.mask(flow) : flow, nameOf(flow)))),
      save('Mermaid', () => void this.#files.then((files) => download(files.asMermaid(session)))),
      save('SVG', () => void this.#files.then((files) => download(files.asFigure(session)))),
    ];
    fill(root,
      h('div', { class: 'share-group' }, this.#hide),
      h('div', { class: 'share-group' }, h('span', { class: 'share-label' }, 'Save as'), this.#save,
        h('label', { class: 'check' }, mask, h('span', null, 'secrets masked'))),
      h('div', { class: 'share-group' }, copyButton('', 'Copy link', { fresh: () => location.href, look: 'button small' }), file, h('label', { class: 'button small', for: 'open-file' }, 'Open a recording'),
        h('button', { type: 'button', class: 'button small', onclick: () => void this.#clear() }, 'Forget all')),
      this.#said);
  }

  show() {
    const { flow, masked } = this.#session;
    attribute(this.#hide, 'aria-checked', String(masked));
    this.#save.slice(0, 2).forEach((button) => attribute(button, 'aria-disabled', String(flow === null)));
  }

  /** @param {(files: Files, flow: Flow) => Written} write */
  async #withFlow(write) {
    const flow = this.#session.whole;
    if (flow) download(write(await this.#files, flow));
    else fill(this.#said, 'There is nothing to save yet: log in first.');
  }

  /** @param {HTMLInputElement} input */
  async #open(input) {
    const file = input.files?.[0];
    if (!file) return;
    try {
      const [files, text] = await Promise.all([this.#files, file.text()]);
      const flow = files.readFile(file.name, text);
      this.#session.open({ ...flow, id: `${FROM_FILE}${flow.id}` });
      notify('good', `This is ${file.name}, as it was recorded. Nothing of it is sent anywhere.`);
    } catch (error) {
      notify('bad', `${file.name} can't be opened. ${error instanceof Error ? error.message : error}`);
    }
    input.value = '';
  }

  async #clear() {
    await post('/clear').then(() => this.#session.clear(), (error) => notify('bad', error.message));
  }
}

/** @param {Flow} flow */
const nameOf = (flow) => flow.id.replace(FROM_FILE, '');

/** @param {Written} file */
function download({ name, type, text }) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
