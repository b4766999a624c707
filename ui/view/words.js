// Words that several parts of the pages use for the same thing.

/** @param {string} channel */
export function channelWord(channel) {
  return { front: 'front', back: 'back', user: 'user' }[channel] ?? channel;
}

/** @param {string} channel @param {boolean} [attacker] whether one end is no server of the login */
export function channelPhrase(channel, attacker = false) {
  const phrases = {
    front: 'Front channel: through the browser, where others may read it',
    back: attacker ? 'Back channel: a request of the attacker’s own, past the browser' : 'Back channel: from server to server, out of everybody’s sight',
    user: 'The user’s own act',
  };
  return phrases[/** @type {keyof typeof phrases} */ (channel)] ?? channel;
}

/**
 * A count with its noun.
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/**
 * A length of time in words.
 * @param {number} seconds
 */
export function lasting(seconds) {
  const whole = Math.abs(Math.round(seconds));
  if (whole < 90) return count(whole, 'second');
  if (whole < 90 * 60) return count(Math.round(whole / 60), 'minute');
  if (whole < 36 * 3600) return count(Math.round(whole / 3600), 'hour');
  return count(Math.round(whole / 86400), 'day');
}

/**
 * A moment as seen from another, both in seconds since 1970.
 * @param {number} moment
 * @param {number} from
 */
export function relative(moment, from) {
  const apart = Math.round(moment - from);
  if (apart === 0) return 'at that moment';
  return apart > 0 ? `${lasting(apart)} later` : `${lasting(apart)} before`;
}

/**
 * The time of day with thousandths, as logs have it.
 * @param {number} ms since 1970
 */
export function clockTime(ms) {
  const date = new Date(ms);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const day = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/**
 * Microseconds in the unit that reads best.
 * @param {number} took
 */
export function duration(took) {
  if (took < 1000) return `${took} µs`;
  if (took < 1_000_000) return `${(took / 1000).toFixed(1)} ms`;
  return `${(took / 1_000_000).toFixed(2)} s`;
}
