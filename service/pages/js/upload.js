/**
 * A `fetch` that tells how much of a form was sent; the browser's own does not.
 *
 *     const send = fetchTelling((share) => { bar.value = share; });
 *
 * Whatever is no form goes through the browser's own.
 */

/**
 * @param {(share: number) => void} tell called with what was sent, from 0 to 1
 * @returns {(url: string, init: RequestInit) => Promise<Response>}
 */
export function fetchTelling(tell) {
  return (url, init) =>
    init.body instanceof FormData ? sendForm(url, init, tell) : fetch(url, init);
}

function sendForm(url, { method, headers, body, signal }, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "blob";
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) tell(sent.loaded / sent.total);
    });
    request.upload.addEventListener("load", () => tell(1));
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
