// Renews the figures while the page is visible. Without an answer, the last ones stay, and a line above says since when.

import { show } from "./fragments.js";

const MAX_WAIT = 10_000;

class LivePanel extends HTMLElement {
  connectedCallback() {
    [this.contact, this.figures] = this.children;
    this.answered = new Date();
    this.later();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  later() {
    this.timer = setTimeout(() => this.renew(), 1000 * Number(this.dataset.seconds));
  }

  async renew() {
    if (!document.hidden && (await this.isOver())) return;
    this.later();
  }

  // Asks once. Returns whether asking again is of no use.
  async isOver() {
    let cause = "the service does not answer";
    try {
      const answer = await fetch(location.href, {
        headers: { "x-fragment": "1" },
        signal: AbortSignal.timeout(MAX_WAIT),
      });
      if (answer.status === 401 || (answer.ok && answer.headers.has("x-fragment"))) {
        await show(this.figures, answer);
        this.answered = new Date();
        this.contact.textContent = "";
        return !answer.ok;
      }
      cause = `the answer has the status ${answer.status}`;
    } catch {
      // The pod has ended, or hangs.
    }
    const since = `${this.answered.toISOString().slice(11, 19)} UTC`;
    const text = `No new figures since ${since}: ${cause}. The page goes on asking.`;
    // A status that is written again would be read aloud again.
    if (this.contact.textContent !== text) this.contact.textContent = text;
    return false;
  }
}

customElements.define("live-panel", LivePanel);
