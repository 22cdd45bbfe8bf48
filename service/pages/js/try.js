/** The page /try: a prediction for a sample, a file, lyrics, or a track that is registered. */

import { openSession } from "./session.js";
import { Result } from "./try-result.js";
import { nameOf, TrackSource, UploadSource } from "./try-source.js";
import { fetchTelling } from "./upload.js";

const byId = (id) => document.getElementById(id);

async function begin() {
  const { user, client } = await openSession({ needsUser: false, fetch: fetchTelling(tellSent) });
  const sources = { upload: new UploadSource(), track: new TrackSource(client) };
  const page = { client, sources, result: new Result() };
  byId("listener").value = user ?? "";
  for (const choice of document.querySelectorAll('input[name="source"]')) {
    choice.addEventListener("change", () => attempt(() => look(page)));
  }
  for (const button of document.querySelectorAll("[data-sample]")) {
    button.addEventListener("click", () => attempt(() => predictSample(page, button)));
  }
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => predict(page));
  });
  await attempt(() => look(page)); // a browser may remember what was chosen before
}

/** Show the fields of the source that is chosen. */
async function look({ sources }) {
  const chosen = chosenSource();
  for (const name of Object.keys(sources)) byId(name).hidden = name !== chosen;
  await sources[chosen].read?.();
}

async function predict(page) {
  const source = page.sources[chosenSource()];
  const { asked } = source;
  if (asked === null) throw new Error(source.missing);
  await during((signal) => show(page, asked, signal));
}

/** Predict a short recording that comes with the page, as if its file were chosen, and play it. */
async function predictSample(page, button) {
  if (byId("predict").disabled) return; // one after another
  await during(async (signal) => {
    const file = await fetchSample(button.dataset.sample, signal);
    byId("from-upload").checked = true;
    await look(page);
    page.sources.upload.take(file, `Sample: ${button.textContent.toLowerCase()}`);
    await show(page, page.sources.upload.asked, signal);
  });
  page.result.play();
}

async function fetchSample(name, signal) {
  const reply = await fetch(`/pages/samples/${name}.opus`, { signal });
  if (!reply.ok) throw new Error("The sample could not be fetched; please try again.");
  return new File([await reply.blob()], `${name}.opus`);
}

async function show({ client, result }, asked, signal) {
  const user = byId("listener").value.trim() || null;
  result.hide();
  const { prediction, about } = await answer(client, asked, user, signal);
  result.show(prediction, about);
}

async function answer(client, { trackId, audio, lyrics, subject }, user, signal) {
  if (trackId) {
    const track = await client.getTrack(trackId, { userId: user, signal });
    if (track.prediction === null) throw new Error(`${subject} was registered for another model.`);
    return { prediction: track.prediction, about: { subject: nameOf(track), audioUrl: track.audio_url } };
  }
  const asked = { audio, lyrics, user_id: user };
  const given = Object.entries(asked).filter(([, value]) => value !== null);
  const prediction = await client.predict(Object.fromEntries(given), { signal });
  return { prediction, about: { subject, audioUrl: audio && URL.createObjectURL(audio) } };
}

/** Do something that takes its time, and can be stopped. */
async function during(act) {
  const stop = new AbortController();
  const cancel = byId("cancel");
  const abort = () => stop.abort(new Error("Stopped."));
  cancel.addEventListener("click", abort);
  tellDoing("Asking…", true);
  try {
    await act(stop.signal);
  } finally {
    cancel.removeEventListener("click", abort);
    tellDoing("", false);
  }
}

function tellDoing(words, isBusy) {
  byId("doing").textContent = words;
  byId("predict").disabled = isBusy;
  byId("cancel").hidden = !isBusy;
  byId("sent").hidden = true;
}

function tellSent(share) {
  byId("sent").hidden = share >= 1;
  byId("sent").value = share;
  byId("doing").textContent = share < 1 ? `Sending: ${Math.round(share * 100)} %` : "Listening to it…";
}

async function attempt(act) {
  const wrong = byId("wrong");
  wrong.hidden = true;
  try {
    await act();
  } catch (error) {
    wrong.textContent = error.detail ?? error.message;
    wrong.hidden = false;
  }
}

function chosenSource() {
  return document.querySelector('input[name="source"]:checked').value;
}

begin();
