// The map of the catalog: 100,000 dots, their products and their categories.

import { decode } from "./map_data.js";
import { COLORS, MapView } from "./map_view.js";

const REACH = 10; // pixels from the pointer to a dot

class CatalogMap extends HTMLElement {
  async connectedCallback() {
    this.canvas = this.querySelector("canvas");
    [this.tip, this.state] = [this.querySelector(".map-tip"), this.querySelector(".map-state")];
    [this.titles, this.pointers] = [new Map(), new Map()];
    let data;
    try {
      const answer = await this.ask(this.dataset.columns, { version: this.dataset.version });
      data = decode(await answer.arrayBuffer());
    } catch (problem) {
      this.state.textContent = problem.message;
      return;
    }
    this.view = new MapView(this.canvas, data, {
      painted: () => this.placeTip(),
      recolored: () => this.paintSwatches(),
    });
    this.state.textContent = data.head.placed ? "" : "No product has a place yet: none has a similar product.";
    this.listLegend(data.head);
    this.listen();
    this.view.resize();
    if (this.dataset.product) await this.showProduct(this.dataset.product);
  }

  async ask(address, parameters) {
    const answer = await fetch(`${address}?${new URLSearchParams(parameters)}`, { headers: { "x-fragment": "1" } });
    if (answer.ok) return answer;
    const texts = { 401: "You are signed out. Open the page again.", 409: "A new snapshot is live. Open the page again." };
    throw new Error(texts[answer.status] ?? "The map could not be loaded. Open the page again.");
  }

  // Pointers and keys

  listen() {
    const { canvas, view } = this;
    new ResizeObserver(() => view.resize()).observe(canvas);
    new MutationObserver(() => view.recolor()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.recolor());
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.release(event));
    canvas.addEventListener("pointerleave", () => this.pointers.size || this.select(-1));
    canvas.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    for (const button of this.querySelectorAll("[data-zoom]")) {
      const factor = Number(button.dataset.zoom);
      button.addEventListener("click", () => (factor ? view.zoomBy(factor) : view.whole()));
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
    this.pointers.set(event.pointerId, this.view.placeOf(event));
    this.moved = this.pointers.size > 1;
  }

  move(event) {
    const place = this.view.placeOf(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.hover(place, event);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const distance = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
      this.view.zoomBy(distance(place) / distance(before), (place[0] + other[0]) / 2, (place[1] + other[1]) / 2);
      this.view.moveBy((place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
    } else {
      if (!this.moved && Math.hypot(place[0] - before[0], place[1] - before[1]) < 4 * this.view.ratio) return;
      this.moved = true;
      this.view.moveBy(place[0] - before[0], place[1] - before[1]);
    }
    this.pointers.set(event.pointerId, place);
  }

  release(event) {
    if (!this.pointers.delete(event.pointerId) || this.moved || event.type === "pointercancel") return;
    const row = this.view.nearest(this.view.placeOf(event), REACH);
    if (row < 0) return;
    // The first touch names the product, the second one opens it.
    if (event.pointerType === "mouse" || row === this.view.selected) this.open(row);
    else this.select(row);
  }

  turn(event) {
    event.preventDefault();
    this.view.zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), ...this.view.placeOf(event));
  }

  key(event) {
    const step = Math.min(this.canvas.width, this.canvas.height) / 8;
    const actions = {
      ArrowLeft: () => this.view.moveBy(step, 0),
      ArrowRight: () => this.view.moveBy(-step, 0),
      ArrowUp: () => this.view.moveBy(0, step),
      ArrowDown: () => this.view.moveBy(0, -step),
      "+": () => this.view.zoomBy(1.6),
      "=": () => this.view.zoomBy(1.6),
      "-": () => this.view.zoomBy(0.625),
      0: () => this.view.whole(),
      Enter: () => this.view.selected >= 0 && this.open(this.view.selected),
      Escape: () => this.select(-1),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
    if (!["Enter", "Escape"].includes(event.key)) {
      this.select(this.view.nearest([this.canvas.width / 2, this.canvas.height / 2], 200));
    }
  }

  hover(place, event) {
    if (event.pointerType !== "mouse") return;
    this.select(this.view.nearest(place, REACH));
  }

  // Products

  show(row) {
    this.view.centerOn(row);
    this.select(row);
  }

  async select(row) {
    if (row === this.view.selected && !this.tip.hidden) return;
    this.view.selected = row;
    this.canvas.classList.toggle("over", row >= 0);
    this.tip.hidden = true;
    this.view.draw();
    if (row < 0) {
      this.querySelector("#map-selected").textContent = "";
      return;
    }
    const product = await this.product(row);
    if (row !== this.view.selected || !product) return;
    const title = document.createElement("b");
    title.textContent = product.title ?? product.product_id;
    this.tip.replaceChildren(title, product.category ?? "no category");
    this.tip.hidden = false;
    this.querySelector("#map-selected").textContent = `${title.textContent}, ${product.category ?? "no category"}`;
    this.placeTip();
  }

  placeTip() {
    if (this.tip.hidden) return;
    const [column, line] = this.view.pixelOf(this.view.selected).map((pixel) => pixel / this.view.ratio);
    const { clientWidth, clientHeight } = this.canvas;
    const left = Math.max(4, Math.min(column + 12, clientWidth - this.tip.offsetWidth - 4));
    const below = line + 14 + this.tip.offsetHeight < clientHeight;
    const top = below ? line + 14 : Math.max(4, line - this.tip.offsetHeight - 14);
    this.tip.style.transform = `translate(${left}px, ${top}px)`;
  }

  async product(row) {
    if (!this.titles.has(row)) {
      await new Promise((done) => setTimeout(done, 40)); // a pointer that passes by asks nothing
      if (row !== this.view.selected && !this.titles.has(row)) return undefined;
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
    this.view.found = products.map(({ place }) => place).filter((place) => place !== null);
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
    this.view.draw();
  }

  // Legend

  listLegend({ groups, placed }) {
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
        if (!this.view.chosen.delete(color)) this.view.chosen.add(color);
        button.ariaPressed = String(this.view.chosen.has(color));
        this.view.draw();
      });
      entry.append(button);
      return entry;
    });
    this.querySelector(".map-legend").replaceChildren(...entries);
  }

  paintSwatches() {
    for (const swatch of this.querySelectorAll(".map-legend canvas")) {
      const context = swatch.getContext("2d");
      context.fillStyle = this.view.palette[swatch.dataset.color] ?? this.view.other;
      context.fillRect(0, 0, swatch.width, swatch.height);
    }
  }
}

customElements.define("catalog-map", CatalogMap);
