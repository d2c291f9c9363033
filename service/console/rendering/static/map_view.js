// The dots of the map, drawn into a buffer of pixels, and what part of them is seen.

import { Cells, SCALE } from "./map_data.js";

export const COLORS = 12; // largest categories with a color of their own
const MIN_ZOOM = 0.7;
const MAX_ZOOM = 128;

export class MapView {
  // The listeners are called after each painting and after a change of colors.
  constructor(canvas, data, listeners) {
    [this.canvas, this.listeners] = [canvas, listeners];
    [this.x, this.y, this.groups] = [data.x, data.y, data.groups];
    this.context = canvas.getContext("2d");
    this.cells = new Cells(this.x, this.y);
    [this.centerX, this.centerY, this.zoom] = [0, 0, 1];
    [this.selected, this.found, this.chosen] = [-1, [], new Set()];
  }

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
    this.other = dark ? "#8d94a9" : "#6b7289";
    this.colors = Uint32Array.from([...this.palette, this.other], pixel);
    this.faded = pixel(dark ? "#2b303d" : "#e1e4ec");
    this.ink = dark ? "#e9ebf3" : "#171a26";
    this.listeners.recolored();
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

  // Few chosen dots are larger than many: they would not be seen among the others.
  sizeOf(chosen) {
    let dots = this.x.length;
    if (chosen && this.chosen.size) dots = this.groups.reduce((sum, _, row) => sum + this.isShown(row), 0);
    const base = dots > 20_000 ? 1.5 : dots > 2_000 ? 3 : 6;
    return Math.max(1, Math.min(14, Math.round(base * this.ratio * this.zoom ** 0.45)));
  }

  paint() {
    const { x, y, groups, colors, faded, chosen, pixels, scale } = this;
    const { width, height } = this.canvas;
    let size;
    pixels.fill(0);
    // Chosen categories are drawn over the others.
    for (const pass of chosen.size ? [false, true] : [true]) {
      size = this.sizeOf(pass);
      const left = width / 2 - this.centerX * scale - size / 2;
      const top = height / 2 - this.centerY * scale - size / 2;
      const corner = size > 3 ? 1 : 0;
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
    this.listeners.painted();
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

  centerOn(row) {
    [this.centerX, this.centerY, this.zoom] = [this.x[row], this.y[row], Math.max(this.zoom, 12)];
    this.draw();
  }

  nearest([column, line], reach) {
    const x = this.centerX + (column - this.canvas.width / 2) / this.scale;
    const y = this.centerY + (line - this.canvas.height / 2) / this.scale;
    return this.cells.nearest(x, y, (reach * this.ratio) / this.scale, (row) => this.isShown(row));
  }
}
