/** The page /dashboard: how Attune is used and how well it predicts, for its operator. */

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
import { byId } from "./elements.js";
import { errorMessage } from "./messages.js";
import { forgetKey, openSession } from "./session.js";

/** The cards: a part of the overview, its sentence, its figure. */
const CARDS = [
  { name: "labels_per_day", words: daysWords, figure: daysFigure },
  { name: "users_by_labels", words: usersWords, figure: usersFigure },
  { name: "accuracy", words: accuracyWords, figure: accuracyFigure },
  { name: "strategies", words: strategiesWords, figure: strategiesFigure },
  { name: "listeners", words: listenersWords, figure: listenersFigure },
  { name: "snapshots", words: snapshotsWords, figure: snapshotsFigure },
  { name: "latency", words: latencyWords, figure: latencyFigure },
];
const COUNTS = ["n_users", "n_labels", "n_tracks"];

async function begin() {
  const { client } = await openSession({ needsUser: false });
  byId("refresh").addEventListener("click", () => refresh(client));
  byId("other-key").addEventListener("click", () => {
    forgetKey();
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
    setState(reason(error));
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
  setState(`As of ${form.format(new Date(overview.at))}.`);
}

/** Return why there is nothing to show. */
function reason(error) {
  if (error.status === 401) return "The dashboard needs a key with the scope admin. Press Refresh.";
  if (error.status === 403) return "This key may not see the dashboard. It needs the scope admin.";
  return `The figures did not load: ${errorMessage(error)}`;
}

function setState(text) {
  byId("state").textContent = text;
}

await begin();
