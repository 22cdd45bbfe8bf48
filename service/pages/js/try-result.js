/** A prediction as a page shows it: in words, as bars, on the plane, and over time. */

import { QUADRANTS } from "./circumplex.js";
import { Curve } from "./curve.js";
import { html, svg } from "./drawing.js";
import { noticeSentences } from "./notices.js";
import { Plane } from "./plane.js";
import { percent } from "./scale.js";
import * as words from "./try-words.js";

const byId = (id) => document.getElementById(id);

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
   * @param {{subject: string, audioUrl: string | null}} about what it is of, and where to hear it
   */
  show(prediction, { subject, audioUrl }) {
    byId("result").hidden = false;
    byId("subject").textContent = subject;
    byId("headline").textContent = words.headline(prediction);
    byId("bars").replaceChildren(...bars(prediction));
    byId("likely").textContent = words.setSentence(prediction);
    byId("why").textContent = prediction.why.words;
    byId("modalities").textContent = words.modalitySentence(prediction) ?? "";
    byId("modalities").hidden = byId("modalities").textContent === "";
    byId("personal").textContent = words.personalSentence(prediction);
    showNotices(byId("notices"), noticeSentences(prediction));
    byId("point").textContent = words.pointSentence(prediction);
    byId("numbers").textContent = words.numbersSentence(prediction);
    byId("shares").textContent = words.sharesSentence(prediction);
    this.#plane.guess(prediction);
    this.#plane.label = `The prediction on the plane: ${words.pointSentence(prediction)}`;
    this.#hear(audioUrl);
    this.#showCurve(prediction.segments);
    byId("headline").focus();
  }

  hide() {
    byId("result").hidden = true;
    this.#player.pause();
  }

  /** Play what the prediction is of; a browser that does not let pages do so leaves it to the visitor. */
  play() {
    this.#player.play().catch(() => {});
  }

  #hear(url) {
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

  /** Move the cursor with each frame while the player goes on; its own events come too seldom. */
  #follow() {
    if (this.#player.paused) return;
    this.#curve?.at(this.#player.currentTime);
    requestAnimationFrame(() => this.#follow());
  }
}

function showNotices(list, sentences) {
  list.replaceChildren(...sentences.map((told) => html("li", { class: "notice warn" }, told)));
  list.hidden = sentences.length === 0;
}

function bars({ quadrant: first, probabilities }) {
  return Object.entries(QUADRANTS).map(([quadrant, word]) => {
    const share = probabilities[quadrant];
    const size = { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" };
    const bar = svg("svg", size, svg("rect", { width: 100 * share, height: 10 }));
    const kind = quadrant === first ? `${word} is-first` : word;
    const told = html("span", { class: "number" }, percent(share));
    return html("li", { class: kind }, html("span", {}, word), bar, told);
  });
}
