/** The page /try: a prediction for a sample, a file, lyrics, or a registered track. */

import { byId } from "./elements.js";
import { trackName } from "./format.js";
import { errorMessage } from "./messages.js";
import { nameProblem, openSession } from "./session.js";
import { Result } from "./try-result.js";
import { TrackSource, UploadSource } from "./try-source.js";
import { fetchWithProgress } from "./upload.js";

async function begin() {
  const { user, client } = await openSession({ needsUser: false, fetch: fetchWithProgress(showSent) });
  const sources = { upload: new UploadSource(), track: new TrackSource(client) };
  const page = { client, sources, result: new Result() };
  byId("listener").value = user ?? "";
  for (const choice of document.querySelectorAll('input[name="source"]')) {
    choice.addEventListener("change", () => attempt(() => showSource(page)));
  }
  for (const button of document.querySelectorAll("[data-sample]")) {
    button.addEventListener("click", () => attempt(() => predictSample(page, button)));
  }
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => predict(page));
  });
  await attempt(() => showSource(page)); // browsers restore the choice after a reload
}

/** Show the fields of the chosen source. */
async function showSource({ sources }) {
  const chosen = chosenSource();
  for (const name of Object.keys(sources)) byId(name).hidden = name !== chosen;
  await sources[chosen].read?.();
}

async function predict(page) {
  const source = page.sources[chosenSource()];
  const { input } = source;
  if (input === null) throw new Error(source.missing);
  await during((signal) => show(page, input, signal));
}

/** Predict and play a sample of the page, like a chosen file. */
async function predictSample(page, button) {
  if (byId("predict").disabled) return; // one at a time
  await during(async (signal) => {
    const file = await fetchSample(button.dataset.sample, signal);
    byId("from-upload").checked = true;
    await showSource(page);
    page.sources.upload.choose(file, `Sample: ${button.textContent.toLowerCase()}`);
    await show(page, page.sources.upload.input, signal);
  });
  page.result.play();
}

async function fetchSample(name, signal) {
  const reply = await fetch(`/pages/samples/${name}.opus`, { signal });
  if (!reply.ok) throw new Error("The sample did not load. Try again.");
  return new File([await reply.blob()], `${name}.opus`);
}

async function show({ client, result }, input, signal) {
  const user = byId("listener").value.trim() || null;
  const problem = user && nameProblem(user);
  if (problem) throw new Error(problem);
  result.hide();
  const { prediction, about } = await predictionOf(client, input, user, signal);
  result.show(prediction, about);
}

async function predictionOf(client, { trackId, audio, lyrics, subject }, user, signal) {
  if (trackId) {
    const track = await client.getTrack(trackId, { userId: user, signal });
    if (track.prediction === null) throw new Error(`${subject} must be registered again before Attune can judge it.`);
    return { prediction: track.prediction, about: { subject: trackName(track), audioUrl: track.audio_url } };
  }
  const fields = Object.entries({ audio, lyrics, user_id: user }).filter(([, value]) => value !== null);
  const prediction = await client.predict(Object.fromEntries(fields), { signal });
  return { prediction, about: { subject, audioUrl: audio && URL.createObjectURL(audio) } };
}

/** Do something slow that the button Stop can end. */
async function during(act) {
  const stop = new AbortController();
  const cancel = byId("cancel");
  const abort = () => stop.abort(new Error("Stopped."));
  cancel.addEventListener("click", abort);
  showBusy("One moment…", true);
  try {
    await act(stop.signal);
  } finally {
    cancel.removeEventListener("click", abort);
    showBusy("", false);
  }
}

function showBusy(words, isBusy) {
  byId("doing").textContent = words;
  byId("predict").disabled = isBusy;
  byId("cancel").hidden = !isBusy;
  byId("sent").hidden = true;
}

function showSent(share) {
  byId("sent").hidden = share >= 1;
  byId("sent").value = share;
  byId("doing").textContent = share < 1 ? `Sending: ${Math.round(share * 100)} %` : "Attune is listening…";
}

async function attempt(act) {
  const wrong = byId("wrong");
  wrong.hidden = true;
  try {
    await act();
  } catch (error) {
    wrong.textContent = errorMessage(error);
    wrong.hidden = false;
  }
}

function chosenSource() {
  return document.querySelector('input[name="source"]:checked').value;
}

begin();
