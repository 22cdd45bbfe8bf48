/** Writes or checks generated files. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/**
 * Write files; with `--check` on the command line, fail if one differs instead.
 *
 * @param {Map<URL, string>} texts The content of each file.
 * @param {string} remedy The command that writes them.
 */
export async function write(texts, remedy) {
  if (!process.argv.includes("--check")) {
    for (const [file, text] of texts) {
      await mkdir(new URL(".", file), { recursive: true });
      await writeFile(file, text);
    }
    return;
  }
  for (const [file, text] of texts) {
    if ((await textOf(file)) !== text) {
      console.error(`${fileURLToPath(file)} is not up to date: run \`${remedy}\`.`);
      process.exitCode = 1;
    }
  }
}

async function textOf(file) {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined; // there is no such file
  }
}
