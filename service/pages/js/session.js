/**
 * The user of a page and their API key.
 *
 *     const { user, client } = await openSession();                // asks for a name if there is none
 *     const { client } = await openSession({ needsUser: false });  // user may be null
 *
 * The user is `?user=` of the address, else the last one in this browser, else a dialog asks. The
 * key is in the fragment, `#key=attune_…`, which browsers do not send; it is moved from the address
 * bar to the storage of this tab. If a call fails with 401, a dialog asks for a key and the call is
 * repeated; closing the dialog throws the 401. Elements with the attribute `data-session` show the
 * user and a button to change it.
 */

import { AttuneClient, ProblemError } from "./client/index.js";
import { askForLine } from "./dialogs.js";
import { html } from "./elements.js";
import { errorMessage } from "./messages.js";
import { browser, tab } from "./storage.js";

const USER = "attune.user";
const KEY = "attune.key";
const UNAUTHORIZED = 401;
const MAX_ID = 256;
const ID = /^[A-Za-z0-9_-][A-Za-z0-9._:@+|=~-]*$/;

/**
 * @param {{needsUser?: boolean, fetch?: typeof fetch}} [options] `fetch` replaces the
 *   browser's
 * @returns {Promise<{user: string | null, client: AttuneClient}>}
 */
export async function openSession({ needsUser = true, fetch } = {}) {
  storeKey();
  const user = knownUser() ?? (needsUser ? await askForUser() : null);
  showUser(user);
  return { user, client: withKeyDialog(new AttuneClient("", { key: () => tab.get(KEY), fetch })) };
}

/** Forget the user of this browser and the key of this tab. */
export function closeSession() {
  browser.set(USER, null);
  forgetKey();
}

/** Forget the key of this tab, so that the next call asks for one. */
export function forgetKey() {
  tab.set(KEY, null);
}

/** Return the operator's settings, as in `{listen_s: 5, …}`. */
export function readSettings() {
  const written = document.querySelector('meta[name="attune-settings"]')?.content ?? "";
  return written.startsWith("{") && !written.startsWith("{{") ? JSON.parse(written) : {};
}

/** Return a link to another page for the same user. */
export function linkFor(path, user) {
  return user === null ? path : `${path}?${new URLSearchParams({ user })}`;
}

function storeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key === null) return;
  tab.set(KEY, key);
  history.replaceState(history.state, "", location.pathname + location.search);
}

function knownUser() {
  const named = new URLSearchParams(location.search).get("user");
  if (named !== null && nameProblem(named) === null) {
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
      text: "Attune stores your answers under this name and learns from them.",
      field: "Your name here",
      button: "Begin",
      isRequired: true,
      check: nameProblem,
    });
  }
  browser.set(USER, user);
  return user;
}

/** Return what is wrong with a listener's name, or null. */
export function nameProblem(user) {
  if (user === "") return "Enter a name.";
  if (user.length > MAX_ID) return `This name is too long: use at most ${MAX_ID} characters.`;
  if (ID.test(user)) return null;
  return "Use only letters A to Z, digits and . _ : @ + | = ~ - and begin with a letter, a digit, - or _.";
}

function showUser(user) {
  for (const place of document.querySelectorAll("[data-session]")) {
    const change = html("button", { type: "button", class: "quiet" }, "Change");
    change.addEventListener("click", changeUser);
    const words = user === null ? "No listener chosen" : `Listener: ${user}`;
    place.replaceChildren(html("span", { class: "muted" }, words), change);
  }
}

async function changeUser() {
  browser.set(USER, null);
  await askForUser();
  location.assign(location.pathname); // ?user= would take precedence
}

/** Return a client that asks for a key and repeats the call if a call fails for want of one. */
function withKeyDialog(client) {
  return new Proxy(client, {
    get: (_, name) =>
      typeof client[name] === "function"
        ? (...given) => repeated(() => client[name](...given))
        : client[name],
  });
}

function repeated(call) {
  const reply = call();
  return Symbol.asyncIterator in reply
    ? iterated(reply, call)
    : reply.catch(async (error) => {
        await newKey(error);
        return repeated(call);
      });
}

async function* iterated(items, call) {
  let isBegun = false;
  try {
    for await (const item of items) {
      isBegun = true;
      yield item;
    }
  } catch (error) {
    if (isBegun) throw error;
    await newKey(error);
    yield* iterated(call(), call);
  }
}

let question = null;

/** Wait for another key; throw the error if a key does not help or none was given. */
async function newKey(error) {
  if (!(error instanceof ProblemError && error.status === UNAUTHORIZED)) throw error;
  // One dialog serves all calls that fail at once.
  question ??= askForKey(error).finally(() => {
    question = null;
  });
  if ((await question) === null) throw error;
}

async function askForKey(error) {
  const key = await askForLine({
    title: "You need a key",
    text: errorMessage(error),
    field: "Key (attune_…)",
    button: "Use it",
    isSecret: true,
    check: (written) => (written.startsWith("attune_") ? null : "A key begins with attune_."),
  });
  if (key !== null) tab.set(KEY, key);
  return key;
}
