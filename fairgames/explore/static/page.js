// The page of `fairgames explore`: settings live in the address, answers come from the server that served it.
import { mount } from "./explore.js";

async function post(what, settings) {
  const response = await fetch(what, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(settings),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function fromAddress() {
  const settings = {};
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    settings[name] = name === "own" ? value.split(",").map(Number) : Number(value);
  }
  return settings;
}

function toAddress(settings) {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(settings)) told.set(name, String(value));
  history.replaceState(null, "", `#${told}`);
}

const facts = await (await fetch("facts")).json();
const shown = mount(document.getElementById("explorer"), {
  facts,
  settings: fromAddress(),
  ask: (settings) => post("view", settings),
  save: async (settings) => (await post("scenario", settings)).toml,
  remember: toAddress,
});
addEventListener("hashchange", () => shown.set(fromAddress()));
