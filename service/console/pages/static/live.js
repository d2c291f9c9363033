// Renews the figures while the page is visible.

import { show } from "./fragments.js";

class LivePanel extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.renew(), 1000 * Number(this.dataset.seconds));
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async renew() {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { "x-fragment": "1" } });
      if (answer.status === 401) clearInterval(this.timer);
      await show(this, answer);
    } catch {
      // The pod cannot be reached: the last figures stay until it can.
    }
  }
}

customElements.define("live-panel", LivePanel);
