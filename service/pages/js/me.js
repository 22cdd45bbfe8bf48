/** The page /me: a listener's answers, what Attune expects of them, export and erasure. */

import { QUADRANTS } from "./circumplex.js";
import { askForLine } from "./dialogs.js";
import { byId, html } from "./elements.js";
import { counted, trackName } from "./format.js";
import { showAnswers, showConsistency, showDifference, showHits } from "./me-charts.js";
import { ENOUGH, habitWords, summary } from "./me-words.js";
import { errorMessage } from "./messages.js";
import { closeSession, linkFor, openSession } from "./session.js";
import { browser, tab } from "./storage.js";

const UNKNOWN_USER = "user_not_found";
const TOO_EARLY = "After your third answer you see here how your answers differ from others’.";

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
    const profile = await client.picture(user);
    byId("summary").textContent = summary(profile);
    setDrawn(true);
    showHabits(profile);
    showOwnTracks(profile, async (id) => (await client.getTrack(id, { userId: user })).audio_url);
    showAnswers(profile);
    showDifference(profile);
    showHits(profile);
    showConsistency(profile);
    byId("data").hidden = false;
  } catch (error) {
    byId("summary").textContent = reason(error, user);
    byId("data").hidden = error.code === UNKNOWN_USER; // export and erasure need no profile
  }
}

function setDrawn(isDrawn) {
  for (const card of document.querySelectorAll("[data-drawn]")) card.hidden = !isDrawn;
}

function reason(error, user) {
  if (error.code === UNKNOWN_USER) {
    return `There are no answers of ${user}. Perhaps none was given yet, or they were erased.`;
  }
  return `Your profile did not load: ${errorMessage(error)}`;
}

/** Show in sentences how the listener's answers differ from others', from the third answer on. */
function showHabits(profile) {
  const sentences = profile.n_labels >= ENOUGH ? habitWords(profile) : [TOO_EARLY];
  byId("habits").replaceChildren(...sentences.map((sentence) => html("li", {}, sentence)));
}

/**
 * Show a few tracks of each quadrant, the likeliest first, from the third answer on.
 *
 * @param {object} profile
 * @param {(trackId: string) => Promise<string | null>} addressOf returns the address of a recording
 */
function showOwnTracks({ own_tracks: tracks, n_labels }, addressOf) {
  byId("own-music").hidden = n_labels < ENOUGH || tracks.length === 0;
  byId("own-tracks").replaceChildren(
    ...Object.entries(QUADRANTS).map(([quadrant, word]) => {
      const heading = html("h3", {}, html("span", { class: "chip" }, word));
      const own = tracks.filter((track) => track.quadrant === quadrant);
      return html("section", { class: word }, heading, trackList(word, own, addressOf));
    }),
  );
}

function trackList(word, tracks, addressOf) {
  if (tracks.length === 0) return html("p", { class: "small muted" }, `No track is mostly ${word} for you.`);
  return html("ol", { class: "own-list" }, ...tracks.map((track) => trackLine(track, addressOf)));
}

function trackLine(track, addressOf) {
  const name = html("span", {}, trackName(track));
  if (!track.playable) return html("li", {}, name);
  const label = `Play ${trackName(track)}`;
  const button = html("button", { type: "button", class: "small-play", "aria-label": label }, "▶");
  button.addEventListener("click", () => play(track, addressOf));
  return html("li", {}, html("div", { class: "own-track" }, name, button));
}

async function play(track, addressOf) {
  const [player, status] = [byId("own-player"), byId("own-status")];
  status.textContent = "";
  try {
    player.src = (await addressOf(track.track_id)) ?? "";
    player.hidden = false;
    player.setAttribute("aria-label", trackName(track));
    await player.play();
    status.textContent = `Playing ${trackName(track)}.`;
  } catch {
    status.textContent = `${trackName(track)} cannot be played here.`;
  }
}

async function exportLabels(client, user) {
  const text = await client.exportLabels(user);
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  html("a", { href: url, download: `attune-${user}.ndjson` }).click();
  URL.revokeObjectURL(url);
  const n = text.split("\n").filter(Boolean).length;
  notify(`Saved ${counted(n, "line")} to attune-${user}.ndjson.`);
}

async function forget(client, user) {
  const written = await askForLine({
    title: "Forget everything?",
    text: `Attune erases all answers of ${user} and all that it learned from them. Only an export can bring them back.`,
    field: `Write ${user} to go on`,
    button: "Forget me",
    check: (name) => (name === user ? null : `This is not ${user}.`),
  });
  if (written === null) return;
  await client.forget(user);
  eraseHere(user);
  closeSession();
  history.replaceState(null, "", location.pathname); // a reload must not set the name again
  setDrawn(false);
  byId("data").hidden = true;
  byId("label-more").hidden = true;
  byId("summary").textContent =
    `${user} is forgotten: the answers and all that Attune learned from them are erased. ` +
    "This name takes no new answers until who runs Attune allows it again.";
  byId("heading").focus();
}

/** Erase what this browser stores of a listener: unsent answers and skipped tracks. */
function eraseHere(user) {
  // Names are attune.THING.USER, with a slash and a key where a user has several.
  const isTheirs = (name) => name.split(".").slice(2).join(".").split("/")[0] === user;
  for (const store of [browser, tab]) {
    for (const name of store.names("attune.").filter(isTheirs)) store.set(name, null);
  }
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    notify(`That did not work: ${errorMessage(error)}`);
  }
}

function notify(text) {
  byId("data-notice").textContent = text;
  byId("data-notice").hidden = false;
}

await begin();
