// What all pages share: the choice of the theme.

class ThemeToggle extends HTMLElement {
  connectedCallback() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet theme";
    button.addEventListener("click", () => this.choose(this.isDark() ? "light" : "dark"));
    this.append(button);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.describe());
    this.describe();
  }

  isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  choose(theme) {
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Storage is blocked: the choice lasts until the next page.
    }
    this.describe();
  }

  describe() {
    const next = this.isDark() ? "Light theme" : "Dark theme";
    this.querySelector("button").textContent = next;
  }
}

customElements.define("theme-toggle", ThemeToggle);

// Pictures that cannot be loaded make room for what stands beside them.
document.addEventListener(
  "error",
  (event) => {
    if (event.target instanceof HTMLImageElement) event.target.classList.add("broken");
  },
  true,
);
