/** The examples of README.md run against the service in ATTUNE_URL. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { tone } from "./tone.js";

const url = process.env.ATTUNE_URL;
const skip = url ? false : "README IS NOT RUN: ATTUNE_URL is not set";

const README = await readFile(new URL("../README.md", import.meta.url), "utf8");
const EXAMPLES = [...README.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
const NUMBER = String.raw`-?\d(\.\d+)?(e-\d+)?`;
const PRINTS = [
  new RegExp(`^Q[1-4] ${NUMBER} ${NUMBER}\n$`),
  new RegExp(`^\\[[^\\]]*${NUMBER}[^\\]]*\\]\n(\\S+ .+\n)*(sunrise Sunrise\n)(\\S+ .+\n)*$`),
  /^404 track_not_found\n$/,
];

test("each example has a test", () => {
  assert.equal(EXAMPLES.length, PRINTS.length);
});

for (const [i, example] of EXAMPLES.entries()) {
  test(`example ${i + 1} prints what it should`, { skip }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "attune-readme-"));
    t.after(() => rm(folder, { recursive: true }));
    const code = example
      .replace('"attune-client"', JSON.stringify(import.meta.resolve("attune-client")))
      .replace("http://127.0.0.1:3000", url);
    await writeFile(join(folder, "example.mjs"), code);
    await writeFile(join(folder, "song.ogg"), tone(6));

    const { stdout } = await promisify(execFile)(process.execPath, ["example.mjs"], {
      cwd: folder,
    });

    assert.match(stdout, PRINTS[i]);
  });
}
