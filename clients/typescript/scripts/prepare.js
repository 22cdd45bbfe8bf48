/**
 * Compiles src/ into dist/ when npm installs or packs this folder.
 *
 * For a folder that another package installs, npm does not install the compiler; this does.
 */
import { execSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const INSTALL = "npm ci --ignore-scripts --include=dev --global=false";

await import("typescript").catch(() => execSync(INSTALL, { cwd: HERE, stdio: "inherit" }));
process.argv.push("--dist");
await import("./build.js");
