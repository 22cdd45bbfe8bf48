/** The global `fetch`, looked up at each call. */
export const network = (url, init) => globalThis.fetch(url, init);
/**
 * Return the prefix of every path.
 *
 * @throws TypeError: `url` is no address, and no page supplies one.
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
 * Return the header that carries a key, or no header without a key.
 *
 * @throws TypeError: the key has an invalid character; the message does not show the key.
 */
export function authorization(key) {
    const shown = (typeof key === "function" ? key() : key)?.trim();
    if (!shown) {
        return {};
    }
    if (!/^[!-~]+$/.test(shown)) {
        // the error of fetch would show the key
        throw new TypeError("the key holds a character that no key has");
    }
    return { Authorization: `Bearer ${shown}` };
}
