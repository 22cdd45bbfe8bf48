/** Recordings: a file, or its bytes. */

/** A `Blob` or a `File`, or the bytes of a file, such as a `Buffer` of Node. */
export type Audio = Blob | ArrayBuffer | ArrayBufferView;

/**
 * Return fields with their recording, if there is one, as a Blob.
 *
 * @throws TypeError: the recording is neither a Blob nor bytes.
 */
export function withBlob<Fields extends { audio?: Audio | undefined }>(
  fields: Fields,
): Omit<Fields, "audio"> & { audio?: Blob } {
  const { audio, ...others } = fields;
  return audio === undefined || audio === null ? others : { ...others, audio: blobOf(audio) };
}

function blobOf(audio: Audio): Blob {
  if (audio instanceof Blob) {
    return audio;
  }
  if (audio instanceof ArrayBuffer || ArrayBuffer.isView(audio)) {
    return new Blob([audio as BlobPart]);
  }
  const got = typeof audio === "string" ? "a text" : Object.prototype.toString.call(audio).slice(8, -1);
  throw new TypeError(`audio is ${got}; a Blob, a File or bytes are needed`);
}
