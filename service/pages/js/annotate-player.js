/**
 * The recording: plays, and counts the seconds that were heard.
 *
 * Heard is what was played aloud: neither a pause nor a jump nor silence counts. A recording
 * shorter than what is to be heard is enough when it was heard once.
 */

const SLACK_S = 0.1;
/** Between two looks at the position; more is a jump. */
const LONGEST_STEP_S = 1.5;

export class Player {
  /**
   * @param {HTMLAudioElement} audio
   * @param {object} parts
   * @param {number} parts.listenS seconds to be heard before an answer
   * @param {(player: Player) => void} parts.onChange called as it plays, several times a second
   * @param {() => void} parts.onHeard called once for each recording, when enough was heard
   * @param {() => void} parts.onBroken called where a recording cannot be played
   * @param {() => void} [parts.onPlayable] called when it could begin
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

  /** Take another recording; `heardS` of it were heard before. */
  load(url, heardS = 0) {
    this.#last = 0;
    this.#heard = heardS;
    this.#isEnough = false;
    this.#audio.src = url;
    this.#audio.load();
    this.#look();
  }

  /** Stop, and have no recording. */
  unload() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
  }

  /** Play; resolves to whether the browser let it. */
  async play() {
    try {
      await this.#audio.play();
      return true;
    } catch {
      return false; // it was not asked for by a press, or was stopped at once
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

  /** Seconds, or 0 while it is not known. */
  get duration() {
    return Number.isFinite(this.#audio.duration) ? this.#audio.duration : 0;
  }

  /** Seconds of it that were heard. */
  get heard() {
    return this.#heard;
  }

  /** Seconds that are still to be heard before an answer. */
  get missing() {
    const whole = this.duration === 0 ? Number.POSITIVE_INFINITY : this.duration - SLACK_S;
    return Math.max(0, Math.min(this.#parts.listenS, whole) - this.#heard);
  }

  /** Which part of what is to be heard was heard, from 0 to 1. */
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
    // Decoders end a little before or after what the file says of its length.
    if (!this.isSilent && this.missing < 2 * SLACK_S) this.#heard += this.missing;
    this.#look();
  }
}
