// The page: fills what index.html holds. Text goes in as text, never as markup.

const WORDS = {
  openid: 'know that it is you',
  profile: 'know your name',
  'read:profile': 'see where your shelf is',
  'read:files': 'read your notes',
};

const TIMES = new Set(['exp', 'iat', 'auth_time', 'nbf', 'updated_at']);

export const find = (id) => document.getElementById(id);

/** Shows one of the page's states and hides the others. */
export function show(state) {
  for (const id of ['problem', 'welcome', 'inside']) find(id).hidden = id !== state;
  find('log-out').hidden = state !== 'inside';
  busy(null);
}

/** Says that something takes a moment; null ends it. */
export function busy(text) {
  find('busy').textContent = text ?? '';
  find('busy').hidden = !text;
}

export function problem({ title, text, detail }) {
  find('problem-title').textContent = title;
  find('problem-text').textContent = text;
  find('problem-detail').textContent = detail;
  show('problem');
}

export function hello(name) {
  find('hello').textContent = name ? `Hello, ${name}` : 'Hello, friend';
}

export function shelf(profile) {
  find('shelf').textContent = profile
    ? `${profile.shelf}. In front of it: ${profile.plant}.`
    : 'Where your shelf is, you kept to yourself.';
}

/** The list of files; null when they were not granted. */
export function files(list, open) {
  find('not-granted').hidden = list !== null;
  find('files').after(find('sheet'));
  const items = (list ?? []).map((file) => {
    const button = element('button', element('b', file.name), element('small', file.about));
    button.type = 'button';
    button.setAttribute('aria-expanded', 'false');
    button.addEventListener('click', () => open(file.name, button));
    return element('li', button);
  });
  find('files').replaceChildren(...items);
}

/** Opens a file below its entry, or closes it. */
export function sheet(file, button) {
  for (const other of find('files').querySelectorAll('[aria-expanded]')) {
    other.setAttribute('aria-expanded', String(other === button));
  }
  find('sheet').hidden = !file;
  find('sheet-name').textContent = file?.name ?? '';
  find('sheet-content').textContent = file?.content ?? '';
  if (file) {
    button.after(find('sheet'));
    find('sheet').focus({ preventScroll: true });
    find('sheet').scrollIntoView({ block: 'nearest' });
  }
}

export function claims(all) {
  const rows = Object.entries(all).flatMap(([name, value]) => [element('dt', name), element('dd', readable(name, value))]);
  find('claims').replaceChildren(...rows);
}

export function scopes(all) {
  const items = all.map(({ scope, granted }) => {
    const words = `${granted ? 'May' : 'May not'} ${WORDS[scope] ?? scope} `;
    const item = element('li', element('span', words, element('code', scope)));
    item.className = granted ? 'yes' : 'no';
    return item;
  });
  find('scopes').replaceChildren(...items);
}

export function lifetime(endsAt) {
  const seconds = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
  const left = seconds >= 120 ? `${Math.floor(seconds / 60)} min` : `${seconds} s`;
  const text = seconds > 0 ? `The access token is good for ${left}.` : 'The access token has run out; the next call renews it.';
  find('lifetime').textContent = endsAt === null ? '' : text;
}

/** Adds to what just happened; the newest is on top, and ten are enough. */
export function event(what) {
  const list = find('events');
  const item = element('li', what);
  item.value = (list.firstElementChild?.value ?? 0) + 1;
  list.prepend(item);
  while (list.children.length > 10) list.lastElementChild.remove();
}

function readable(name, value) {
  if (TIMES.has(name) && Number.isFinite(value)) return new Date(value * 1000).toLocaleString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
