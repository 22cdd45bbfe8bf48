/** A service with prepared replies, over real connections. */
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * Start a server for one test.
 *
 * @param {import("node:test").TestContext} t The server is closed when this test ends.
 * @param {...((response: import("node:http").ServerResponse) => void)} answers One for each
 *   request; the last is repeated.
 */
export async function fakeService(t, ...answers) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = await all(request);
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    answers[Math.min(requests.length, answers.length) - 1](response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}

/** Return a JSON reply. */
export function says(status, body, headers = {}) {
  return (response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Return a problem document. */
export function refuses(status, code, headers = {}) {
  const body = { status, code, detail: "So it is.", request_id: "r1", title: "No" };
  return says(status, body, headers);
}

/** Return a reply without a body. */
export function nods(status = 204) {
  return (response) => {
    response.writeHead(status);
    response.end();
  };
}

/** Break the connection. */
export function hangsUp(response) {
  response.socket.destroy();
}

/** Never answer. */
export function keepsSilent() {}

async function all(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return chunks;
}
