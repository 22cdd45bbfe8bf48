/** Shows a prediction in words, as bars, on the plane, and over time. */

import { QUADRANTS } from "./circumplex.js";
import { Curve } from "./curve.js";
import { byId, html, svg } from "./elements.js";
import { percent } from "./format.js";
import { noticeMessages } from "./messages.js";
import { Plane } from "./plane.js";
import * as words from "./try-words.js";

export class Result {
  constructor() {
    this.#plane = new Plane(byId("plane"), { label: "The prediction on the plane" });
    this.#player = byId("player");
    this.#player.addEventListener("timeupdate", () => this.#curve?.at(this.#player.currentTime));
    this.#player.addEventListener("play", () => this.#follow());
  }

  #plane;
  #player;
  #curve = null;

  /**
   * @param {object} prediction
   * @param {{subject: string, audioUrl: string | null}} about its track, and the recording's address
   */
  show(prediction, { subject, audioUrl }) {
    byId("result").hidden = false;
    byId("subject").textContent = subject;
    byId("headline").textContent = words.headline(prediction);
    byId("bars").replaceChildren(...bars(prediction));
    byId("likely").textContent = words.setSentence(prediction);
    byId("why").textContent = prediction.why.words;
    const modalities = words.modalitySentence(prediction);
    byId("modalities").textContent = modalities ?? "";
    byId("modalities").hidden = modalities === null;
    byId("personal").textContent = words.personalSentence(prediction);
    showNotices(noticeMessages(prediction));
    byId("point").textContent = words.pointSentence(prediction);
    byId("numbers").textContent = words.numbersSentence(prediction);
    byId("shares").textContent = words.sharesSentence(prediction);
    this.#plane.prediction(prediction);
    this.#plane.label = `The prediction on the plane: ${words.pointSentence(prediction)}`;
    this.#load(audioUrl);
    this.#showCurve(prediction.segments);
    byId("headline").focus();
  }

  hide() {
    byId("result").hidden = true;
    this.#player.pause();
  }

  /** Play the recording, if the browser allows it without a press. */
  play() {
    this.#player.play().catch(() => {});
  }

  #load(url) {
    if (this.#player.src.startsWith("blob:")) URL.revokeObjectURL(this.#player.src);
    this.#player.hidden = url === null;
    byId("and-hear").hidden = url === null;
    if (url === null) this.#player.removeAttribute("src");
    else this.#player.src = url;
  }

  #showCurve(segments) {
    this.#curve?.close();
    this.#curve = null;
    byId("over-time").hidden = segments.length === 0;
    if (segments.length === 0) return;
    this.#curve = new Curve(byId("curve"), segments, {
      onSeek: (seconds) => {
        this.#player.currentTime = seconds;
      },
    });
  }

  /** Move the cursor with each frame while playing; the player's own events are too rare. */
  #follow() {
    if (this.#player.paused) return;
    this.#curve?.at(this.#player.currentTime);
    requestAnimationFrame(() => this.#follow());
  }
}

function showNotices(sentences) {
  const list = byId("notices");
  list.replaceChildren(...sentences.map((text) => html("li", { class: "notice warn" }, text)));
  list.hidden = sentences.length === 0;
}

function bars({ quadrant: first, probabilities }) {
  return Object.entries(QUADRANTS).map(([quadrant, word]) => {
    const share = probabilities[quadrant];
    const size = { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" };
    const bar = svg("svg", size, svg("rect", { width: 100 * share, height: 10 }));
    const kind = quadrant === first ? `${word} is-first` : word;
    const number = html("span", { class: "number" }, percent(share));
    return html("li", { class: kind }, html("span", {}, word), bar, number);
  });
}
