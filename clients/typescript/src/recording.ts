/** Recordings, and files of lyrics: a file, or its bytes. */

/** A `Blob` or a `File`, or the bytes of a file, such as a `Buffer` of Node. */
export type Audio = Blob | ArrayBuffer | ArrayBufferView;

interface Files {
  audio?: Audio | null | undefined;
  lyrics?: string | Audio | null | undefined;
}

/**
 * Return fields with their recording and their file of lyrics, if they have them, as Blobs.
 *
 * @throws TypeError: one is neither a Blob nor bytes; lyrics may also be a text.
 */
export function withBlobs({ audio, lyrics, ...others }: Files & object): object {
  return {
    ...others,
    ...(isGiven(audio) && { audio: blobOf(audio, "audio") }),
    ...(isGiven(lyrics) && { lyrics: typeof lyrics === "string" ? lyrics : blobOf(lyrics, "lyrics") }),
  };
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function blobOf(file: Audio, field: string): Blob {
  if (file instanceof Blob) {
    return file;
  }
  if (file instanceof ArrayBuffer || ArrayBuffer.isView(file)) {
    return new Blob([file as BlobPart]);
  }
  const got = typeof file === "string" ? "a text" : Object.prototype.toString.call(file).slice(8, -1);
  throw new TypeError(`${field} is ${got}; a Blob, a File or bytes are needed`);
}
