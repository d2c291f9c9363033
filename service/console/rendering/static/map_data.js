// The places and groups of the products on the map.

const BITS = 14; // of a cell's number, along each axis
export const SCALE = (1 << BITS) - 1;
const CELLS = 256; // cells of the search for the nearest dot, along each axis

// See EncodedMap of facts/catalog_map.py.
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const count = head.placed;
  const column = (number) => new Uint8Array(buffer, 4 + length + number * count, count);
  const [lowest, low, high, highest, group, groupHigh] = [0, 1, 2, 3, 4, 5].map(column);
  const [x, y, groups] = [new Int16Array(count), new Int16Array(count), new Uint16Array(count)];
  for (let row = 0, cell = 0; row < count; row++) {
    cell += lowest[row] | (low[row] << 8) | (high[row] << 16) | (highest[row] << 24);
    x[row] = 2 * (cell >> BITS) - SCALE;
    y[row] = 2 * (cell & SCALE) - SCALE;
    groups[row] = group[row] | (groupHigh[row] << 8);
  }
  return { head, x, y, groups };
}

// Rows of the dots by cell, so that the nearest one is found without looking at all.
export class Cells {
  constructor(x, y) {
    [this.x, this.y] = [x, y];
    this.starts = new Uint32Array(CELLS * CELLS + 1);
    const cell = new Uint32Array(x.length);
    for (let row = 0; row < x.length; row++) {
      cell[row] = this.at(y[row]) * CELLS + this.at(x[row]);
      this.starts[cell[row] + 1]++;
    }
    for (let place = 0; place < CELLS * CELLS; place++) this.starts[place + 1] += this.starts[place];
    const next = this.starts.slice();
    this.rows = new Uint32Array(this.starts[CELLS * CELLS]);
    for (let row = 0; row < x.length; row++) this.rows[next[cell[row]]++] = row;
  }

  at(value) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor(((value + SCALE) / (2 * SCALE + 1)) * CELLS)));
  }

  nearest(x, y, reach, shown) {
    let [best, found] = [reach * reach, -1];
    for (let line = this.at(y - reach); line <= this.at(y + reach); line++) {
      const from = this.starts[line * CELLS + this.at(x - reach)];
      const to = this.starts[line * CELLS + this.at(x + reach) + 1];
      for (let place = from; place < to; place++) {
        const row = this.rows[place];
        const distance = (this.x[row] - x) ** 2 + (this.y[row] - y) ** 2;
        if (distance < best && shown(row)) [best, found] = [distance, row];
      }
    }
    return found;
  }
}
