/** A `fetch` that reports the progress of an upload, which the browser's own does not. */

/**
 * Return a `fetch` that reports how much of a form was sent; other bodies use the browser's own.
 *
 * @param {(share: number) => void} onProgress called with the share that was sent, from 0 to 1
 * @returns {(url: string, init: RequestInit) => Promise<Response>}
 */
export function fetchWithProgress(onProgress) {
  return (url, init) =>
    init.body instanceof FormData ? sendForm(url, init, onProgress) : fetch(url, init);
}

function sendForm(url, { method, headers, body, signal }, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "blob";
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) onProgress(sent.loaded / sent.total);
    });
    request.upload.addEventListener("load", () => onProgress(1));
    request.addEventListener("load", () => resolve(responseTo(request)));
    request.addEventListener("error", () => reject(new TypeError("the connection failed")));
    request.addEventListener("abort", () => reject(signal.reason));
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function responseTo(request) {
  const lines = request.getAllResponseHeaders().trim().split(/[\r\n]+/);
  const headers = lines.filter(Boolean).map((line) => {
    const [name, ...value] = line.split(":");
    return [name, value.join(":").trim()];
  });
  const { status, statusText, response } = request;
  return new Response(response, { status, statusText, headers });
}
