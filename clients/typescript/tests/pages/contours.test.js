/** Contours of densities whose shape is known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { contours, levelHolding } from "../../../../service/pages/js/contours.js";

const N = 41;
const AXIS = Array.from({ length: N }, (_, i) => (2 * i) / (N - 1) - 1);
const CELL = 2 / (N - 1);

/** Return a density over the grid, given as a function of x and y. */
function over(height) {
  return AXIS.map((y) => AXIS.map((x) => height(x, y)));
}

function hill(centreX, centreY, sd) {
  return (x, y) => Math.exp(-((x - centreX) ** 2 + (y - centreY) ** 2) / (2 * sd ** 2));
}

/** Twice the area within a loop; positive if it runs anticlockwise. */
function turning(loop) {
  return loop.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = loop[(i + 1) % loop.length];
    return sum + x * nextY - nextX * y;
  }, 0);
}

/** The longest step from one point of a loop to the next. */
function longestStep(loop) {
  const steps = loop.map(([x, y], i) => {
    const [nextX, nextY] = loop[(i + 1) % loop.length];
    return Math.hypot(nextX - x, nextY - y);
  });
  return Math.max(...steps);
}

for (const mass of [0.5, 0.8, 0.95]) {
  test(`the region that holds ${mass} of a normal density is the disc that theory says`, () => {
    const sd = 0.2;
    const density = over(hill(0.1, -0.2, sd));

    const [loop, ...others] = contours(density, AXIS, levelHolding(density, mass));

    const radius = sd * Math.sqrt(-2 * Math.log(1 - mass)); // Rayleigh's quantile
    assert.equal(others.length, 0);
    for (const [x, y] of loop) {
      // the level is known to a ring of cells, the line to a fraction of one
      assert.ok(Math.abs(Math.hypot(x - 0.1, y + 0.2) - radius) < CELL / 2);
    }
  });
}

test("around a hill it runs anticlockwise, without gaps", () => {
  const [loop] = contours(over(hill(0, 0, 0.3)), AXIS, 0.5);

  assert.ok(turning(loop) > 0);
  assert.ok(longestStep(loop) <= Math.SQRT2 * CELL);
});

test("around a hollow it runs clockwise, so that a ring is a ring", () => {
  const ring = over((x, y) => Math.exp(-((Math.hypot(x, y) - 0.5) ** 2) / 0.02));

  const loops = contours(ring, AXIS, 0.5);

  const turns = loops.map(turning).sort((one, other) => one - other);
  assert.equal(loops.length, 2);
  assert.ok(turns[0] < 0 && turns[1] > 0);
  assert.ok(turns[1] > -turns[0]);
});

test("two hills have two lines", () => {
  const [left, right] = [hill(-0.5, 0, 0.1), hill(0.5, 0, 0.1)];

  const loops = contours(over((x, y) => left(x, y) + right(x, y)), AXIS, 0.5);

  const middles = loops.map((loop) => loop.reduce((sum, [x]) => sum + x, 0) / loop.length);
  assert.deepEqual(middles.map(Math.sign).sort(), [-1, 1]);
});

test("a hill on the edge is closed along the edge", () => {
  const [loop, ...others] = contours(over(hill(1, 1, 0.3)), AXIS, 0.5);

  assert.equal(others.length, 0);
  assert.ok(loop.every(([x, y]) => x <= 1 && y <= 1));
  assert.ok(loop.some(([x]) => x === 1) && loop.some(([, y]) => y === 1));
  assert.ok(turning(loop) > 0);
});

test("a saddle is crossed the way its middle says", () => {
  const axis = [-1, 1];

  const apart = contours([[1, 0], [0, 1]], axis, 0.6);
  const bridged = contours([[1, 0], [0, 1]], axis, 0.4);

  assert.equal(apart.length, 2);
  assert.equal(bridged.length, 1);
});

test("nothing is above the highest ground", () => {
  assert.deepEqual(contours(over(hill(0, 0, 0.3)), AXIS, 1.1), []);
});

test("rows go with the ordinate, columns with the abscissa", () => {
  const [loop] = contours(over(hill(0.5, -0.25, 0.1)), AXIS, 0.5);

  const middle = [0, 1].map((i) => loop.reduce((sum, at) => sum + at[i], 0) / loop.length);
  assert.ok(Math.abs(middle[0] - 0.5) < 0.01);
  assert.ok(Math.abs(middle[1] + 0.25) < 0.01);
});

for (const mass of [0.1, 0.5, 0.9]) {
  test(`cells above the level hold ${mass} of the mass, and one fewer would not`, () => {
    const density = over(hill(0.3131, 0.1272, 0.25)); // off the grid: no two cells are equal
    const cells = density.flat();
    const sum = (kept) => kept.reduce((held, cell) => held + cell, 0);

    const level = levelHolding(density, mass);

    const above = cells.filter((cell) => cell > level);
    assert.ok(sum(above) >= mass * sum(cells));
    assert.ok(sum(above) - Math.min(...above) < mass * sum(cells));
  });
}
