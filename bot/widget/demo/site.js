/** Buttons of the page that open the chat; they show only where script runs. */
const chat = document.querySelector("b12-chat");
for (const button of document.querySelectorAll("[data-opens-chat]")) {
  button.hidden = false;
  button.addEventListener("click", () => chat.setAttribute("open", ""));
}
