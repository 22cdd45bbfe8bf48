/**
 * Who is at the page, and with which key.
 *
 *     import { openSession } from "./session.js";
 *     const { user, client } = await openSession();             // asks for a name if there is none
 *     const { client } = await openSession({ needsUser: false });  // user may be null then
 *
 * The user is `?user=` of the address, else who it was last in this browser, else a window asks.
 * The key comes in the fragment, `#key=attune_…`, which browsers send nowhere; it leaves the
 * address bar at once and is kept for this tab. Where a call is answered 401, a window asks for a
 * key and the call is made again, so that pages need not care; who closes the window gets the 401.
 * An element with the attribute `data-session` shows who it is, with a button to change that.
 */

import { AttuneClient, ProblemError } from "./client/index.js";
import { askForLine } from "./dialogs.js";
import { html } from "./drawing.js";
import { browser, tab } from "./keep.js";

const USER = "attune.user";
const KEY = "attune.key";
const UNAUTHORIZED = 401;
const MAX_ID = 200;
const ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]*$/;

/**
 * @param {{needsUser?: boolean, fetch?: typeof fetch}} [options] `fetch` sends the calls, in the
 *   place of the browser's
 * @returns {Promise<{user: string | null, client: AttuneClient}>}
 */
export async function openSession({ needsUser = true, fetch } = {}) {
  takeKey();
  const user = knownUser() ?? (needsUser ? await askForUser() : null);
  showUser(user);
  return { user, client: asking(new AttuneClient("", { key: () => tab.get(KEY), fetch })) };
}

/** Forget who was at the page in this browser, and the key of this tab. */
export function closeSession() {
  browser.set(USER, null);
  tab.set(KEY, null);
}

/** Return what the operator set, as in `{listen_s: 5, …}`; what is missing is left out. */
export function readSettings() {
  const written = document.querySelector('meta[name="attune-settings"]')?.content ?? "";
  return written.startsWith("{") && !written.startsWith("{{") ? JSON.parse(written) : {};
}

/** Return a link to another page for the same user. */
export function linkFor(path, user) {
  return user === null ? path : `${path}?${new URLSearchParams({ user })}`;
}

function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key === null) return;
  tab.set(KEY, key);
  history.replaceState(history.state, "", location.pathname + location.search);
}

function knownUser() {
  const named = new URLSearchParams(location.search).get("user");
  if (named !== null && faultOf(named) === null) {
    browser.set(USER, named);
    return named;
  }
  return browser.get(USER);
}

async function askForUser() {
  let user = null;
  while (user === null) {
    user = await askForLine({
      title: "Who is listening?",
      text: "Your answers are kept under this name, and predictions for it learn from them.",
      field: "Your name here",
      button: "Begin",
      isNeeded: true,
      fault: faultOf,
    });
  }
  browser.set(USER, user);
  return user;
}

function faultOf(user) {
  if (user === "") return "A name is needed.";
  if (user.length > MAX_ID) return `The name has ${user.length} characters; at most ${MAX_ID} fit.`;
  if (ID.test(user)) return null;
  return "Only letters A to Z, digits and . _ : @ - fit, the first a letter or a digit.";
}

function showUser(user) {
  for (const place of document.querySelectorAll("[data-session]")) {
    const change = html("button", { type: "button", class: "quiet" }, "Change");
    change.addEventListener("click", changeUser);
    const said = user === null ? "Nobody in particular" : `Listener: ${user}`;
    place.replaceChildren(html("span", { class: "muted" }, said), change);
  }
}

async function changeUser() {
  browser.set(USER, null);
  await askForUser();
  location.assign(location.pathname); // without ?user=, which would win
}

/** Return a client whose calls, refused for want of a key, ask for one and are made again. */
function asking(client) {
  return new Proxy(client, {
    get: (_, name) => (typeof client[name] === "function" ? (...given) => again(client, name, given) : client[name]),
  });
}

function again(client, name, given) {
  const made = client[name](...given);
  return Symbol.asyncIterator in made
    ? iterated(made, () => client[name](...given))
    : made.catch(async (error) => {
        await newKey(error);
        return again(client, name, given);
      });
}

async function* iterated(items, anew) {
  let isBegun = false;
  try {
    for await (const item of items) {
      isBegun = true;
      yield item;
    }
  } catch (error) {
    if (isBegun) throw error;
    await newKey(error);
    yield* iterated(anew(), anew);
  }
}

let question = null;

/** Return once there is another key; throw the error where a key would not help or none came. */
async function newKey(error) {
  if (!(error instanceof ProblemError && error.status === UNAUTHORIZED)) throw error;
  // Calls that are refused together ask together.
  question ??= askForKey(error.detail).finally(() => {
    question = null;
  });
  if ((await question) === null) throw error;
}

async function askForKey(detail) {
  const key = await askForLine({
    title: "A key is needed",
    text: detail,
    field: "Key (attune_…)",
    button: "Use it",
    isSecret: true,
    fault: (written) => (written.startsWith("attune_") ? null : "A key begins with attune_."),
  });
  if (key !== null) tab.set(KEY, key);
  return key;
}
