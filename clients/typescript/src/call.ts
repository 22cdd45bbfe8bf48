/** A call as a value: what is sent, how the reply is read, and whether it may be sent twice. */
import type { AttuneError } from "./errors.js";
import type { Reply } from "./reply.js";
import type { Label } from "./types.js";

/** What every method takes besides its own arguments. */
export interface CallOptions {
  /** Ends the call early; the call then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long this call may take with all its attempts, in milliseconds. */
  timeoutMs?: number | undefined;
}

/** One request to the service. */
export interface Call<T> {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Absolute; ids in it are quoted. */
  path: string;
  /** Reads a successful reply. */
  read: (reply: Reply) => Promise<T>;
  query?: Readonly<Record<string, string | number | null | undefined>>;
  /** The body as JSON, unless `form` or `lines` is it. */
  json?: object;
  form?: FormData;
  /** The body as NDJSON. */
  lines?: string;
  headers?: Readonly<Record<string, string>>;
  /** Whether sending it again helps; no call does more when it is sent twice. */
  isRepeatable?: boolean;
  /** Answers the final error, given how many attempts were made, or throws it. */
  recover?: (error: AttuneError, attemptsMade: number) => T;
}

/** Return a call that asks for something. */
export function get<T>(path: string, read: Call<T>["read"]): Call<T> {
  return { method: "GET", path, read };
}

/** Return a call that has something done. */
export function post<T>(path: string, read: Call<T>["read"]): Call<T> {
  return { method: "POST", path, read };
}

/**
 * Return the body that holds fields: a form if a recording is among them, else JSON.
 *
 * @throws TypeError: there are both a recording and an embedding.
 */
export function contentOf(fields: { audio?: Blob | undefined }): { form: FormData } | { json: object } {
  return fields.audio ? { form: formOf(fields) } : { json: fields };
}

/** Return a label under an id, a fresh one if it has none: sent twice, it is recorded once. */
export function withEventId(label: Label): Label {
  return { ...label, event_id: label.event_id ?? newId() };
}

/** The body of a request, and the header that says what it is. */
export interface Body {
  body?: BodyInit;
  headers: Record<string, string>;
}

/** Return the body of a call; a form names its own type. */
export function bodyOf(call: Call<unknown>): Body {
  if (call.form) {
    return { body: call.form, headers: {} };
  }
  if (call.lines !== undefined) {
    return { body: call.lines, headers: { "Content-Type": "application/x-ndjson" } };
  }
  if (call.json) {
    const body = JSON.stringify(call.json, refusingInfinity());
    return { body, headers: { "Content-Type": "application/json" } };
  }
  return { headers: {} };
}

/** Return a call's path and its query, without what is null or undefined. */
export function targetOf({ path, query = {} }: Call<unknown>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) {
      given.set(name, String(value));
    }
  }
  return given.size ? `${path}?${given}` : path;
}

/**
 * Return fields as a form, without those that are null; a Blob without a name is "audio".
 *
 * @throws TypeError: one is a list, which a form does not hold.
 */
function formOf(fields: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (value instanceof Blob) {
      form.set(name, value, value instanceof File ? value.name : "audio");
    } else if (Array.isArray(value)) {
      throw new TypeError(
        `audio and ${name} were given; embeddings take the place of a recording, so leave one of them out`,
      );
    } else if (value !== null && value !== undefined) {
      form.set(name, String(value));
    }
  }
  return form;
}

/**
 * Return an id as one segment of a path.
 *
 * @throws RangeError: it is empty or consists of dots, so the path would name something else.
 */
export function segment(id: string): string {
  if (["", ".", ".."].includes(id)) {
    throw new RangeError(`an id needs a letter or a digit, got ${JSON.stringify(id)}`);
  }
  return encodeURIComponent(id);
}

/** Return a fresh random id, as events and requests have; it needs no secure context. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Return a replacer for one JSON.stringify that throws a RangeError for a number which is not
 * finite, as in "audio_embedding[3] is NaN"; null, written instead, may mean something else.
 */
function refusingInfinity(): (this: object, name: string, value: unknown) => unknown {
  const places = new Map<object, string>(); // of the objects and lists seen so far
  return function (name, value) {
    if (typeof value === "number" && !Number.isFinite(value)) {
      const place = within(places.get(this), name, Array.isArray(this));
      throw new RangeError(`${place} is ${value}; a finite number is needed`);
    }
    if (typeof value === "object" && value !== null) {
      places.set(value, within(places.get(this), name, Array.isArray(this)));
    }
    return value;
  };
}

/** Return the place of a member, such as `labels[0].valence`; the whole has none. */
function within(whole: string | undefined, name: string, isListed: boolean): string {
  if (!whole) {
    return name;
  }
  return isListed ? `${whole}[${name}]` : `${whole}.${name}`;
}
