/** The global `fetch`, looked up when it is needed. */
export const network = (url, init) => globalThis.fetch(url, init);
/**
 * Return what stands in front of every path.
 *
 * @throws TypeError: it is no address, and there is no page whose own would serve.
 */
export function baseOf(url) {
    const isAddress = /^https?:\/\/[^/]/.test(url);
    if (!isAddress && (url.includes(":") || !("location" in globalThis))) {
        const shown = JSON.stringify(url);
        throw new TypeError(`an address such as http://127.0.0.1:3000 is needed, got ${shown}`);
    }
    return url.replace(/\/+$/, "");
}
/**
 * Return the header that shows a key; none for none.
 *
 * @throws TypeError: the key holds a character that no key has; it is not shown.
 */
export function authorization(key) {
    const shown = (typeof key === "function" ? key() : key)?.trim();
    if (!shown) {
        return {};
    }
    if (!/^[!-~]+$/.test(shown)) {
        // fetch would complain too, and tell the whole of it
        throw new TypeError("the key holds a character that no key has");
    }
    return { Authorization: `Bearer ${shown}` };
}
