/** A generated recording. */

const RATE_HZ = 16_000;
const HEADER = 44;

/** Return a WAV file of a 440 Hz tone that swells for `seconds`. */
export function tone(seconds) {
  const n = seconds * RATE_HZ;
  const file = Buffer.alloc(HEADER + 2 * n);
  file.write("RIFF");
  file.writeUInt32LE(HEADER - 8 + 2 * n, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16); // the length of what follows
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // one channel
  file.writeUInt32LE(RATE_HZ, 24);
  file.writeUInt32LE(2 * RATE_HZ, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34); // bits
  file.write("data", 36);
  file.writeUInt32LE(2 * n, 40);
  for (let i = 0; i < n; i += 1) {
    const wave = Math.sin((2 * Math.PI * 440 * i) / RATE_HZ);
    file.writeInt16LE(Math.round(20_000 * (i / n) * wave), HEADER + 2 * i);
  }
  return file;
}
