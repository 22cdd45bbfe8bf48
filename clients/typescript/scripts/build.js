/**
 * Compiles src/ into dist/ and into the pages: `npm run build`.
 *
 * With `--check` nothing is written, and the pages are compared with a fresh build; with `--dist` only
 * dist/ is written.
 */
import { readdir, rm } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { write } from "./files.js";

const HERE = new URL("..", import.meta.url);
const DIST = new URL("dist/", HERE);
const PAGES = new URL("../../service/pages/js/client/", HERE);
const NOTHING_RUNS = "export {};\n"; // the output of a module of types

const isChecking = process.argv.includes("--check");
const built = compiled(isChecking ? { noCheck: true, declaration: false } : {});
const running = [...built].filter(([name, text]) => name.endsWith(".js") && runs(text));
if (!isChecking) {
  await rm(DIST, { recursive: true, force: true });
  await write(under(DIST, built), "npm run build");
}
if (!process.argv.includes("--dist")) {
  await write(under(PAGES, running), "npm run build");
  await reportUnknownFiles(new Set(running.map(([name]) => name)));
}

/** Return the compiler's output by its name in dist/. */
function compiled(options) {
  const file = fileURLToPath(new URL("tsconfig.json", HERE));
  const config = ts.getParsedCommandLineOfConfigFile(file, options, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: refuse,
  });
  const program = ts.createProgram(config.fileNames, config.options);
  const texts = new Map();
  const { diagnostics } = program.emit(undefined, (file, text) => {
    texts.set(basename(file), text);
  });
  [...config.errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics].forEach(refuse);
  return texts;
}

/** @param {ts.Diagnostic} fault */
function refuse(fault) {
  throw new Error(ts.formatDiagnostic(fault, ts.createCompilerHost({})));
}

function runs(text) {
  return text.replace(/\/\*[\s\S]*?\*\/\n?|\/\/.*\n/g, "") !== NOTHING_RUNS;
}

function under(folder, texts) {
  return new Map([...texts].map(([name, text]) => [new URL(name, folder), text]));
}

/** Fail if the pages' folder has files that the build does not write. */
async function reportUnknownFiles(names) {
  const unknown = (await readdir(PAGES)).filter((name) => !names.has(name));
  if (unknown.length) {
    console.error(`service/pages/js/client has files of no build: ${unknown.join(", ")}`);
    process.exitCode = 1;
  }
}
