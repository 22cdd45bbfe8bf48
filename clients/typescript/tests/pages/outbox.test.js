/** Answers are stored until the service has them, and sent in order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../../../service/pages/js/annotate-outbox.js";

/** A browser's store. */
class Store extends Map {
  set(name, text) {
    return text === null ? (this.delete(name), this) : super.set(name, text);
  }

  names(prefix) {
    return [...this.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}

/** A service that fails with these errors, then succeeds. */
function service(...errors) {
  const received = [];
  const send = async ([label]) => {
    const error = errors.shift();
    if (error) throw error;
    received.push(label.event_id);
    return { accepted: 1 };
  };
  return { send, received };
}

function outbox({ send, store = new Store(), user = "ana" }) {
  return new Outbox({ user, send, store, onChange: () => {} });
}

const answer = (event_id) => ({ event_id, track_id: `track of ${event_id}`, valence: 0, arousal: 0 });
const offline = () => new TypeError("Failed to fetch");

test("answers are sent in order and then removed", async () => {
  const { send, received } = service();
  const store = new Store();
  const box = outbox({ send, store });

  await Promise.all(["e1", "e2", "e3"].map((id) => box.put(answer(id))));

  assert.deepEqual(received, ["e1", "e2", "e3"]);
  assert.equal(store.size, 0);
});

test("a failed answer is sent after a wait, before later ones", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { send, received } = service(offline(), offline());
  const box = outbox({ send });

  await box.put(answer("e1"));
  await box.put(answer("e2"));
  assert.deepEqual([box.size, box.trouble.message], [2, "Failed to fetch"]);
  t.mock.timers.tick(2_000);
  await box.flush();

  assert.deepEqual(received, ["e1", "e2"]);
  assert.deepEqual([box.size, box.trouble], [0, null]);
});

test("stored answers are sent first after a reload", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 2_000 });
  const store = new Store();
  const { send, received } = service(offline());
  await outbox({ send, store }).put(answer("e1"));
  t.mock.timers.setTime(1_000); // the clock was set back

  await outbox({ send, store }).put(answer("e2"));

  assert.deepEqual(received, ["e1", "e2"]);
});

test("a refused answer does not delay others", async () => {
  const gone = Object.assign(new Error("gone"), { status: 404 });
  const { send, received } = service(gone);
  const box = outbox({ send });

  await box.put(answer("e1"));
  await box.put(answer("e2"));

  assert.deepEqual(received, ["e2"]);
  assert.deepEqual(box.refused, [{ label: answer("e1"), error: gone }]);
});

test("waiting answers list their tracks", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const box = outbox(service(offline()));

  await box.put(answer("e1"));

  assert.deepEqual(box.trackIds, ["track of e1"]);
});

test("another listener's answers are not sent", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const store = new Store();
  await outbox({ ...service(offline()), store }).put(answer("e1"));
  const { send, received } = service();

  await outbox({ send, store, user: "an" }).flush();

  assert.deepEqual(received, []);
  assert.equal(store.size, 1);
});
