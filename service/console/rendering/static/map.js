// The map of the catalog: 100,000 dots, drawn into a buffer of pixels.

const BITS = 14; // of a cell's number, along each axis
const SCALE = (1 << BITS) - 1;
const COLORS = 12; // largest categories with a color of their own
const CELLS = 256; // cells of the search for the nearest dot, along each axis
const REACH = 10; // pixels from the pointer to a dot
const MIN_ZOOM = 0.7;
const MAX_ZOOM = 128;

// See EncodedMap of facts/catalog_map.py.
function decode(buffer) {
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
class Cells {
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

class CatalogMap extends HTMLElement {
  async connectedCallback() {
    this.canvas = this.querySelector("canvas");
    this.context = this.canvas.getContext("2d");
    [this.tip, this.state] = [this.querySelector(".map-tip"), this.querySelector(".map-state")];
    [this.titles, this.found, this.chosen, this.pointers] = [new Map(), [], new Set(), new Map()];
    [this.centerX, this.centerY, this.zoom, this.selected] = [0, 0, 1, -1];
    try {
      const answer = await this.ask(this.dataset.columns, { version: this.dataset.version });
      Object.assign(this, decode(await answer.arrayBuffer()));
    } catch (problem) {
      this.state.textContent = problem.message;
      return;
    }
    this.cells = new Cells(this.x, this.y);
    this.state.textContent = this.head.placed ? "" : "No product has a place yet: none has a similar product.";
    this.listLegend();
    this.listen();
    this.resize();
    if (this.dataset.product) await this.showProduct(this.dataset.product);
  }

  async ask(address, parameters) {
    const answer = await fetch(`${address}?${new URLSearchParams(parameters)}`, { headers: { "x-fragment": "1" } });
    if (answer.ok) return answer;
    const texts = { 401: "You are signed out. Open the page again.", 409: "A new snapshot is live. Open the page again." };
    throw new Error(texts[answer.status] ?? "The map could not be loaded. Open the page again.");
  }

  // Drawing

  resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    this.ratio = ratio;
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.recolor();
  }

  recolor() {
    const dark = this.isDark();
    const sample = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const pixel = (color) => {
      sample.clearRect(0, 0, 1, 1);
      sample.fillStyle = color;
      sample.fillRect(0, 0, 1, 1);
      return new Uint32Array(sample.getImageData(0, 0, 1, 1).data.buffer)[0];
    };
    // Neighbours in the legend differ in hue and in lightness.
    this.palette = Array.from({ length: COLORS }, (_, group) => {
      const lightness = (dark ? 72 : 56) + (group % 2 ? 10 : -4) * (dark ? 0.7 : 1);
      return `oklch(${lightness}% 0.15 ${(25 + group * 137.5) % 360})`;
    });
    this.other = dark ? "#7d8499" : "#9aa1b6";
    this.colors = Uint32Array.from([...this.palette, this.other], pixel);
    this.faded = pixel(dark ? "#2b303d" : "#e1e4ec");
    this.ink = dark ? "#e9ebf3" : "#171a26";
    for (const swatch of this.querySelectorAll(".map-legend canvas")) {
      const context = swatch.getContext("2d");
      context.fillStyle = this.palette[swatch.dataset.color] ?? this.other;
      context.fillRect(0, 0, swatch.width, swatch.height);
    }
    this.draw();
  }

  isDark() {
    // With forced colors, the ground is that of the system.
    const chosen = matchMedia("(forced-colors: active)").matches ? "" : document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.paint();
    });
  }

  // Pixels of the buffer per unit of the columns.
  get scale() {
    return (this.zoom * Math.min(this.canvas.width, this.canvas.height) * 0.47) / SCALE;
  }

  colorOf(row) {
    return Math.min(this.groups[row], COLORS);
  }

  isShown(row) {
    return !this.chosen.size || this.chosen.has(this.colorOf(row));
  }

  paint() {
    const { x, y, groups, colors, faded, chosen, pixels, scale } = this;
    const { width, height } = this.canvas;
    const base = this.head.placed > 20_000 ? 1.5 : this.head.placed > 2_000 ? 3 : 6;
    const size = Math.max(1, Math.min(14, Math.round(base * this.ratio * this.zoom ** 0.45)));
    const left = width / 2 - this.centerX * scale - size / 2;
    const top = height / 2 - this.centerY * scale - size / 2;
    const corner = size > 3 ? 1 : 0;
    pixels.fill(0);
    // Chosen categories are drawn over the others.
    for (const pass of chosen.size ? [false, true] : [true]) {
      for (let row = 0; row < x.length; row++) {
        const column = Math.floor(x[row] * scale + left);
        const line = Math.floor(y[row] * scale + top);
        if (column < 0 || line < 0 || column >= width - size || line >= height - size) continue;
        const group = Math.min(groups[row], COLORS);
        if (chosen.size && chosen.has(group) !== pass) continue;
        const color = pass ? colors[group] : faded;
        for (let down = 0, at = line * width + column; down < size; down++, at += width) {
          const inset = down < corner || down >= size - corner ? corner : 0;
          for (let pixel = at + inset; pixel < at + size - inset; pixel++) pixels[pixel] = color;
        }
      }
    }
    this.context.putImageData(this.image, 0, 0);
    this.context.strokeStyle = this.ink;
    for (const row of this.found) this.ring(row, size / 2 + 3 * this.ratio, 1.2);
    if (this.selected >= 0) this.ring(this.selected, size / 2 + 5 * this.ratio, 2.5);
    this.placeTip();
  }

  ring(row, radius, line) {
    const [column, down] = this.pixelOf(row);
    this.context.lineWidth = line * this.ratio;
    this.context.beginPath();
    this.context.arc(column, down, radius, 0, 2 * Math.PI);
    this.context.stroke();
  }

  pixelOf(row) {
    const { width, height } = this.canvas;
    return [
      (this.x[row] - this.centerX) * this.scale + width / 2,
      (this.y[row] - this.centerY) * this.scale + height / 2,
    ];
  }

  // Moving

  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * this.ratio, (event.clientY - box.top) * this.ratio];
  }

  zoomBy(factor, column = this.canvas.width / 2, line = this.canvas.height / 2) {
    const before = this.scale;
    this.zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, this.zoom * factor));
    const shift = 1 / before - 1 / this.scale;
    this.centerX += (column - this.canvas.width / 2) * shift;
    this.centerY += (line - this.canvas.height / 2) * shift;
    this.draw();
  }

  moveBy(columns, lines) {
    const limit = (value) => Math.min(SCALE, Math.max(-SCALE, value));
    this.centerX = limit(this.centerX - columns / this.scale);
    this.centerY = limit(this.centerY - lines / this.scale);
    this.draw();
  }

  whole() {
    [this.centerX, this.centerY, this.zoom] = [0, 0, 1];
    this.draw();
  }

  show(row) {
    [this.centerX, this.centerY, this.zoom] = [this.x[row], this.y[row], Math.max(this.zoom, 12)];
    this.select(row);
  }

  // Pointers and keys

  listen() {
    const { canvas } = this;
    new ResizeObserver(() => this.resize()).observe(canvas);
    new MutationObserver(() => this.recolor()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolor());
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.release(event));
    canvas.addEventListener("pointerleave", () => this.pointers.size || this.select(-1));
    canvas.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    for (const button of this.querySelectorAll("[data-zoom]")) {
      const factor = Number(button.dataset.zoom);
      button.addEventListener("click", () => (factor ? this.zoomBy(factor) : this.whole()));
    }
    const words = this.querySelector("input");
    words.form.addEventListener("submit", (event) => event.preventDefault());
    words.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.search(words.value.trim()), 200);
    });
    this.querySelector(".map-found").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      words.value = "";
      this.search("");
      words.focus();
    });
    if (words.value) this.search(words.value.trim()); // typed before the map was there
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.placeOf(event));
    this.moved = this.pointers.size > 1;
  }

  move(event) {
    const place = this.placeOf(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.hover(place, event);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const distance = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
      this.zoomBy(distance(place) / distance(before), (place[0] + other[0]) / 2, (place[1] + other[1]) / 2);
      this.moveBy((place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
    } else {
      if (!this.moved && Math.hypot(place[0] - before[0], place[1] - before[1]) < 4 * this.ratio) return;
      this.moved = true;
      this.moveBy(place[0] - before[0], place[1] - before[1]);
    }
    this.pointers.set(event.pointerId, place);
  }

  release(event) {
    if (!this.pointers.delete(event.pointerId) || this.moved || event.type === "pointercancel") return;
    const row = this.nearest(this.placeOf(event));
    if (row < 0) return;
    // The first touch names the product, the second one opens it.
    if (event.pointerType === "mouse" || row === this.selected) this.open(row);
    else this.select(row);
  }

  turn(event) {
    event.preventDefault();
    this.zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), ...this.placeOf(event));
  }

  key(event) {
    const step = Math.min(this.canvas.width, this.canvas.height) / 8;
    const actions = {
      ArrowLeft: () => this.moveBy(step, 0),
      ArrowRight: () => this.moveBy(-step, 0),
      ArrowUp: () => this.moveBy(0, step),
      ArrowDown: () => this.moveBy(0, -step),
      "+": () => this.zoomBy(1.6),
      "=": () => this.zoomBy(1.6),
      "-": () => this.zoomBy(0.625),
      0: () => this.whole(),
      Enter: () => this.selected >= 0 && this.open(this.selected),
      Escape: () => this.select(-1),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
    if (!["Enter", "Escape"].includes(event.key)) {
      this.select(this.nearest([this.canvas.width / 2, this.canvas.height / 2], 200));
    }
  }

  nearest([column, line], reach = REACH) {
    const x = this.centerX + (column - this.canvas.width / 2) / this.scale;
    const y = this.centerY + (line - this.canvas.height / 2) / this.scale;
    return this.cells.nearest(x, y, (reach * this.ratio) / this.scale, (row) => this.isShown(row));
  }

  hover(place, event) {
    if (event.pointerType !== "mouse") return;
    this.select(this.nearest(place));
  }

  // Products

  async select(row) {
    if (row === this.selected && !this.tip.hidden) return;
    this.selected = row;
    this.canvas.classList.toggle("over", row >= 0);
    this.tip.hidden = true;
    this.draw();
    if (row < 0) {
      this.querySelector("#map-selected").textContent = "";
      return;
    }
    const product = await this.product(row);
    if (row !== this.selected || !product) return;
    const title = document.createElement("b");
    title.textContent = product.title ?? product.product_id;
    this.tip.replaceChildren(title, product.category ?? "no category");
    this.tip.hidden = false;
    this.querySelector("#map-selected").textContent = `${title.textContent}, ${product.category ?? "no category"}`;
    this.placeTip();
  }

  placeTip() {
    if (this.tip.hidden) return;
    const [column, line] = this.pixelOf(this.selected).map((pixel) => pixel / this.ratio);
    const { clientWidth, clientHeight } = this.canvas;
    const left = Math.max(4, Math.min(column + 12, clientWidth - this.tip.offsetWidth - 4));
    const below = line + 14 + this.tip.offsetHeight < clientHeight;
    const top = below ? line + 14 : Math.max(4, line - this.tip.offsetHeight - 14);
    this.tip.style.transform = `translate(${left}px, ${top}px)`;
  }

  async product(row) {
    if (!this.titles.has(row)) {
      await new Promise((done) => setTimeout(done, 40)); // a pointer that passes by asks nothing
      if (row !== this.selected && !this.titles.has(row)) return undefined;
      await this.learn({ places: row });
    }
    return this.titles.get(row);
  }

  async learn(parameters) {
    try {
      const answer = await (await this.ask(this.dataset.products, { version: this.dataset.version, ...parameters })).json();
      for (const { place, product } of answer.products) this.titles.set(place, product);
      return answer;
    } catch (problem) {
      this.state.textContent = problem.message;
      return { products: [], complete: true };
    }
  }

  async open(row) {
    const product = await this.product(row);
    if (product) location.href = this.dataset.page + encodeURIComponent(product.product_id);
  }

  async showProduct(productId) {
    const { products } = await this.learn({ product: productId });
    if (!products.length) this.state.textContent = "No product has this id.";
    else if (products[0].place === null) this.state.textContent = "This product has no place: nothing is similar to it.";
    else this.show(products[0].place);
  }

  async search(words) {
    this.searched = words;
    const { products, complete } = words ? await this.learn({ words }) : { products: [], complete: true };
    if (words !== this.searched) return;
    this.found = products.map(({ place }) => place).filter((place) => place !== null);
    const count = this.querySelector(".map-count");
    count.textContent = words ? `${products.length}${complete ? "" : " or more"} found` : "";
    const entries = products.slice(0, 50).map(({ place, product }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = product.title ?? product.product_id;
      button.disabled = place === null;
      button.addEventListener("click", () => this.show(place));
      const link = document.createElement("a");
      link.href = this.dataset.page + encodeURIComponent(product.product_id);
      link.textContent = "Open";
      link.ariaLabel = `Open ${button.textContent}, ${product.product_id}`;
      const entry = document.createElement("li");
      entry.append(button, link);
      return entry;
    });
    this.querySelector(".map-found").replaceChildren(...entries);
    this.draw();
  }

  // Legend

  listLegend() {
    const { groups, placed } = this.head;
    const listed = groups.slice(0, COLORS);
    const rest = placed - listed.reduce((sum, group) => sum + group.products, 0);
    if (rest > 0) listed.push({ name: groups.length > COLORS ? "Other categories" : "No category", products: rest });
    const entries = listed.map((group, place) => {
      const [entry, button, swatch] = ["li", "button", "canvas"].map((name) => document.createElement(name));
      const [name, count] = [document.createElement("span"), document.createElement("span")];
      [swatch.width, swatch.height] = [16, 16];
      [name.className, count.className] = ["name", "count"];
      [name.textContent, count.textContent] = [group.name, group.products.toLocaleString("en")];
      button.type = "button";
      button.ariaPressed = "false";
      button.append(swatch, name, count);
      const color = rest > 0 && place === listed.length - 1 ? COLORS : place;
      swatch.dataset.color = color;
      button.addEventListener("click", () => {
        if (!this.chosen.delete(color)) this.chosen.add(color);
        button.ariaPressed = String(this.chosen.has(color));
        this.draw();
      });
      entry.append(button);
      return entry;
    });
    this.querySelector(".map-legend").replaceChildren(...entries);
  }
}

customElements.define("catalog-map", CatalogMap);
