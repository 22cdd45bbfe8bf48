/** The page /me: a listener's answers, what the model expects of them, and their rights. */

import { askForLine } from "./dialogs.js";
import { html } from "./drawing.js";
import { browser, tab } from "./keep.js";
import { showHabits, showOwnTracks } from "./me-own.js";
import { showAnswers, showConsistency, showDifference, showHits } from "./me-picture.js";
import { summary } from "./me-words.js";
import { closeSession, linkFor, openSession } from "./session.js";

const NOBODY = "user_not_found";

const byId = (id) => document.getElementById(id);

async function begin() {
  const { user, client } = await openSession();
  byId("label-more").href = linkFor("/annotate", user);
  byId("label-more").hidden = false;
  byId("export").addEventListener("click", () => attempt(() => exportLabels(client, user)));
  byId("forget").addEventListener("click", () => attempt(() => forget(client, user)));
  await show(client, user);
}

async function show(client, user) {
  try {
    const picture = await client.picture(user);
    byId("summary").textContent = summary(picture);
    setDrawn(true);
    showHabits(picture);
    showOwnTracks(picture, async (id) => (await client.getTrack(id, { userId: user })).audio_url);
    showAnswers(picture);
    showDifference(picture);
    showHits(picture);
    showConsistency(picture);
    byId("data").hidden = false;
  } catch (error) {
    byId("summary").textContent = reason(error, user);
    byId("data").hidden = error.code === NOBODY; // rights do not hang on a picture
  }
}

function setDrawn(isDrawn) {
  for (const card of document.querySelectorAll("[data-drawn]")) card.hidden = !isDrawn;
}

/** Why there is no picture, as a sentence. */
function reason(error, user) {
  if (error.code === NOBODY) {
    return `There are no answers of ${user}: none was given under this name, or it was forgotten.`;
  }
  return `Your picture could not be fetched: ${error.detail ?? error.message}`;
}

async function exportLabels(client, user) {
  const text = await client.exportLabels(user);
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  html("a", { href: url, download: `attune-${user}.ndjson` }).click();
  URL.revokeObjectURL(url);
  const n = text.split("\n").filter(Boolean).length;
  tell(`${n} lines were exported, to attune-${user}.ndjson.`);
}

async function forget(client, user) {
  const written = await askForLine({
    title: "Forget everything?",
    text: `All answers of ${user} are erased, and all that was learnt from them. Nothing brings them back but your export.`,
    field: `Write ${user} to go on`,
    button: "Forget me",
    fault: (name) => (name === user ? null : `This is not ${user}.`),
  });
  if (written === null) return;
  await client.forget(user);
  eraseHere(user);
  closeSession();
  history.replaceState(null, "", location.pathname); // else a reload would ask for the name again
  setDrawn(false);
  byId("data").hidden = true;
  byId("label-more").hidden = true;
  byId("summary").textContent = gone(user);
  byId("heading").focus();
}

/** Erase what this browser keeps of a listener: answers on their way, what was skipped. */
function eraseHere(user) {
  // Names are attune.THING.USER, and after a slash what there are many of.
  const isTheirs = (name) => name.split(".").slice(2).join(".").split("/")[0] === user;
  for (const store of [browser, tab]) {
    for (const name of store.names("attune.").filter(isTheirs)) store.set(name, null);
  }
}

function gone(user) {
  return (
    `${user} is forgotten: the answers, the model made from them and all votes are erased. ` +
    "The name stays closed, so that no late answer brings it back, until the operator lets it in."
  );
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    tell(`That did not work: ${error.detail ?? error.message}`);
  }
}

function tell(text) {
  byId("data-notice").textContent = text;
  byId("data-notice").hidden = false;
}

await begin();
