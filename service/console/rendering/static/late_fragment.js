// A part of a page that takes longer, loaded after the rest.
// While the service says that it is busy (503 with Retry-After), it is asked again.

import { show, showOutage } from "./fragments.js";

const ATTEMPTS = 20;

class LateFragment extends HTMLElement {
  async connectedCallback() {
    try {
      for (let attempt = 1; this.isConnected; attempt += 1) {
        const answer = await fetch(this.dataset.address, { headers: { "x-fragment": "1" } });
        const seconds = answer.status === 503 ? Number(answer.headers.get("retry-after")) : 0;
        if (!seconds || attempt === ATTEMPTS) {
          await show(this, answer);
          break;
        }
        await new Promise((done) => setTimeout(done, seconds * 1000));
      }
    } catch {
      showOutage(this);
    }
    this.removeAttribute("aria-busy");
  }
}

customElements.define("late-fragment", LateFragment);
