/**
 * Compiles src/ into dist/, and what runs of it into the pages: `npm run build`.
 *
 * With `--check` nothing is written, and what the pages hold is compared with a fresh build; with
 * `--dist` the pages are left alone.
 */
import { readdir, rm } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { write } from "./files.js";

const HERE = new URL("..", import.meta.url);
const DIST = new URL("dist/", HERE);
const PAGES = new URL("../../service/pages/js/client/", HERE);
const NOTHING_RUNS = "export {};\n"; // what a module of types alone becomes

const isChecking = process.argv.includes("--check");
const built = compiled(isChecking ? { noCheck: true, declaration: false } : {});
const running = [...built].filter(([name, text]) => name.endsWith(".js") && runs(text));
if (!isChecking) {
  await rm(DIST, { recursive: true, force: true });
  await write(under(DIST, built), "npm run build");
}
if (!process.argv.includes("--dist")) {
  await write(under(PAGES, running), "npm run build");
  await reportStrangers(new Set(running.map(([name]) => name)));
}

/** Return what the compiler emits under some options, by its name in dist/. */
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

/** Fail if the pages' folder holds what is not built. */
async function reportStrangers(names) {
  const strangers = (await readdir(PAGES)).filter((name) => !names.has(name));
  if (strangers.length) {
    console.error(`service/pages/js/client holds what no build made: ${strangers.join(", ")}`);
    process.exitCode = 1;
  }
}
