/** What test_own_embeddings.py has the TypeScript client do: `node … teach|show URL USER rows.json`. */
import { readFileSync } from "node:fs";
import { AttuneClient } from "attune-client";

const [step, url, user_id, path] = process.argv.slice(2);
const { registered, unknown } = JSON.parse(readFileSync(path, "utf8"));
const attune = new AttuneClient(url);

if (step === "teach") {
  for (const [id, row] of Object.entries(registered)) await attune.putTrack(`${user_id}-${id}`, row);
  const { tracks } = await attune.query({ user_id, n: 10 });
  await attune.update({ user_id, labels: tracks.map(({ track_id }) => ({ track_id, quadrant: "Q3" })) });
} else {
  console.log(JSON.stringify(await told()));
}

async function told() {
  const [alone] = (await attune.predictBatch({ embeddings: [unknown] })).items;
  const hers = await attune.predict({ user_id, ...unknown });
  const ranked = await attune.rank({ user_id, quadrant: "Q3", limit: 500, exclude_answered: false });
  return {
    alone: alone.prediction.probabilities,
    hers: hers.probabilities,
    n_labels: hers.personal.n_labels,
    used: hers.personal.used,
    ranked: ranked.tracks.map(({ track_id, probability }) => [track_id, probability]),
  };
}
