/** What the page shows of the flow and of the player. */

import { answerWords, guessWords, tellGuess, tellReasons } from "./annotate-guess.js";
import { tellClosed } from "./annotate-closed.js";
import { html } from "./drawing.js";

const QUESTIONS = {
  perceived: [
    "What does this music express?",
    "Perceived emotion: what is in the music itself.",
  ],
  felt: ["What do you feel?", "Felt emotion: what the music does to you."],
};
const HIDDEN_TITLE = "Title and artist are shown after your answer, so as not to sway it.";
const PRESS = "Press where it belongs: to the right pleasant, upwards excited.";

const byId = (id) => document.getElementById(id);

/** Return seconds as "1:05". */
function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

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

  /** Tell who cannot see it; the same words twice are told twice. */
  announce(words) {
    byId("announcer").textContent = "";
    requestAnimationFrame(() => {
      byId("announcer").textContent = words;
    });
  }

  /** Show a notice above the answer, or take it away with null. */
  notice(words) {
    const place = byId("notice");
    place.hidden = words === null;
    if (place.textContent !== (words ?? "")) place.textContent = words ?? "";
  }

  /** Say what the last answer changed, "" for nothing; beside a later question it is greyed. */
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
    if (isClosed) tellClosed(flow.why, this.#onAgain);
    byId("asking").dataset.phase = flow.phase;
    byId("asking").setAttribute("aria-busy", String(flow.phase === "asking"));
    this.#buttons(flow);
    this.#heading(flow);
    this.#said(flow);
    this.#drawn(flow);
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
    const told = `${clock(player.position)} / ${clock(player.duration)}`;
    if (byId("clock").textContent !== told) {
      byId("clock").textContent = told;
      seek.setAttribute("aria-valuetext", told.replace("/", "of"));
    }
    byId("loop").setAttribute("aria-pressed", String(player.isLooping));
    if (phase === "listening") this.#wait(player);
  }

  /** Show how many tracks were answered. */
  progress(today, total) {
    const known = total === null ? "" : ` · ${total} in all`;
    byId("progress").textContent = `${today} answered today${known}`;
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
    const told = [title ?? "A track without a title", artist].filter(Boolean).join(" — ");
    place.textContent = flow.phase === "answered" ? told : HIDDEN_TITLE;
    place.classList.toggle("muted", flow.phase !== "answered");
  }

  #said(flow) {
    const place = byId("said");
    if (flow.phase === "answered") tellGuess(place, flow);
    else if (flow.phase === "open") place.replaceChildren(html("p", {}, PRESS));
    else if (flow.phase === "asking") place.replaceChildren(html("p", {}, "One moment…"));
    tellReasons(byId("reasons"), flow);
  }

  #wait(player) {
    const seconds = Math.ceil(player.missing);
    const silent = " The sound is off: turn the volume up.";
    const told =
      `Listen first: ${seconds} s more, then you can answer.` +
      (player.isPlaying && player.isSilent ? silent : "");
    const place = byId("said");
    if (place.textContent !== told) place.replaceChildren(html("p", {}, told));
  }

  #drawn({ phase, answer, question }) {
    const isPoint = phase === "answered" && !answer.cantTell;
    this.#plane.guess(phase === "answered" ? question.prediction : null);
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

/** Return an answered question as one text, for who cannot see the plane. */
export function spokenGuess({ answer, question }) {
  return [answerWords(answer), ...guessWords(question.prediction)].join(" ");
}
