/**
 * Plays a recording and counts the seconds that were heard.
 *
 * Pauses, jumps and silence do not count. A recording that is shorter than `listenS` must be heard
 * once.
 */

const SLACK_S = 0.1;
/** A longer step between two positions is a jump. */
const LONGEST_STEP_S = 1.5;

export class Player {
  /**
   * @param {HTMLAudioElement} audio
   * @param {object} parts
   * @param {number} parts.listenS seconds to hear before an answer
   * @param {(player: Player) => void} parts.onChange called as it plays, several times a second
   * @param {() => void} parts.onHeard called once a recording, when enough was heard
   * @param {() => void} parts.onBroken called if a recording cannot be played
   * @param {() => void} [parts.onPlayable] called when playing can begin
   */
  constructor(audio, { listenS, onChange, onHeard, onBroken, onPlayable = () => {} }) {
    this.#audio = audio;
    this.#parts = { listenS, onChange, onHeard, onBroken };
    for (const event of ["play", "pause", "ended", "durationchange", "volumechange", "seeked"]) {
      audio.addEventListener(event, () => this.#look());
    }
    audio.addEventListener("play", () => this.#watch());
    audio.addEventListener("timeupdate", () => this.#look());
    audio.addEventListener("ended", () => this.#finish());
    audio.addEventListener("seeking", () => {
      this.#last = audio.currentTime;
    });
    audio.addEventListener("canplay", onPlayable);
    audio.addEventListener("error", () => audio.hasAttribute("src") && onBroken());
  }

  #audio;
  #parts;
  #last = 0;
  #heard = 0;
  #isEnough = false;

  /** Load another recording, of which `heardS` seconds were heard before. */
  load(url, heardS = 0) {
    this.#last = 0;
    this.#heard = heardS;
    this.#isEnough = false;
    this.#audio.src = url;
    this.#audio.load();
    this.#look();
  }

  /** Stop and unload the recording. */
  unload() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
  }

  /** Play; resolves to whether the browser allowed it. */
  async play() {
    try {
      await this.#audio.play();
      return true;
    } catch {
      return false; // there was no press before, or it was paused at once
    }
  }

  toggle() {
    if (this.#audio.paused) return this.play();
    return this.#audio.pause();
  }

  get isPlaying() {
    return !this.#audio.paused && !this.#audio.ended;
  }

  get isSilent() {
    return this.#audio.muted || this.#audio.volume === 0;
  }

  get isLooping() {
    return this.#audio.loop;
  }

  set isLooping(isLooping) {
    this.#audio.loop = isLooping;
  }

  set volume(volume) {
    this.#audio.volume = volume;
  }

  get position() {
    return this.#audio.currentTime;
  }

  set position(seconds) {
    this.#audio.currentTime = seconds;
  }

  /** Length in seconds, or 0 while it is unknown. */
  get duration() {
    return Number.isFinite(this.#audio.duration) ? this.#audio.duration : 0;
  }

  /** Seconds left to hear before an answer. */
  get missing() {
    const whole = this.duration === 0 ? Number.POSITIVE_INFINITY : this.duration - SLACK_S;
    return Math.max(0, Math.min(this.#parts.listenS, whole) - this.#heard);
  }

  /** The share of the required seconds that was heard, from 0 to 1. */
  get share() {
    const all = this.#heard + this.missing;
    return all === 0 ? 1 : this.#heard / all;
  }

  #watch() {
    const frame = () => {
      this.#look();
      if (this.isPlaying) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  #look() {
    const now = this.#audio.currentTime;
    const step = now - this.#last;
    if (step > 0 && step < LONGEST_STEP_S && !this.#audio.seeking && !this.isSilent) {
      this.#heard += step;
    }
    this.#last = now;
    if (!this.#isEnough && this.missing === 0) {
      this.#isEnough = true;
      this.#parts.onHeard();
    }
    this.#parts.onChange(this);
  }

  #finish() {
    // Decoders end a little before or after the length that the file states.
    if (!this.isSilent && this.missing < 2 * SLACK_S) this.#heard += this.missing;
    this.#look();
  }
}
