// The explorer: sliders on the left, what follows from them on the right. One code for the page and for the notebook:
// `mount` is given a backend, `render` is what anywidget calls. Text is only ever set as text.

const SVG = "http://www.w3.org/2000/svg";
const SHADES = ["#eff3ff", "#9ecae1", "#4292c6", "#2171b5", "#084594"];
const BOX = { least: 330, most: 680, height: 250, left: 96, right: 14, top: 12, bottom: 44 };

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Six digits, or all before the point, with thousands separators. */
export function number(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-5) return value.toExponential(3);
  const places = Math.max(0, Math.min(12, 5 - Math.floor(Math.log10(size))));
  return value.toLocaleString("en-US", { maximumFractionDigits: size >= 1e6 ? 0 : places });
}

function shade(level, levels) {
  return SHADES[levels < 2 ? 0 : Math.round((level * (SHADES.length - 1)) / (levels - 1))];
}

function short(name, most = 24) {
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

let mounted = 0;

/**
 * Show the explorer in an element.
 * backend: {facts, settings, ask(settings) -> view, save(settings) -> TOML, remember(settings)}
 */
export function mount(root, backend) {
  const { facts } = backend;
  const prefix = `fairgames-${(mounted += 1)}`;
  const money = facts.currency ? ` ${facts.currency}` : "";
  const unit = facts.currency ? ` (${facts.currency})` : "";
  const state = { ...defaults(facts), ...facts.start, ...checked(backend.settings, facts) };
  const sliders = new Map();
  let seen = null;

  const headline = element("p", { className: "fg-headline", role: "status" });
  const trouble = element("p", { className: "fg-trouble", role: "alert", hidden: true });
  const picture = element("figure", { className: "fg-picture" });
  const payments = element("div", { className: "fg-scrolls", tabIndex: 0, role: "region", "aria-label": "Payments" });
  const equilibria = element("div", { className: "fg-scrolls", tabIndex: 0, role: "region", "aria-label": "Equilibria" });
  const controls = element("div", { className: "fg-controls" });
  root.classList.add("fairgames-explorer");
  root.replaceChildren(
    element("h1", {}, `Explore: ${facts.title}`),
    element("p", { className: "fg-rule" }, facts.rule),
    element("div", { className: "fg-columns" }, controls,
      element("div", { className: "fg-results" }, headline, trouble, picture, payments, equilibria)),
  );

  slider("alpha", "share α paid out", 0, 1, 0.001, (value) => value.toFixed(3));
  slider("costs", "privacy costs, everybody's", 0, 4, 0.01, times);
  slider("spread", "heterogeneity of costs", 0, 2, 0.01, times);
  if (facts.variance) slider("variance", "heterogeneity of data, s²", 0.05, 5, 0.01, times);
  if (facts.own) {
    const own = element("details", { open: facts.users.length <= 12 && matchMedia("(min-width: 48rem)").matches }, element("summary", {}, "Privacy costs of each user"));
    controls.append(own);
    facts.users.forEach((name, user) => slider(`own-${user}`, short(name), 0, 4, 0.01, times, own));
  }
  controls.append(
    element("p", { className: "fg-buttons" },
      element("button", { type: "button", onclick: toBest }, "To the platform's best share"),
      element("button", { type: "button", onclick: () => set({}) }, "Back to the scenario"),
      element("button", { type: "button", onclick: save }, "Save as scenario")),
  );

  function slider(name, title, least, most, step, told, where = controls) {
    const id = `${prefix}-${name}`;
    const output = element("output", { id: `${id}-output` });
    output.setAttribute("for", id);
    const input = element("input", { id, type: "range", min: least, max: most, step });
    input.addEventListener("input", () => {
      write(name, Number(input.value));
      changed();
    });
    const label = element("label", {}, title);
    label.htmlFor = id;
    where.append(element("div", { className: "fg-slider" }, label, output, input));
    sliders.set(name, { input, output, told });
  }

  function write(name, value) {
    if (name.startsWith("own-")) state.own[Number(name.slice(4))] = value;
    else state[name] = value;
  }

  function value(name) {
    return name.startsWith("own-") ? state.own[Number(name.slice(4))] : state[name];
  }

  function settings() {
    const plain = { alpha: state.alpha, costs: state.costs, spread: state.spread };
    if (facts.variance) plain.variance = state.variance;
    if (facts.own && state.own.some((factor) => factor !== 1)) plain.own = [...state.own];
    return plain;
  }

  // Only the newest settings matter: while an answer is under way, later ones wait, and the last of them is asked.
  let asking = false;
  let again = false;
  async function changed() {
    for (const [name, { input, output, told }] of sliders) {
      input.value = String(value(name));
      output.textContent = told(value(name));
      input.setAttribute("aria-valuetext", told(value(name)));
    }
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      do {
        again = false;
        const begun = performance.now();
        const asked = settings();
        try {
          show(await backend.ask(asked), asked);
          trouble.hidden = true;
          backend.remember(asked);
          root.dataset.milliseconds = (performance.now() - begun).toFixed(1);
          root.dataset.shown = JSON.stringify(asked);
        } catch (error) {
          trouble.textContent = String(error.message || error);
          trouble.hidden = false;
        }
      } while (again);
    } finally {
      asking = false;
    }
  }

  /** A little above the best breakpoint: a little below it somebody is lost. */
  function toBest() {
    if (!seen?.landscape) return;
    const { alpha, kept } = seen.landscape;
    const best = kept.indexOf(Math.max(...kept));
    write("alpha", Math.min(1, Math.ceil(1000 * alpha[best]) / 1000));
    changed();
  }

  async function save() {
    try {
      const text = await backend.save(settings());
      const address = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
      const link = element("a", { href: address, download: `${facts.title}-explored.toml` });
      root.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (error) {
      trouble.textContent = String(error.message || error);
      trouble.hidden = false;
    }
  }

  function show(view) {
    seen = view;
    const many = view.equilibria === 1 ? "the only equilibrium" : `the best of ${number(view.equilibria)} equilibria`;
    headline.textContent = view.levels
      ? `At α = ${view.alpha.toFixed(3)} the platform keeps ${number(view.platform)}${money} of a utility of ` +
        `${number(view.utility)}${money}, at ${many}.`
      : `At α = ${view.alpha.toFixed(3)} there is no pure equilibrium.`;
    payments.replaceChildren(view.levels ? paymentsTable(view) : "");
    equilibria.replaceChildren(view.listed.length ? equilibriaTable(view) : "");
    picture.replaceChildren(...(view.landscape ? landscape(view) : []));
  }

  function table(caption, columns, rows, words) {
    const cells = (tag, row, scope) => row.map((cell, place) => {
      const first = place === 0 && tag === "td";
      const made = element(first ? "th" : tag, { className: words.includes(place) ? "fg-words" : "" }, cell);
      if (scope || first) made.setAttribute("scope", scope || "row");
      return made;
    });
    return element("table", {}, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...cells("th", columns, "col"))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells("td", row)))));
  }

  function paymentsTable(view) {
    const part = view.payments.map((paid, user) => facts.chances[user] * paid);
    const total = part.reduce((sum, paid) => sum + paid, 0);
    const rows = facts.users.map((name, user) => [
      name,
      facts.levels[view.levels[user]],
      number(view.payments[user]),
      number(view.costs[user]),
      number(view.payments[user] - view.costs[user]),
      total > 0 ? `${((100 * part[user]) / total).toFixed(1)} %` : "–",
    ]);
    return table(`Who shares how much, and is paid what${facts.private ? ", once it knows its costs, on average over others'" : ""}`,
      ["user", "level", `payment${unit}`, `privacy cost${unit}`, `gain${unit}`, "of all paid"], rows, [0, 1]);
  }

  function equilibriaTable(view) {
    const rows = view.listed.map((one, place) => [
      String(place + 1),
      who(one.levels),
      number(one.platform),
      `${one.from.toFixed(3)} to ${one.to.toFixed(3)}`,
    ]);
    const more = view.equilibria - view.listed.length;
    const caption = `Equilibria at this share${more > 0 ? `, the first ${view.listed.length} of ${number(view.equilibria)}` : ""}`;
    return table(caption, ["#", "who chooses what", `platform keeps${unit}`, "for α from"], rows, [0, 1]);
  }

  /** The users on each level, the smallest group first; a last one of many is all others. */
  function who(levels) {
    const groups = facts.levels
      .map((name, level) => [name, facts.users.filter((_, user) => levels[user] === level)])
      .filter(([, users]) => users.length)
      .sort((one, other) => one[1].length - other[1].length);
    return groups.map(([name, users], place) => {
      const many = place === groups.length - 1 && users.length > 3;
      return `${name}: ${many ? (place ? "all others" : "everybody") : users.join(", ")}`;
    }).join("; ");
  }

  function landscape(view) {
    const { alpha, kept, ends, profiles } = view.landscape;
    const n = facts.users.length;
    const row = Math.max(4, Math.min(16, 240 / n));
    const height = BOX.height + n * row + 30;
    const most = Math.max(...kept, 1e-300);
    const least = Math.min(0, ...kept);
    const width = Math.max(BOX.least, Math.min(BOX.most, picture.clientWidth || BOX.most)); // text keeps its size
    const inner = width - BOX.left - BOX.right;
    const x = (share) => BOX.left + share * inner;
    const y = (amount) => BOX.top + (1 - (amount - least) / (most - least)) * (BOX.height - BOX.top - BOX.bottom);
    const words = `What the platform keeps at each share; at the share chosen, ${headline.textContent}`;
    const drawn = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words });
    for (let k = 0; k <= 4; k += 1) {
      const amount = least + (k * (most - least)) / 4;
      drawn.append(
        shape("line", { x1: BOX.left, x2: BOX.left + inner, y1: y(amount), y2: y(amount), stroke: "#d9dee4" }),
        shape("text", { x: BOX.left - 6, y: y(amount) + 4, "text-anchor": "end", "font-size": 11 }, number(Number(amount.toPrecision(3)))),
      );
    }
    for (let k = 0; k <= 5; k += 1) {
      drawn.append(shape("text", { x: x(k / 5), y: BOX.height - BOX.bottom + 16, "text-anchor": "middle", "font-size": 11 }, (k / 5).toFixed(1)));
    }
    drawn.append(
      shape("text", { x: BOX.left, y: BOX.height - BOX.bottom + 34, "font-size": 12 }, `platform keeps${unit}, by share α paid out`),
      shape("polyline", { points: alpha.map((share, k) => `${x(share).toFixed(1)},${y(kept[k]).toFixed(1)}`).join(" "), fill: "none", stroke: "#1b1f24", "stroke-width": 1.6 }),
    );
    facts.users.forEach((name, user) => {
      const top = BOX.height + user * row;
      if (row >= 9) {
        drawn.append(shape("text", { x: BOX.left - 6, y: top + row - 4, "text-anchor": "end", "font-size": Math.min(11, row - 2) }, short(name, 14)));
      }
      let begin = 0;
      for (let k = 1; k <= profiles.length; k += 1) {
        if (k === profiles.length || profiles[k][user] !== profiles[begin][user]) {
          drawn.append(shape("rect", {
            x: x(ends[begin]).toFixed(1), y: top, width: (x(ends[k]) - x(ends[begin])).toFixed(2), height: (row * 0.85).toFixed(1),
            fill: shade(profiles[begin][user], facts.levels.length),
          }));
          begin = k;
        }
      }
    });
    const bottom = BOX.height + n * row;
    drawn.append(shape("line", { x1: x(view.alpha), x2: x(view.alpha), y1: BOX.top, y2: bottom, stroke: "#d55e00", "stroke-width": 1.5 }));
    if (view.levels) {
      drawn.append(shape("circle", { cx: x(view.alpha), cy: y(view.platform), r: 4.5, fill: "#d55e00" }));
    }
    const legend = element("figcaption", {}, ...facts.levels.map((name, level) =>
      element("span", { className: "fg-key" }, swatch(level), ` ${name}`)));
    return [drawn, legend];
  }

  function swatch(level) {
    return shape("svg", { width: 14, height: 14, "aria-hidden": "true" },
      shape("rect", { width: 14, height: 14, fill: shade(level, facts.levels.length), stroke: "#57606a" }));
  }

  function set(given) {
    Object.assign(state, defaults(facts), facts.start, checked(given, facts));
    return changed();
  }

  changed();
  return { set };
}

