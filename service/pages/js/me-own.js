/** What is different for a listener, and which tracks are theirs. */

import { QUADRANTS } from "./circumplex.js";
import { html } from "./drawing.js";
import { ENOUGH, habitWords, nameOf } from "./me-words.js";

const byId = (id) => document.getElementById(id);

/** Sentences on the listener's answers beside others', from the third answer on. */
export function showHabits(picture) {
  const isEnough = picture.n_labels >= ENOUGH;
  const later = "From your third answer on it is told here how your answers differ from others’.";
  const sentences = isEnough ? habitWords(picture) : [later];
  byId("habits").replaceChildren(...sentences.map((sentence) => html("li", {}, sentence)));
}

/**
 * A few tracks of each quadrant, the likeliest first, from the third answer on.
 *
 * @param {object} picture
 * @param {(trackId: string) => Promise<string | null>} addressOf returns where it can be heard
 */
export function showOwnTracks(picture, addressOf) {
  const { own_tracks: tracks, n_labels } = picture;
  byId("own-music").hidden = n_labels < ENOUGH || tracks.length === 0;
  byId("own-tracks").replaceChildren(
    ...Object.entries(QUADRANTS).map(([quadrant, word]) => {
      const own = tracks.filter((track) => track.quadrant === quadrant);
      return html("section", { class: word }, heading(word), list(word, own, addressOf));
    }),
  );
}

function heading(word) {
  return html("h3", {}, html("span", { class: "chip" }, word));
}

function list(word, tracks, addressOf) {
  if (tracks.length === 0) return html("p", { class: "small muted" }, `No track is above all ${word} for you.`);
  return html("ol", { class: "own-list" }, ...tracks.map((track) => line(track, addressOf)));
}

function line(track, addressOf) {
  const name = html("span", {}, nameOf(track));
  if (!track.playable) return html("li", {}, name);
  const label = `Play ${nameOf(track)}`;
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
    player.setAttribute("aria-label", nameOf(track));
    await player.play();
    status.textContent = `Playing ${nameOf(track)}.`;
  } catch (error) {
    status.textContent = `${nameOf(track)} cannot be played here: ${error.detail ?? error.message}`;
  }
}
