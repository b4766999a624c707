// Errors, in words that help. Nothing here decides anything.

import {
  AuthorizationResponseError, OperationProcessingError, ResponseBodyError, WWWAuthenticateChallengeError,
} from '/assets/oauth4webapi.js';

/** The access ended: the user took it back, or the tokens ran out. */
export class AccessEnded extends Error {}

/** A callback came that this tab did not begin. */
export class NotUnderWay extends Error {}

/** What to show for an error: title, text, and a detail for developers. */
export function explain(error) {
  const detail = inDetail(error);
  if (error instanceof AccessEnded) {
    return {
      title: 'Your access was taken back',
      text: 'Somebody, probably you, disconnected Sprig, or the access ran out. Sprig can see nothing of yours any longer.',
      detail,
    };
  }
  if (error instanceof NotUnderWay) {
    return {
      title: 'This sign-in is not under way here',
      text: 'It was begun in another tab, at another address (127.0.0.1 is not localhost), or was finished before.',
      detail,
    };
  }
  if (error instanceof AuthorizationResponseError && error.error === 'access_denied') {
    return { title: 'Not this time', text: 'You said no, and that is fine. Sprig saw nothing of yours.', detail };
  }
  if (error instanceof TypeError) {
    return {
      title: 'No answer',
      text: 'Countersign or the root cellar could not be reached. Nothing is lost; try again in a moment.',
      detail,
    };
  }
  if (error instanceof OperationProcessingError) {
    return {
      title: 'This answer does not fit',
      text: 'Something came back that Sprig must not trust, so it did nothing with it. Begin again.',
      detail,
    };
  }
  return { title: 'That did not work', text: 'Sprig got an error in place of an answer. Begin again.', detail };
}

function inDetail(error) {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return [error.error, error.error_description].filter(Boolean).join(': ');
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const { error: code, error_description: description } = error.cause[0]?.parameters ?? {};
    return [error.status, code, description].filter(Boolean).join(' ');
  }
  return [error?.code, error?.message ?? String(error)].filter(Boolean).join(': ');
}
