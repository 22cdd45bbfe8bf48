/** The labelling page: joins the flow, the player, the plane and the buttons. */

import { Desk } from "./annotate-desk.js";
import { Flow } from "./annotate-flow.js";
import { listenToKeys } from "./annotate-keys.js";
import { Outbox } from "./annotate-outbox.js";
import { Player } from "./annotate-player.js";
import { View, spokenAnswer } from "./annotate-view.js";
import { effectWords } from "./annotate-words.js";
import { axisWords } from "./circumplex.js";
import { byId, html } from "./elements.js";
import { counted } from "./format.js";
import { errorMessage } from "./messages.js";
import { Plane } from "./plane.js";
import { linkFor, openSession, readSettings } from "./session.js";
import { StoredIds, browser, tab } from "./storage.js";

const DEFAULTS = { listen_s: 5, emotion: "perceived", repeat_share: 0.067 };
const AUTOMATIC_MS = 2_500;
const HABITS = "attune.habits";
const RATINGS = [1, 2, 3, 4, 5];
const AXES = ["valence", "arousal"];

const settings = { ...DEFAULTS, ...readSettings() };
const habits = { letters: true, byItself: false, volume: 1, ...JSON.parse(browser.get(HABITS) ?? "{}") };

const { user, client } = await openSession();
let goingOn = null;
let isPressed = false;
let latest = null;

function saveHabit(habit) {
  Object.assign(habits, habit);
  browser.set(HABITS, JSON.stringify(habits));
}

const plane = new Plane(byId("plane"), {
  label: byId("question").textContent,
  onPick: (valence, arousal) => flow.give(valence, arousal),
  onRefuse: () => refuse(),
  onMove: (words) => view.announce(words),
});
byId("plane").firstElementChild.setAttribute("aria-describedby", "plane-help");
const view = new View({ emotion: settings.emotion, plane, onAgain: beginAgain });
plane.label = byId("question").textContent;
const player = new Player(byId("audio"), {
  listenS: settings.listen_s,
  onChange: (changed) => view.showPlayer(changed, flow.phase),
  onHeard: () => flow.heardEnough(),
  onBroken: () => view.notice("This recording cannot be played here. Press Skip for another."),
  onPlayable: () => performance.mark("attune:playable"),
});
for (const name of ["liking", "familiarity"]) byId(name).append(...RATINGS.map((n) => choice(name, n)));

const skipped = new StoredIds(`attune.skipped.${user}`, tab);
const now = new Date();
const today = `${now.getFullYear()}-${now.getMonth() + 1}-${now.getDate()}`;
const answered = new StoredIds(`attune.today.${user}`, browser, today);
const desk = new Desk({
  client,
  user,
  repeatShare: settings.repeat_share,
  strategy: new URLSearchParams(location.search).get("strategy"),
  store: browser,
});
const outbox = new Outbox({
  user,
  send: (labels) => desk.send(labels),
  store: browser,
  onChange: showOutbox,
  onSent: (reply, label) => {
    latest = reply.n_labels;
    view.progress(answered.list().length, latest);
    showEffect(reply.effect, label.event_id);
  },
});
const flow = new Flow({ desk, outbox, emotion: settings.emotion, skipped, onChange: changed });

function beginAgain() {
  skipped.clear();
  flow.start();
}

/** What each step of the flow does besides being shown. */
const STEPS = {
  asked() {
    performance.mark("attune:question");
    latest ??= flow.question.prediction?.personal?.n_labels ?? null;
    view.notice(null);
    showOutbox(outbox);
    view.effect(byId("effect").textContent, true);
    player.load(flow.question.audioUrl);
    // Browsers allow sound only after a press.
    if (isPressed) {
      player.play();
      byId("play").focus({ preventScroll: true });
    }
    view.announce("The next track is ready. Listen first.");
  },
  opened() {
    performance.mark("attune:open");
    view.announce("You can answer now.");
  },
  answered() {
    performance.mark("attune:answered");
    view.effect(""); // the reply of the service says what changed
    answered.add(flow.question.trackId);
    view.announce(spokenAnswer(flow));
    byId("next").focus({ preventScroll: true });
    if (habits.byItself) goingOn = setTimeout(goOn, AUTOMATIC_MS);
  },
  undone() {
    view.effect("");
    answered.delete(flow.question.trackId);
    player.load(flow.question.audioUrl, settings.listen_s);
    view.announce("Undone. You can answer this track again.");
    byId("play").focus({ preventScroll: true });
  },
  failed() {
    view.notice(`The next track did not load: ${errorMessage(flow.trouble)} Attune tries again.`);
  },
  closed() {
    player.unload();
    byId("closed-title").focus();
  },
  waiting() {},
};

