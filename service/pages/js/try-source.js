/** The input of a prediction: a file and lyrics, or a registered track. */

import { byId, html } from "./elements.js";
import { counted, trackName } from "./format.js";

const MOST_LISTED = 2000;
const AT_ONCE = 500;
const MEGABYTE = 1e6;

/** A file, chosen or dropped, and lyrics. */
export class UploadSource {
  constructor() {
    byId("file").addEventListener("change", ({ target }) => this.choose(target.files[0] ?? null));
    byId("unchoose").addEventListener("click", () => this.choose(null));
    this.#takeDrops(byId("drop"));
  }

  #file = null;
  #name = "";

  /** The input of the prediction, or null if there is none. */
  get input() {
    const lyrics = byId("lyrics").value.trim() === "" ? null : byId("lyrics").value;
    if (this.#file === null && lyrics === null) return null;
    return { audio: this.#file, lyrics, subject: this.#file ? this.#name : "The lyrics" };
  }

  get missing() {
    return "Choose a file or write some lyrics first.";
  }

  /** Choose a file under a name; null removes it. */
  choose(file, name = file?.name) {
    this.#file = file;
    this.#name = name;
    byId("chosen").hidden = file === null;
    byId("file").hidden = file !== null;
    if (file === null) {
      byId("file").value = "";
      byId("file").focus();
    } else {
      byId("chosen-name").textContent = `${name} (${sizeWords(file.size)})`;
    }
  }

  #takeDrops(place) {
    const over = (isOver) => (event) => {
      event.preventDefault();
      place.classList.toggle("is-over", isOver);
    };
    place.addEventListener("dragenter", over(true));
    place.addEventListener("dragover", over(true));
    place.addEventListener("dragleave", over(false));
    place.addEventListener("drop", (event) => {
      over(false)(event);
      const [file] = event.dataTransfer.files;
      if (file) this.choose(file);
    });
  }
}

/** A track of the catalogue, found by title, artist or id. */
export class TrackSource {
  constructor(client) {
    this.#client = client;
    byId("search").addEventListener("input", () => this.#show());
  }

  #client;
  #tracks = [];
  #isComplete = true;
  #isRead = false;

  /** The chosen track, or one that is named by its id. */
  get input() {
    const trackId = byId("tracks").value || byId("search").value.trim();
    if (trackId === "") return null;
    const known = this.#tracks.find(({ track_id: id }) => id === trackId);
    return { trackId, subject: known ? trackName(known) : trackId };
  }

  get missing() {
    return "Choose a track from the list.";
  }

  /** Read the catalogue, once. */
  async read() {
    if (this.#isRead) return;
    this.#isRead = true;
    try {
      for await (const track of this.#client.tracks({ pageSize: AT_ONCE })) {
        this.#isComplete = this.#tracks.length < MOST_LISTED;
        if (!this.#isComplete) break;
        this.#tracks.push(track);
        if (this.#tracks.length % AT_ONCE === 0) this.#show();
      }
    } catch (error) {
      this.#isRead = false;
      throw error;
    }
    this.#show();
  }

  #show() {
    const wanted = byId("search").value.trim().toLowerCase();
    const found = this.#tracks.filter((track) => textOf(track).includes(wanted));
    const options = found.map((track) => html("option", { value: track.track_id }, trackName(track)));
    const list = byId("tracks");
    const chosen = list.value;
    list.replaceChildren(...options);
    list.value = found.some(({ track_id: id }) => id === chosen) ? chosen : "";
    if (wanted !== "" && found.length === 1) list.value = found[0].track_id;
    byId("found").textContent = this.#countWords(found.length);
  }

  #countWords(nFound) {
    if (this.#tracks.length === 0) return "There are no tracks yet.";
    const more = this.#isComplete ? "" : "; to choose another, write its id";
    return `${counted(nFound, "track")} of ${this.#tracks.length.toLocaleString("en")} listed${more}`;
  }
}

function sizeWords(bytes) {
  return `${Math.max(0.1, bytes / MEGABYTE).toFixed(1)} MB`;
}

function textOf({ track_id: id, title, artist }) {
  return `${id} ${title ?? ""} ${artist ?? ""}`.toLowerCase();
}
