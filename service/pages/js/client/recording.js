/** Recordings, and files of lyrics: a file, or its bytes. */
/**
 * Return fields with their recording and their file of lyrics, if they have them, as Blobs.
 *
 * @throws TypeError: one is neither a Blob nor bytes; lyrics may also be a text.
 */
export function withBlobs({ audio, lyrics, ...others }) {
    return {
        ...others,
        ...(isGiven(audio) && { audio: blobOf(audio, "audio") }),
        ...(isGiven(lyrics) && { lyrics: typeof lyrics === "string" ? lyrics : blobOf(lyrics, "lyrics") }),
    };
}
function isGiven(value) {
    return value !== undefined && value !== null;
}
function blobOf(file, field) {
    if (file instanceof Blob) {
        return file;
    }
    if (file instanceof ArrayBuffer || ArrayBuffer.isView(file)) {
        return new Blob([file]);
    }
    const got = typeof file === "string" ? "a text" : Object.prototype.toString.call(file).slice(8, -1);
    throw new TypeError(`${field} is ${got}; a Blob, a File or bytes are needed`);
}
