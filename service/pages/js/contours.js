/**
 * Contours of a density on a grid, by marching squares.
 *
 *     const level = levelHolding(density, 0.5); // cells above it hold half of the mass
 *     const loops = contours(density, axis, level);
 *
 * A loop is a closed list of points [x, y], higher ground on its left: anticlockwise around a
 * hill, clockwise around a hollow, so that an even-odd or non-zero fill leaves hollows empty.
 */

const CORNERS = [
  [0, 0],
  [0, 1],
  [1, 1],
  [1, 0],
]; // [row, column] of a square, anticlockwise from its lower left

/**
 * Return the level above which cells hold a share of the mass: the region of highest density.
 *
 * @param {number[][]} density rows of cells, none below 0
 * @param {number} mass above 0, below 1
 * @returns {number} half-way between the last cell needed and the next
 */
export function levelHolding(density, mass) {
  const cells = density.flat().sort((one, other) => other - one);
  const wanted = mass * cells.reduce((sum, cell) => sum + cell, 0);
  let held = 0;
  const last = cells.findIndex((cell) => (held += cell) >= wanted);
  return (cells[last] + (cells[last + 1] ?? 0)) / 2;
}

/**
 * Return the closed lines where a density crosses a level.
 *
 * @param {number[][]} density rows from low y to high, each from low x to high
 * @param {number[]} axis the cells' centres, on both axes, ascending
 * @param {number} level above 0
 * @returns {[number, number][][]} loops; along the grid's edge they follow it
 */
export function contours(density, axis, level) {
  const ground = padded(density);
  const places = [axis[0], ...axis, axis[axis.length - 1]]; // the rim has no width: clipped
  const next = new Map();
  for (let row = 0; row + 1 < ground.length; row += 1) {
    for (let column = 0; column + 1 < ground.length; column += 1) {
      for (const [from, to] of crossings(ground, [row, column], level)) {
        next.set(from.edge, { from, to });
      }
    }
  }
  const point = ({ at: [y, x] }) => [between(places, x), between(places, y)];
  return loopsOf(next).map((loop) => loop.map(point));
}

/** Return the density with a rim of zeros, so that every line closes. */
function padded(density) {
  const rim = new Array(density.length + 2).fill(0);
  return [rim, ...density.map((row) => [0, ...row, 0]), rim];
}

/** Return pairs of crossings that a line joins in one square, higher ground on its left. */
function crossings(ground, [row, column], level) {
  const corners = CORNERS.map(([up, right]) => [row + up, column + right]);
  const heights = corners.map(([y, x]) => ground[y][x]);
  const leaving = [];
  const entering = [];
  corners.forEach((corner, side) => {
    const after = (side + 1) % corners.length;
    const isHigh = heights[side] > level;
    if (isHigh === heights[after] > level) return;
    const share = (level - heights[side]) / (heights[after] - heights[side]);
    (isHigh ? leaving : entering).push({ side, ...cross(corner, corners[after], share) });
  });
  if (leaving.length < 2) return leaving.map((from) => [from, entering[0]]);
  const isBridged = heights.reduce((sum, height) => sum + height, 0) / heights.length > level;
  return leaving.map((from) => [from, partner(from, entering, isBridged)]);
}

/** Return the crossing to join at a saddle: around the low corner if bridged, else the high one. */
function partner(from, entering, isBridged) {
  const side = (from.side + (isBridged ? 1 : 3)) % CORNERS.length;
  return entering.find((crossing) => crossing.side === side);
}

/** Return where a side is crossed, and the name of the side, the same for both its squares. */
function cross([y, x], [toY, toX], share) {
  const edge = `${y + toY},${x + toX}`;
  return { edge, at: [y + share * (toY - y), x + share * (toX - x)] };
}

/** Follow each line until it closes. */
function loopsOf(next) {
  const loops = [];
  while (next.size > 0) {
    const loop = [];
    let [edge] = next.keys();
    while (next.has(edge)) {
      const { from, to } = next.get(edge);
      next.delete(edge);
      loop.push(from);
      edge = to.edge;
    }
    loops.push(loop);
  }
  return loops;
}

/** Return the value at a fractional index. */
function between(values, index) {
  const below = Math.min(Math.floor(index), values.length - 2);
  return values[below] + (index - below) * (values[below + 1] - values[below]);
}
