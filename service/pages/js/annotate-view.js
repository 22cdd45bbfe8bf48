/** Shows the state of the flow and of the player on the page. */

import { showClosed } from "./annotate-closed.js";
import { answerWords, predictionWords, reasonWords } from "./annotate-words.js";
import { byId, html } from "./elements.js";
import { clock, counted } from "./format.js";

const QUESTIONS = {
  perceived: [
    "What does this music express?",
    "Answer for the music itself, not for how you feel.",
  ],
  felt: ["What do you feel?", "Answer for what the music does to you."],
};
const HIDDEN_TITLE = "You see title and artist after your answer.";
const PRESS = "Press where it belongs: pleasant to the right, energetic at the top.";
const NOT_YET = "You see this after your answer.";

export class View {
  /**
   * @param {object} parts
   * @param {"perceived" | "felt"} parts.emotion
   * @param {import("./plane.js").Plane} parts.plane
   * @param {(flow: object) => void} parts.onAgain begin again after it was closed
   */
  constructor({ emotion, plane, onAgain }) {
    [byId("question").textContent, byId("question-more").textContent] = QUESTIONS[emotion];
    this.#plane = plane;
    this.#onAgain = onAgain;
  }

  #plane;
  #onAgain;

  /** Have screen readers read a sentence, also if it is the same as before. */
  announce(words) {
    byId("announcer").textContent = ""; // else the same sentence is no change
    requestAnimationFrame(() => {
      byId("announcer").textContent = words;
    });
  }

  /** Show a notice above the answer, or remove it with null. */
  notice(words) {
    const place = byId("notice");
    place.hidden = words === null;
    if (place.textContent !== (words ?? "")) place.textContent = words ?? "";
  }

  /** Show what the last answer changed; it is grey beside a later question. */
  effect(words, isPast = false) {
    const place = byId("effect");
    place.classList.toggle("muted", isPast);
    if (place.textContent !== words) place.textContent = words;
  }

  /** Show the flow's state. */
  show(flow) {
    const isClosed = flow.phase === "closed";
    byId("asking").hidden = isClosed;
    byId("closed").hidden = !isClosed;
    if (isClosed) showClosed(flow.why, this.#onAgain);
    byId("asking").dataset.phase = flow.phase;
    byId("asking").setAttribute("aria-busy", String(flow.phase === "asking"));
    this.#buttons(flow);
    this.#heading(flow);
    this.#feedback(flow);
    this.#drawings(flow);
    this.#ratings(flow);
  }

  /** Show what the player does; called many times a second. */
  showPlayer(player, phase) {
    const play = byId("play");
    const name = player.isPlaying ? "Pause" : "Play";
    if (play.getAttribute("aria-label") !== name) play.setAttribute("aria-label", name);
    play.classList.toggle("playing", player.isPlaying);
    byId("ring").setAttribute("stroke-dashoffset", String(100 * (1 - player.share)));
    const seek = byId("seek");
    seek.max = String(player.duration || 1);
    seek.value = String(player.position);
    const time = `${clock(player.position)} / ${clock(player.duration)}`;
    if (byId("clock").textContent !== time) {
      byId("clock").textContent = time;
      seek.setAttribute("aria-valuetext", time.replace("/", "of"));
    }
    byId("loop").setAttribute("aria-pressed", String(player.isLooping));
    if (phase === "listening") this.#wait(player);
  }

  /** Show how many tracks were answered. */
  progress(today, total) {
    const inAll = total === null ? "" : ` · ${total} in all`;
    byId("progress").textContent = `${today} answered today${inAll}`;
  }

  #buttons(flow) {
    byId("play").disabled = flow.question === null || flow.phase === "asking";
    byId("seek").disabled = byId("play").disabled;
    byId("next").disabled = flow.phase !== "answered";
    byId("cant-tell").disabled = !flow.canAnswer;
    byId("skip").disabled = !flow.canSkip;
    byId("undo").disabled = !flow.canUndo;
    byId("slider-answer").disabled = !flow.canAnswer;
    this.#plane.isOpen = flow.canAnswer;
  }

  #heading(flow) {
    const place = byId("heading");
    const { title, artist } = flow.question ?? {};
    const name = [title ?? "A track without a title", artist].filter(Boolean).join(" — ");
    place.textContent = flow.phase === "answered" ? name : HIDDEN_TITLE;
    place.classList.toggle("muted", flow.phase !== "answered");
  }

  #feedback({ phase, answer, question }) {
    const place = byId("said");
    if (phase === "answered") showAnswer(place, answer, question.prediction);
    else if (phase === "open") place.replaceChildren(html("p", {}, PRESS));
    else if (phase === "asking") place.replaceChildren(html("p", {}, "One moment…"));
    const reasons = phase === "answered" ? reasonWords(question.prediction) : [NOT_YET];
    byId("reasons").replaceChildren(...reasons.map((text) => html("p", { class: "small" }, text)));
  }

  #wait(player) {
    const seconds = Math.ceil(player.missing);
    const silent = " The sound is off: turn the volume up.";
    const words =
      `Listen first: ${counted(seconds, "second")} more, then you can answer.` +
      (player.isPlaying && player.isSilent ? silent : "");
    const place = byId("said");
    if (place.textContent !== words) place.replaceChildren(html("p", {}, words));
  }

  #drawings({ phase, answer, question }) {
    const isPoint = phase === "answered" && !answer.cantTell;
    this.#plane.prediction(phase === "answered" ? question.prediction : null);
    if (isPoint) this.#plane.mark(answer.valence, answer.arousal);
    else this.#plane.mark(null);
  }

  #ratings({ rating, phase }) {
    for (const [name, value] of Object.entries(rating)) {
      for (const input of byId(name).querySelectorAll("input")) {
        input.checked = Number(input.value) === value;
        input.disabled = phase === "asking";
      }
    }
  }
}

function showAnswer(place, answer, prediction) {
  const [expected, ...notices] = predictionWords(prediction);
  place.replaceChildren(
    html("p", {}, html("strong", {}, answerWords(answer))),
    html("p", {}, expected),
    ...notices.map((sentence) => html("p", { class: "muted small" }, sentence)),
  );
}

/** Return an answered question as one text, for screen readers. */
export function spokenAnswer({ answer, question }) {
  return [answerWords(answer), ...predictionWords(question.prediction)].join(" ");
}
