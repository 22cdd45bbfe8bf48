/** The labelling page: joins the flow, the player, the plane and the buttons. */

import { Desk } from "./annotate-desk.js";
import { effectWords } from "./annotate-effect.js";
import { Flow } from "./annotate-flow.js";
import { listenToKeys } from "./annotate-keys.js";
import { Outbox } from "./annotate-outbox.js";
import { Player } from "./annotate-player.js";
import { View, spokenGuess } from "./annotate-view.js";
import { arousalWords, valenceWords } from "./circumplex.js";
import { html } from "./drawing.js";
import { browser, tab } from "./keep.js";
import { Plane } from "./plane.js";
import { linkFor, openSession, readSettings } from "./session.js";
import { Tally, skippedOf } from "./annotate-session.js";

const DEFAULTS = { listen_s: 5, emotion: "perceived", repeat_share: 0.067 };
const BY_ITSELF_MS = 2_500;
const HABITS = "attune.habits";
const RATINGS = [1, 2, 3, 4, 5];
const FORGOTTEN = 410;

const byId = (id) => document.getElementById(id);
const settings = { ...DEFAULTS, ...readSettings() };
const habits = { letters: true, byItself: false, volume: 1, ...JSON.parse(browser.get(HABITS) ?? "{}") };

const { user, client } = await openSession();
let goingOn = null;
let isPressed = false;
let latest = null;

function keepHabit(habit) {
  Object.assign(habits, habit);
  browser.set(HABITS, JSON.stringify(habits));
}

const plane = new Plane(byId("plane"), {
  label: byId("question").textContent,
  onPick: (valence, arousal) => flow.give(valence, arousal),
  onRefuse: () => refuse(),
  onMove: (_valence, _arousal, words) => view.announce(words),
});
byId("plane").firstElementChild.setAttribute("aria-describedby", "plane-help");
const view = new View({ emotion: settings.emotion, plane, onAgain: beginAgain });
plane.label = byId("question").textContent;
const player = new Player(byId("audio"), {
  listenS: settings.listen_s,
  onChange: (changed) => view.showPlayer(changed, flow.phase),
  onHeard: () => flow.heardEnough(),
  onBroken: () => view.notice("This recording cannot be played here. Skip goes on to another."),
  onPlayable: () => performance.mark("attune:playable"),
});
for (const name of ["liking", "familiarity"]) byId(name).append(...RATINGS.map((n) => choice(name, n)));

const skipped = skippedOf(user, tab);
const tally = new Tally(user, browser, new Date());
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
    view.progress(tally.count, latest);
    tellEffect(reply.effect, label.event_id);
  },
});
const flow = new Flow({ desk, outbox, emotion: settings.emotion, skipped, onChange: changed });

function beginAgain() {
  skipped.clear();
  flow.start();
}

/** What follows from each step of the flow, beside that it is shown. */
const STEPS = {
  asked() {
    performance.mark("attune:question");
    latest ??= flow.question.prediction?.personal?.n_labels ?? null;
    view.notice(null);
    showOutbox(outbox);
    view.effect(byId("effect").textContent, true);
    player.load(flow.question.audioUrl);
    // Before anything was pressed nobody asked for sound, and browsers do not allow it.
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
    view.effect(""); // until the service has it, nobody knows what it changes
    tally.add(flow.question.trackId);
    view.announce(spokenGuess(flow));
    byId("next").focus({ preventScroll: true });
    if (habits.byItself) goingOn = setTimeout(goOn, BY_ITSELF_MS);
  },
  undone() {
    view.effect("");
    tally.remove(flow.question.trackId);
    player.load(flow.question.audioUrl, settings.listen_s);
    view.announce("Undone. You can answer this track again.");
    byId("play").focus({ preventScroll: true });
  },
  failed() {
    view.notice(`The next question did not come: ${wordsOf(flow.trouble)} It is asked for again.`);
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
  view.progress(tally.count, latest);
}

/** Say what the last answer changed; of earlier ones that waited to be sent, nothing. */
function tellEffect(effect, eventId) {
  if (flow.latest?.eventId !== eventId) return;
  const { answer, question } = flow.latest;
  const words = effectWords(effect, { answer, prediction: question.prediction });
  view.effect(words, question !== flow.question);
}

function wordsOf(error) {
  return error.detail ?? "the service cannot be reached.";
}

function showOutbox({ trouble, size, refused }) {
  const lost = refused.at(-1);
  if (lost?.error.status === FORGOTTEN) flow.close(lost.error);
  else if (lost) view.notice(`An answer was not recorded: ${wordsOf(lost.error)}`);
  else if (trouble === null) view.notice(null);
  else {
    const many = size === 1 ? "One answer waits" : `${size} answers wait`;
    view.notice(`${many} here until it can be sent: ${wordsOf(trouble)} Nothing is lost.`);
  }
}

function refuse() {
  if (flow.phase === "listening") view.announce(`Listen ${Math.ceil(player.missing)} s more first.`);
}

function goOn() {
  if (flow.phase === "answered") flow.next();
}

async function undo() {
  try {
    await flow.undo();
  } catch (error) {
    view.notice(`It was not undone, press Undo again: ${wordsOf(error)}`);
  }
}

/** Return a radio button of a rating; pressed again it says nothing any more. */
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
  for (const [id, words] of [["valence", valenceWords], ["arousal", arousalWords]]) {
    if (flow.phase !== "answered") byId(id).value = "0";
    told(id, words);
  }
}

function told(id, words) {
  const said = words(Number(byId(id).value));
  byId(`${id}-words`).textContent = said;
  byId(id).setAttribute("aria-valuetext", said);
}

function aim() {
  told("valence", valenceWords);
  told("arousal", arousalWords);
  if (flow.phase !== "answered") plane.aim(Number(byId("valence").value), Number(byId("arousal").value));
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
for (const id of ["valence", "arousal"]) byId(id).addEventListener("input", aim);
byId("slider-form").addEventListener("submit", (event) => {
  event.preventDefault();
  flow.give(Number(byId("valence").value), Number(byId("arousal").value));
});
byId("seek").addEventListener("input", ({ target }) => {
  player.position = Number(target.value);
});
byId("volume").value = String(habits.volume);
player.volume = habits.volume;
byId("volume").addEventListener("input", ({ target }) => {
  player.volume = Number(target.value);
  keepHabit({ volume: Number(target.value) });
});
byId("letters").checked = habits.letters;
byId("letters").addEventListener("change", ({ target }) => keepHabit({ letters: target.checked }));
byId("by-itself").checked = habits.byItself;
byId("by-itself").addEventListener("change", ({ target }) => keepHabit({ byItself: target.checked }));
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

view.progress(tally.count, null);
flow.start();
