// Parts of pages. Every answer that is not one is shown as a message with the next step.

const MESSAGES = {
  401: ["You are signed out", "Your session has ended. Open the page again to sign in."],
  429: ["Too many requests", "Wait a minute, then change a control again."],
  503: ["The service is busy", "Try again in a moment."],
};

function message(title, text) {
  const [state, heading, advice] = ["div", "h2", "p"].map((name) => document.createElement(name));
  state.className = "state error";
  state.setAttribute("role", "alert");
  [heading.textContent, advice.textContent] = [title, text];
  state.append(heading, advice);
  return state;
}

const KEYS = ["id", "name", "value", "href", "aria-label"];
const keyOf = (control) => KEYS.map((name) => control.getAttribute(name)).join("\n");

// Changes the content of an element. The focus would be lost with the old content: it goes to the same control of the new
// one, or else to the element.
function replace(element, change) {
  const focused = document.activeElement;
  const alike = () => [...element.querySelectorAll(focused.tagName)].filter((one) => keyOf(one) === keyOf(focused));
  const place = element !== focused && element.contains(focused) ? alike().indexOf(focused) : -1;
  change();
  if (place < 0) return;
  const found = alike();
  const next = found[place] ?? found.at(-1) ?? element;
  if (next === element) element.tabIndex = -1;
  next.focus({ preventScroll: true });
}

// Replaces the content of an element by an answer. Only HTML becomes markup: a proxy may answer with anything else.
export async function show(element, answer) {
  const html = (answer.headers.get("content-type") ?? "").startsWith("text/html");
  if (html && answer.headers.has("x-fragment")) {
    const markup = await answer.text();
    replace(element, () => { element.innerHTML = markup; });
    return;
  }
  const [title, text] = MESSAGES[answer.status] ?? ["The service cannot show this", "Open the page again."];
  replace(element, () => element.replaceChildren(message(title, text)));
}

export function showOutage(element) {
  const outage = message("The service does not answer", "Check the connection, then try again.");
  replace(element, () => element.replaceChildren(outage));
}
