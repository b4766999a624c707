// The hash of PKCE, taken apart: the verifier's bytes, their SHA-256, its base64url, and the challenge that the server
// kept (RFC 7636 §4.2). One character of the verifier changed, and nothing fits any more.

import { base64url } from '../model/bytes.js';
import { challengeOf, isVerifier } from '../model/pkce.js';
import { sha256 } from '../model/sha256.js';
import { fill, h, still, unseen } from './dom.js';
import { count } from './words.js';

/** The example of RFC 7636 §B. */
const SAMPLE = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';

export class Lab {
  #verifier = SAMPLE;
  #kept = challengeOf(SAMPLE);
  #source = h('p', { class: 'quiet' });
  #input = h('input', { type: 'text', id: 'lab-verifier', class: 'lab-input', spellcheck: 'false', autocapitalize: 'off', maxlength: '160' });
  #form = h('p', { class: 'quiet' });
  #ascii = h('ol', { class: 'lab-bytes' });
  #hash = h('ol', { class: 'lab-bytes lab-hash' });
  #made = h('p', { class: 'lab-challenge' });
  #want = h('p', { class: 'lab-challenge' });
  #verdict = h('p', { class: 'lab-verdict', role: 'status' });
  /** @type {string[]} */ #before = [];
  #stages;

  /** @param {HTMLElement} root */
  constructor(root) {
    const button = (/** @type {string} */ label, /** @type {() => void} */ act) => h('button', { type: 'button', class: 'button small', onclick: act }, label);
    this.#input.addEventListener('input', () => this.#draw());
    this.#stages = [
      stage('The verifier', 'Made by the client, and kept there.', h('label', { class: 'unseen', for: 'lab-verifier' }, 'code_verifier'), this.#input, this.#form,
        h('p', { class: 'lab-acts' }, button('Change one character', () => this.#change()), button('Put it back', () => this.#set(this.#verifier)),
          button('Show it slowly', () => this.#slowly()))),
      stage('Its bytes', 'Each character is one byte of ASCII.', this.#ascii),
      stage('SHA-256', '32 bytes, and no way back.', this.#hash),
      stage('In base64url', 'So that it fits into an address: the challenge.', this.#made),
      stage('What the server kept', 'The challenge of the authorization request, stored with the code.', this.#want, this.#verdict),
    ];
    fill(root, this.#source, h('div', { class: 'lab' }, this.#stages));
    this.use(null);
  }

  /**
   * Takes the values of a login.
   * @param {{ verifier: string, challenge: string } | null} real null: a sample
   */
  use(real) {
    const verifier = real?.verifier ?? SAMPLE;
    if (real && verifier === this.#verifier && real.challenge === this.#kept) return;
    this.#verifier = verifier;
    this.#kept = real?.challenge ?? challengeOf(SAMPLE);
    this.#before = [];
    fill(this.#source, real ? 'These are the values of the login above.' : 'These are the values of the example in RFC 7636. Log in above, and those of your login stand here.');
    this.#set(verifier);
  }

  /** @param {string} text */
  #set(text) {
    this.#input.value = text;
    this.#draw();
  }

  /** Changes one character of the verifier to another one that may stand there. */
  #change() {
    const text = this.#input.value;
    const at = Math.floor(Math.random() * Math.max(text.length, 1));
    const others = [...ALPHABET].filter((one) => one !== text[at]);
    const other = others[Math.floor(Math.random() * others.length)] ?? 'A';
    this.#set(text.slice(0, at) + other + text.slice(at + 1));
    this.#input.focus();
    this.#input.setSelectionRange(at, at + 1);
  }

  #slowly() {
    if (still()) return;
    this.#stages.forEach((node, index) => node.animate([{ opacity: 0.08 }, { opacity: 0.08, offset: 0.6 }, { opacity: 1 }], { duration: 700 * (index + 1), easing: 'ease-out' }));
  }

  #draw() {
    const text = this.#input.value;
    const bytes = [...new TextEncoder().encode(text)].map(hex);
    const digest = sha256(text);
    const hash = [...digest].map(hex);
    const challenge = base64url(digest);
    const ok = challenge === this.#kept;
    fill(this.#form, `${count(text.length, 'character')}${isVerifier(text) ? '' : '; 43 to 128 of A-Z a-z 0-9 - . _ ~ are allowed'}`);
    fill(this.#ascii, bytes.map((byte, index) => h('li', { title: [...text][index] ?? '' }, byte)));
    fill(this.#hash, hash.map((byte, index) => h('li', { class: this.#before.length > 0 && this.#before[index] !== byte ? 'is-changed' : null }, byte)));
    fill(this.#made, compared(challenge, this.#kept));
    fill(this.#want, this.#kept);
    const differing = [...challenge].filter((one, index) => one !== this.#kept[index]).length;
    this.#verdict.className = ok ? 'lab-verdict is-ok' : 'lab-verdict is-bad';
    fill(this.#verdict, h('strong', null, ok ? 'The same. ' : 'Not the same. '),
      ok ? 'The server hands out tokens.' : `${differing} of ${this.#kept.length} characters differ, and the server refuses: `, !ok && h('code', null, 'pkce.verifier_matches'), !ok && '.');
    this.#before = hash;
  }
}

/** @param {number} byte */
const hex = (byte) => byte.toString(16).padStart(2, '0');

/** @param {string} title @param {string} about @param {...(Node | false)} content */
function stage(title, about, ...content) {
  return h('section', { class: 'lab-stage' }, h('h3', null, title), h('p', { class: 'quiet' }, about), content);
}

/**
 * A text with the characters marked that another one has not.
 * @param {string} text
 * @param {string} other
 */
function compared(text, other) {
  const runs = [...text].reduce((/** @type {{ same: boolean, text: string }[]} */ all, one, index) => {
    const same = one === other[index];
    const last = all.at(-1);
    if (last && last.same === same) last.text += one;
    else all.push({ same, text: one });
    return all;
  }, []);
  return runs.map((run) => (run.same ? run.text : h('span', { class: 'differs' }, run.text, unseen(' (differs)'))));
}

/**
 * The comparison in one line, for the steps where it happens.
 * @param {{ verifier: string, challenge: string }} real
 */
export function proofView({ verifier, challenge }) {
  const made = challengeOf(verifier);
  return h('section', { class: 'proof', 'aria-label': 'The hash' },
    h('h3', null, 'From verifier to challenge'),
    h('dl', { class: 'params' },
      h('div', { class: 'param' }, h('dt', { class: 'param-name' }, 'hash of the verifier'), h('dd', { class: 'param-value' }, compared(made, challenge))),
      h('div', { class: 'param' }, h('dt', { class: 'param-name' }, 'code_challenge'), h('dd', { class: 'param-value' }, challenge))),
    h('p', null, h('strong', null, made === challenge ? 'The same. ' : 'Not the same. '), h('a', { href: '#lab' }, made === challenge ? 'Take it apart, and change a character' : 'Take the right one apart')));
}