function changed(_flow, step) {
  clearTimeout(goingOn);
  view.show(flow);
  STEPS[step]();
  resetSliders();
  view.showPlayer(player, flow.phase);
  view.progress(answered.list().length, latest);
}

/** Show what the last answer changed, but not for earlier answers that waited to be sent. */
function showEffect(effect, eventId) {
  if (flow.latest?.eventId !== eventId) return;
  const { answer, question } = flow.latest;
  const words = effectWords(effect, { answer, prediction: question.prediction });
  view.effect(words, question !== flow.question);
}

function showOutbox({ trouble, size, refused }) {
  const lost = refused.at(-1);
  if (lost?.error.code === "user_forgotten") flow.close(lost.error);
  else if (lost) view.notice(`An answer was not stored: ${errorMessage(lost.error)}`);
  else if (trouble === null) view.notice(null);
  else {
    const many = size === 1 ? "One answer waits" : `${size} answers wait`;
    view.notice(`${many} on this device to be sent: ${errorMessage(trouble)} Nothing is lost.`);
  }
}

function refuse() {
  if (flow.phase !== "listening") return;
  view.announce(`Listen ${counted(Math.ceil(player.missing), "second")} more first.`);
}

function goOn() {
  if (flow.phase === "answered") flow.next();
}

async function undo() {
  try {
    await flow.undo();
  } catch (error) {
    view.notice(`Nothing was undone, press Undo again: ${errorMessage(error)}`);
  }
}

/** Return a radio button of a rating; a second press clears the rating. */
function choice(name, value) {
  const input = html("input", { type: "radio", name, value });
  input.addEventListener("click", () => {
    clearTimeout(goingOn);
    input.checked = flow.rating[name] !== value;
    flow.rate({ [name]: input.checked ? value : null });
  });
  return html("label", {}, input, html("span", {}, value));
}

function resetSliders() {
  for (const axis of AXES) {
    if (flow.phase !== "answered") byId(axis).value = "0";
    describeSlider(axis);
  }
}

function describeSlider(axis) {
  const words = axisWords(axis, Number(byId(axis).value));
  byId(`${axis}-words`).textContent = words;
  byId(axis).setAttribute("aria-valuetext", words);
}

function sliderPoint() {
  return AXES.map((axis) => Number(byId(axis).value));
}

function aim() {
  AXES.forEach(describeSlider);
  if (flow.phase !== "answered") plane.aim(...sliderPoint());
}

const presses = {
  play: () => player.toggle(),
  next: goOn,
  "cant-tell": () => flow.cantTell(),
  skip: () => flow.skip(),
  undo,
  loop: () => {
    player.isLooping = !player.isLooping;
    view.showPlayer(player, flow.phase);
  },
};
for (const [id, press] of Object.entries(presses)) byId(id).addEventListener("click", press);
for (const axis of AXES) byId(axis).addEventListener("input", aim);
byId("slider-form").addEventListener("submit", (event) => {
  event.preventDefault();
  flow.give(...sliderPoint());
});
byId("seek").addEventListener("input", ({ target }) => {
  player.position = Number(target.value);
});
byId("volume").value = String(habits.volume);
player.volume = habits.volume;
byId("volume").addEventListener("input", ({ target }) => {
  player.volume = Number(target.value);
  saveHabit({ volume: Number(target.value) });
});
byId("letters").checked = habits.letters;
byId("letters").addEventListener("change", ({ target }) => saveHabit({ letters: target.checked }));
byId("by-itself").checked = habits.byItself;
byId("by-itself").addEventListener("change", ({ target }) => saveHabit({ byItself: target.checked }));
listenToKeys({
  letters: { n: goOn, s: presses.skip, c: presses["cant-tell"], u: undo, l: presses.loop },
  areOn: () => habits.letters,
  onSpace: presses.play,
  onArrow: (event) => {
    if (!flow.canSkip) return;
    plane.focus();
    plane.press(event);
  },
});
byId("me").href = linkFor("/me", user);
for (const press of ["pointerdown", "keydown"]) {
  addEventListener(press, () => {
    isPressed = true;
  });
}
addEventListener("online", () => outbox.flush());
addEventListener("pagehide", () => flow.settle());

view.progress(answered.list().length, null);
flow.start();
