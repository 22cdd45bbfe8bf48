/** What a prediction is asked for: a file and lyrics, or a track that is registered. */

import { html } from "./drawing.js";
import { counted } from "./scale.js";

const MOST_LISTED = 2000;
const AT_ONCE = 500;
const KIBIBYTE = 2 ** 10;
const MEBIBYTE = 2 ** 20;

const byId = (id) => document.getElementById(id);

/** A file by button or by drag and drop, and lyrics. */
export class UploadSource {
  constructor() {
    byId("file").addEventListener("change", ({ target }) => this.#choose(target.files[0] ?? null));
    byId("unchoose").addEventListener("click", () => this.#choose(null));
    this.#takeDrops(byId("drop"));
  }

  #file = null;
  #name = "";

  /** Choose a file under a name of its own. */
  take(file, name) {
    this.#choose(file, name);
  }

  /** What to send; null where there is nothing. */
  get asked() {
    const lyrics = byId("lyrics").value.trim() === "" ? null : byId("lyrics").value;
    if (this.#file === null && lyrics === null) return null;
    return { audio: this.#file, lyrics, subject: this.#file ? this.#name : "The lyrics" };
  }

  get missing() {
    return "Choose a file or write some lyrics first.";
  }

  #choose(file, name = file?.name) {
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
      if (file) this.#choose(file);
    });
  }
}

/** A track of the catalogue, found by what it is called. */
export class TrackSource {
  constructor(client) {
    this.#client = client;
    byId("search").addEventListener("input", () => this.#show());
  }

  #client;
  #tracks = [];
  #isWhole = true;
  #isRead = false;

  /** The track to ask about; an id that is written out need not be listed. */
  get asked() {
    const trackId = byId("tracks").value || byId("search").value.trim();
    if (trackId === "") return null;
    const known = this.#tracks.find(({ track_id: id }) => id === trackId);
    return { trackId, subject: known ? nameOf(known) : trackId };
  }

  get missing() {
    return "Choose a track from the list, or write its id.";
  }

  /** Read the catalogue, once. */
  async read() {
    if (this.#isRead) return;
    this.#isRead = true;
    try {
      for await (const track of this.#client.tracks({ pageSize: AT_ONCE })) {
        this.#isWhole = this.#tracks.length < MOST_LISTED;
        if (!this.#isWhole) break;
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
    const options = found.map((track) => html("option", { value: track.track_id }, nameOf(track)));
    const list = byId("tracks");
    const chosen = list.value;
    list.replaceChildren(...options);
    list.value = found.some(({ track_id: id }) => id === chosen) ? chosen : "";
    if (wanted !== "" && found.length === 1) list.value = found[0].track_id;
    byId("found").textContent = this.#said(found.length);
  }

  #said(nFound) {
    if (this.#tracks.length === 0) return "No track is registered yet.";
    const more = this.#isWhole ? "" : "; more are registered, and any can be asked for by its id";
    return `${counted(nFound, "track")} of ${this.#tracks.length.toLocaleString("en")} listed${more}`;
  }
}

/** What a track is called: its title and artist, else its id. */
export function nameOf({ track_id: id, title, artist }) {
  if (!title) return id;
  return artist ? `${title}, ${artist}` : title;
}

function sizeWords(bytes) {
  if (bytes < MEBIBYTE) return `${Math.ceil(bytes / KIBIBYTE)} KiB`;
  return `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}

function textOf({ track_id: id, title, artist }) {
  return `${id} ${title ?? ""} ${artist ?? ""}`.toLowerCase();
}
