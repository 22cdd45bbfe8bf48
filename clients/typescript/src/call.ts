/** A call as a value: the request, how to read the reply, whether to repeat it. */
import type { AttuneError } from "./errors.js";
import type { Reply } from "./reply.js";
import type { Label } from "./types.js";

/** Options of every method. */
export interface CallOptions {
  /** Ends the call early; the call then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Time limit of the call with all attempts, in milliseconds. */
  timeoutMs?: number | undefined;
}

/** One request to the service. */
export interface Call<T> {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Absolute path with quoted ids. */
  path: string;
  /** Reads a successful reply. */
  read: (reply: Reply) => Promise<T>;
  query?: Readonly<Record<string, string | number | null | undefined>>;
  /** The JSON body; `form` and `lines` take precedence. */
  json?: object;
  form?: FormData;
  /** The NDJSON body. */
  lines?: string;
  headers?: Readonly<Record<string, string>>;
  /** Whether to repeat it after a failure; every call is idempotent. */
  isRepeatable?: boolean;
  /** Turns the final error into a result, or throws it. */
  recover?: (error: AttuneError, attemptsMade: number) => T;
}

/** Return a GET call. */
export function get<T>(path: string, read: Call<T>["read"]): Call<T> {
  return { method: "GET", path, read };
}

/** Return a POST call. */
export function post<T>(path: string, read: Call<T>["read"]): Call<T> {
  return { method: "POST", path, read };
}

/**
 * Return the body of fields: a form if there is a file, else JSON.
 *
 * @throws TypeError: a file and an embedding were given.
 */
export function contentOf(fields: object): { form: FormData } | { json: object } {
  const files = Object.entries(fields).filter(([, value]) => value instanceof Blob);
  return files.length ? { form: formOf(fields, files.map(([name]) => name)) } : { json: fields };
}

/** Return a label with an event id, so that a repeated request records it once. */
export function withEventId(label: Label): Label {
  return { ...label, event_id: label.event_id ?? newId() };
}

/** The body of a request and its content type. */
export interface Body {
  body?: BodyInit;
  headers: Record<string, string>;
}

/** Return the body of a call; `fetch` sets the content type of a form. */
export function bodyOf(call: Call<unknown>): Body {
  if (call.form) {
    return { body: call.form, headers: {} };
  }
  if (call.lines !== undefined) {
    return { body: call.lines, headers: { "Content-Type": "application/x-ndjson" } };
  }
  if (call.json) {
    const body = JSON.stringify(call.json, finiteOnly());
    return { body, headers: { "Content-Type": "application/json" } };
  }
  return { headers: {} };
}

/** Return a call's path and query, without null and undefined. */
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
 * Return fields as a form, without null and undefined; a Blob without a name has the field's.
 *
 * @throws TypeError: a field is a list.
 */
function formOf(fields: object, files: string[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (value instanceof Blob) {
      form.set(name, value, value instanceof File ? value.name : name);
    } else if (Array.isArray(value)) {
      throw new TypeError(
        `${[...files, name].join(" and ")} were given; embeddings take the place of a recording and lyrics, so leave one of them out`,
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
 * @throws RangeError: it is empty, "." or "..", which would change the path.
 */
export function segment(id: string): string {
  if (["", ".", ".."].includes(id)) {
    throw new RangeError(`an id cannot be empty, "." or "..", got ${JSON.stringify(id)}`);
  }
  return encodeURIComponent(id);
}

/** Return a random id for an event or a request; works without a secure context. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Return a replacer for one JSON.stringify that throws a RangeError for NaN and infinity, as in
 * "audio_embedding[3] is NaN"; JSON.stringify would write null.
 */
function finiteOnly(): (this: object, name: string, value: unknown) => unknown {
  const places = new Map<object, string>(); // paths of the objects and lists so far
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

/** Return the path of a member, such as `labels[0].valence`. */
function within(whole: string | undefined, name: string, isListed: boolean): string {
  if (!whole) {
    return name;
  }
  return isListed ? `${whole}[${name}]` : `${whole}.${name}`;
}
