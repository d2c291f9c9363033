// A part of a page that takes longer, loaded after the rest.

class LateFragment extends HTMLElement {
  async connectedCallback() {
    try {
      const answer = await fetch(this.dataset.address, { headers: { "x-fragment": "1" } });
      this.innerHTML = await answer.text();
    } catch {
      this.textContent = "This could not be loaded. Open the page again.";
    }
  }
}

customElements.define("late-fragment", LateFragment);
