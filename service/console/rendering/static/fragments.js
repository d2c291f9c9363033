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

// Replaces the content of an element by an answer. Only HTML becomes markup: a proxy may answer with anything else.
export async function show(element, answer) {
  const html = (answer.headers.get("content-type") ?? "").startsWith("text/html");
  if (html && answer.headers.has("x-fragment")) {
    element.innerHTML = await answer.text();
    return;
  }
  const [title, text] = MESSAGES[answer.status] ?? ["The service cannot show this", "Open the page again."];
  element.replaceChildren(message(title, text));
}

export function showOutage(element) {
  element.replaceChildren(message("The service does not answer", "Check the connection, then try again."));
}
