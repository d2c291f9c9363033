// The search box finds the beginnings of all typed words: "what is NDCG" led to issuers. Small words are left out, unless there are no others.
const SMALL = new Set(
  "a about all am an and any are as at be by can could do does for from had has have how i if in into is it its me my no not of on one or our so than that the their them there they this to was we were what when where which who whom whose why will with would you your".split(" "),
);
const { postMessage } = Worker.prototype;

Worker.prototype.postMessage = function (message, ...rest) {
  if (typeof message?.data !== "string") return postMessage.call(this, message, ...rest);
  const words = message.data.split(/\s+/).filter((word) => !SMALL.has(word.toLowerCase().replace(/\W+$/, "")));
  return postMessage.call(this, { ...message, data: words.join(" ") || message.data }, ...rest);
};
