/**
 * Writes src/contract.ts, the types of the committed contract: `npm run types [-- --check]`.
 *
 * The first line holds the SHA-256 of the contract, so that tests detect a stale file without Node.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import openapiTS, { astToString, transformSchemaObject } from "openapi-typescript";
import ts from "typescript";
import { write } from "./files.js";

const CONTRACT = new URL("../../openapi.json", import.meta.url);
const TYPES = new URL("../src/contract.ts", import.meta.url);
const { createTypeReferenceNode: reference } = ts.factory;

const contract = await readFile(CONTRACT);
const nodes = await openapiTS(JSON.parse(contract.toString()), {
  defaultNonNullable: false, // callers may omit fields with a default
  transform: (schema, options) => file(schema) ?? map(schema, options),
});
const digest = createHash("sha256").update(contract).digest("hex");
const head = `// Made by \`npm run types\` from clients/openapi.json, sha256 ${digest}\n`;

await write(new Map([[TYPES, head + astToString(nodes)]]), "npm run types");

/** Return the type of a recording in browsers and in Node. */
function file({ contentMediaType, format }) {
  const isFile = contentMediaType === "application/octet-stream" || format === "binary";
  return isFile ? reference("Blob") : undefined;
}

/** Return the type of a map with known keys: complete for quadrants, partial for modalities. */
function map(schema, options) {
  const keys = schema.propertyNames?.$ref?.split("/").pop();
  if (!keys || !schema.additionalProperties) {
    return undefined;
  }
  const values = transformSchemaObject(schema.additionalProperties, options);
  const whole = reference("Record", [reference(`components["schemas"]["${keys}"]`), values]);
  return keys === "Quadrant" ? whole : reference("Partial", [whole]);
}
