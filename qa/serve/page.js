// Goes with textual.js, which draws the terminal: it connects to the address in
// data-session-websocket-url when the page has loaded.
"use strict";

const terminal = document.getElementById("terminal");
const secure = location.protocol === "https:" ? "wss:" : "ws:";
terminal.dataset.sessionWebsocketUrl = `${secure}//${location.host}/ws`;

// The token is in a cookie now; keep it out of the history and of what is copied from the bar.
history.replaceState(null, "", "/");

// Cells are measured when the terminal opens, so its font has to be there.
const start = window.onload;
window.onload = async (event) => {
  const styles = ["400", "700", "italic 400", "italic 700"];
  await Promise.allSettled(styles.map((style) => document.fonts.load(`${style} 15px "Roboto Mono"`)));
  start(event);
};

// So that one can type at once.
new MutationObserver((_, observer) => {
  if (document.body.classList.contains("-loaded")) {
    observer.disconnect();
    terminal.querySelector("textarea").focus();
  }
}).observe(document.body, { attributeFilter: ["class"] });

// Pasting is the browser's: the terminal would send Ctrl+V as a control character.
window.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "v") {
    event.stopImmediatePropagation();
  }
}, { capture: true });

// Over plain HTTP, browsers have no clipboard but on the machine itself.
if (!navigator.clipboard) {
  const writeText = async (text) => {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    terminal.querySelector("textarea").focus();
  };
  Object.defineProperty(navigator, "clipboard", { value: { writeText } });
}

document.getElementById("again").addEventListener("click", () => location.reload());
