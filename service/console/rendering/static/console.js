// What all pages share: the choice of the theme, pictures of products, and lists that follow a form.

import { show, showOutage } from "./fragments.js";

class ThemeToggle extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    button.addEventListener("click", () => this.choose(this.isDark() ? "light" : "dark"));
    button.hidden = false;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.describe());
    this.describe();
  }

  isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  choose(theme) {
    document.documentElement.dataset.theme = theme;
    // The service writes it into the next pages, so that none is painted in the other theme first.
    document.cookie = `console-theme=${theme}; path=${this.dataset.path}; max-age=31536000; samesite=lax`;
    this.describe();
  }

  describe() {
    const next = this.isDark() ? "Light theme" : "Dark theme";
    this.querySelector("span").textContent = next;
  }
}

customElements.define("theme-toggle", ThemeToggle);

// On a narrow screen the menu and the tabs scroll: the current one is brought into view. `scrollIntoView` would move the
// place from which the tab key goes on.
// A wide one has nothing to scroll, and asking for its size would lay out the page once more.
function center(row, current) {
  if (current && matchMedia("(max-width: 60rem)").matches) row.scrollLeft += current.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - current.offsetWidth) / 2;
}

const menu = document.querySelector(".side nav");
center(menu, document.querySelector(".side nav [aria-current]"));
// Browsers leave a link that is half in view where it is.
menu?.addEventListener("focusin", (event) => center(menu, event.target));

// A picture lies over the tile of its product, which is seen instead of a picture that cannot be loaded.
class ProductTile extends HTMLElement {
  connectedCallback() {
    const picture = this.querySelector("img");
    picture.addEventListener("error", () => picture.remove());
    if (picture.complete && !picture.naturalWidth) picture.remove(); // It failed before this script ran.
  }
}

customElements.define("product-tile", ProductTile);

// Lists that follow the controls of a form: a change loads them again, and the address keeps the state.
class LiveLists extends HTMLElement {
  connectedCallback() {
    this.form = document.querySelector(`form[data-live="${this.id}"]`);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.load();
    });
    this.form.addEventListener("input", (event) => this.changed(event.target));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("keydown", (event) => this.moved(event));
    this.search = location.search;
    addEventListener("popstate", () => this.restore());
    this.showTab();
  }

  showTab() {
    center(this.querySelector("[role=tablist]"), this.querySelector("[role=tab][aria-selected=true]"));
  }

  changed(control) {
    if (control.type === "range") this.describe(control);
    this.later(["range", "number", "search"].includes(control.type) ? 150 : 0);
  }

  describe(range) {
    this.form.querySelector("output").value = (range.value / range.max).toFixed(2);
  }

  // Without scripts, these buttons send the form.
  clicked(event) {
    const button = event.target.closest("button");
    const act = { list: this.open, picked: this.pick, unpicked: this.unpick }[button?.name];
    if (!act) return;
    event.preventDefault();
    act.call(this, button.value);
  }

  // Arrow keys, Home and End move between tabs (WAI-ARIA Authoring Practices).
  moved(event) {
    const tabs = [...this.querySelectorAll("[role=tab]")];
    const place = tabs.indexOf(event.target);
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: -1 }[event.key];
    if (place < 0 || next === undefined) return;
    event.preventDefault();
    this.open(tabs.at(next % tabs.length).value);
  }

  open(list) {
    this.form.querySelector("input[name=list]").value = list;
    this.load(`#tab-${list}`);
  }

  pick(productId) {
    this.add(productId);
    this.load(`[name=unpicked][value="${CSS.escape(productId)}"]`, true);
  }

  add(productId) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "picked", value: productId });
    this.form.append(input);
  }

  unpick(productId) {
    this.form.querySelectorAll("input[name=picked]").forEach((input) => {
      if (input.value === productId) input.remove();
    });
    this.load("[role=tab][aria-selected=true]", true);
  }

  // The browser went back or forward to an address of this page. One that differs in its fragment has the same lists.
  restore() {
    if (location.search === this.search) return;
    const given = new URLSearchParams(location.search);
    this.form.querySelectorAll("input[name=picked]").forEach((input) => input.remove());
    for (const control of this.form.querySelectorAll("input, select")) {
      if (control.type === "checkbox") control.checked = given.has(control.name);
      else if (control.type === "range") this.describe(Object.assign(control, { value: given.get(control.name) ?? 0 }));
      else control.value = given.get(control.name) ?? "";
    }
    given.getAll("picked").forEach((productId) => this.add(productId));
    this.step = false;
    this.load();
  }

  later(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), milliseconds);
  }

  // With `step`, the back button undoes the change.
  async load(focus = null, step = false) {
    this.next = focus ?? this.next; // A load that is aborted leaves its focus and its step to the one after it.
    this.step ||= step;
    this.running?.abort();
    this.running = new AbortController();
    const given = [...new FormData(this.form)].filter(([, value]) => value !== "");
    const address = `${location.pathname}?${new URLSearchParams(given)}`;
    this.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { "x-fragment": "1" }, signal: this.running.signal });
      await show(this, answer);
      if (answer.ok) {
        history[this.step ? "pushState" : "replaceState"](null, "", address);
        this.search = location.search;
        this.step = false;
      }
    } catch (error) {
      if (error.name === "AbortError") return;
      showOutage(this);
    }
    this.removeAttribute("aria-busy");
    this.showTab();
    const wanted = this.next && this.querySelector(this.next);
    const focused = document.activeElement;
    if (wanted && (focused === document.body || this.contains(focused))) wanted.focus();
    this.next = null;
    this.dispatchEvent(new CustomEvent("loaded", { bubbles: true }));
  }
}

customElements.define("live-lists", LiveLists);

// Escape closes the explanation or the filters around the focus. In a select it closes the choice.
document.addEventListener("keydown", (event) => {
  const opened = event.key === "Escape" && !event.target.matches("select") && event.target.closest("details[open]");
  const summary = opened ? opened.querySelector("summary") : null;
  if (!summary?.checkVisibility()) return; // On wide screens the filters cannot be closed.
  opened.open = false;
  summary.focus();
});
