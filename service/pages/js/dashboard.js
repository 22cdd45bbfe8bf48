/** The page /dashboard: how Attune is used and how well it foretells, for who runs it. */

import {
  accuracyFigure,
  daysFigure,
  latencyFigure,
  snapshotsFigure,
  strategiesFigure,
  usersFigure,
} from "./dashboard-figures.js";
import { listenersFigure, listenersWords } from "./dashboard-listeners.js";
import {
  accuracyWords,
  daysWords,
  latencyWords,
  snapshotsWords,
  strategiesWords,
  usersWords,
} from "./dashboard-words.js";
import { tab } from "./keep.js";
import { openSession } from "./session.js";

/** Each card: which part of the overview, what is said of it, what is drawn of it. */
const CARDS = [
  { name: "labels_per_day", words: daysWords, figure: daysFigure },
  { name: "users_by_labels", words: usersWords, figure: usersFigure },
  { name: "accuracy", words: accuracyWords, figure: accuracyFigure },
  { name: "strategies", words: strategiesWords, figure: strategiesFigure },
  { name: "listeners", words: listenersWords, figure: listenersFigure },
  { name: "snapshots", words: snapshotsWords, figure: snapshotsFigure },
  { name: "latency", words: latencyWords, figure: latencyFigure },
];
const KEY = "attune.key"; // as session.js keeps it
const COUNTS = ["n_users", "n_labels", "n_tracks"];

const byId = (id) => document.getElementById(id);

async function begin() {
  const { client } = await openSession({ needsUser: false });
  byId("refresh").addEventListener("click", () => refresh(client));
  byId("other-key").addEventListener("click", () => {
    tab.set(KEY, null); // so that the next call is refused, and the session asks for a key
    refresh(client);
  });
  await refresh(client);
}

async function refresh(client) {
  byId("refresh").disabled = true;
  byId("other-key").hidden = true;
  try {
    show(await client.overview());
  } catch (error) {
    tell(reason(error));
    byId("other-key").hidden = error.status !== 403;
  } finally {
    byId("refresh").disabled = false;
  }
}

function show(overview) {
  byId("figures").hidden = false;
  for (const name of COUNTS) byId(name).textContent = overview[name].toLocaleString("en");
  for (const { name, words, figure } of CARDS) {
    const part = overview[name];
    byId(`${name}-words`).textContent = words(part);
    byId(`${name}-figure`).replaceChildren(...(part.length === 0 ? [] : [figure(part)]));
  }
  const form = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
  tell(`As of ${form.format(new Date(overview.at))}.`);
}

/** Why there is nothing to show, as a sentence. */
function reason({ status, detail, message }) {
  if (status === 401) return "The dashboard needs a key with the scope admin. Refresh asks for it.";
  if (status === 403) return `This key may not see the dashboard. ${detail}`;
  return `The figures could not be fetched: ${detail ?? message}`;
}

function tell(text) {
  byId("state").textContent = text;
}

await begin();