function times(value) {
  return `× ${value.toFixed(2)}`;
}

function defaults(facts) {
  return { alpha: 0.5, costs: 1, spread: 1, variance: 1, own: facts.users.map(() => 1) };
}

/** What of the settings given can be used: an address may hold anything. */
function checked(given, facts) {
  const most = { alpha: 1, costs: 10, spread: 2, variance: 10 };
  const sound = {};
  for (const [name, limit] of Object.entries(most)) {
    const own = given?.[name];
    if (Number.isFinite(own) && own >= 0 && own <= limit) sound[name] = own;
  }
  const own = given?.own;
  if (Array.isArray(own) && own.length === facts.users.length && own.every((one) => one >= 0 && one <= 10)) sound.own = [...own];
  return sound;
}

/** For anywidget: the same, with messages to the kernel. */
function render({ model, el }) {
  const waiting = new Map();
  let last = 0;
  const heard = (message) => {
    waiting.get(message.id)?.(message.answer);
    waiting.delete(message.id);
  };
  model.on("msg:custom", heard);
  const ask = (what, settings) => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, (answer) => (answer.error ? reject(new Error(answer.error)) : resolve(answer)));
    model.send({ id: last, what, settings });
  });
  const root = document.createElement("div");
  el.append(root);
  let own = "";
  const shown = mount(root, {
    facts: model.get("facts"),
    settings: model.get("settings"),
    ask: (settings) => ask("view", settings),
    save: async (settings) => (await ask("scenario", settings)).toml,
    remember: (settings) => {
      own = JSON.stringify(settings);
      model.set("settings", settings);
      model.save_changes();
    },
  });
  // Their keys are their own: JupyterLab would move between cells, and add some, instead.
  for (const one of root.querySelectorAll("input, button, summary, [tabindex]")) one.dataset.lmSuppressShortcuts = "true";
  const moved = () => {
    if (JSON.stringify(model.get("settings")) !== own) shown.set(model.get("settings"));
  };
  model.on("change:settings", moved);
  return () => {
    model.off("msg:custom", heard);
    model.off("change:settings", moved);
  };
}

export default { render };
