/**
 * "Remember this chat on this device": a token that opens the chat again for two weeks, in localStorage.  Never the
 * conversation, never without being asked, never on a shared device.  Fetched when the chat first opens.
 */
const name = (server) => `b12-chat-remembered:${server}`;

/** The token, null when there is none or the browser refuses. */
export function recall(server) {
  try {
    return localStorage.getItem(name(server));
  } catch {
    return null;
  }
}

/** Keep this token in place of any other; a nothing forgets.  False when the browser refuses. */
export function keep(server, token) {
  try {
    if (token) localStorage.setItem(name(server), token);
    else localStorage.removeItem(name(server));
    return true;
  } catch {
    return false;
  }
}
