/** Recordings: a file, or its bytes. */
/**
 * Return fields with their recording, if there is one, as a Blob.
 *
 * @throws TypeError: the recording is neither a Blob nor bytes.
 */
export function withBlob(fields) {
    const { audio, ...others } = fields;
    return audio === undefined || audio === null ? others : { ...others, audio: blobOf(audio) };
}
function blobOf(audio) {
    if (audio instanceof Blob) {
        return audio;
    }
    if (audio instanceof ArrayBuffer || ArrayBuffer.isView(audio)) {
        return new Blob([audio]);
    }
    const got = typeof audio === "string" ? "a text" : Object.prototype.toString.call(audio).slice(8, -1);
    throw new TypeError(`audio is ${got}; a Blob, a File or bytes are needed`);
}
