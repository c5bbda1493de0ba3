"use strict";
(() => {
  const form = document.querySelector("form.filters");
  const main = document.querySelector("main");

  // A graph that is larger than its frame opens fitted, with buttons to zoom.
  const STEP = 1.5;
  const sizeOf = (svg) => svg.viewBox.baseVal;
  const scaleOf = (svg) => svg.width.baseVal.value / sizeOf(svg).width;
  const fittedScale = (frame, svg) => {
    const border = frame.offsetHeight - frame.clientHeight;
    const room = (parseFloat(getComputedStyle(frame).maxHeight) || innerHeight) - border;
    return Math.min(1, frame.clientWidth / sizeOf(svg).width, room / sizeOf(svg).height);
  };
  const setScale = (svg, scale) => {
    svg.setAttribute("width", sizeOf(svg).width * scale);
    svg.setAttribute("height", sizeOf(svg).height * scale);
  };

  // Scroll to the leftmost change.
  const showChanges = (frame) => {
    const changed = [...frame.querySelectorAll(".node:not(.same), .edge:not(.same)")];
    if (!changed.length) return;
    const places = changed.map((one) => one.getBoundingClientRect());
    const place = places.reduce((first, other) => (other.left < first.left ? other : first));
    const around = frame.getBoundingClientRect();
    frame.scrollLeft += place.left - around.left - frame.clientWidth / 8;
    frame.scrollTop += place.top - around.top - frame.clientHeight / 3;
  };

  const zoom = (frame, svg, scale) => {
    const old = scaleOf(svg);
    const isFitted = frame.scrollWidth <= frame.clientWidth && frame.scrollHeight <= frame.clientHeight;
    const middle = [frame.scrollLeft + frame.clientWidth / 2, frame.scrollTop + frame.clientHeight / 2];
    setScale(svg, Math.min(4, Math.max(fittedScale(frame, svg), scale)));
    const factor = scaleOf(svg) / old;
    frame.scrollLeft = middle[0] * factor - frame.clientWidth / 2;
    frame.scrollTop = middle[1] * factor - frame.clientHeight / 2;
    if (isFitted) showChanges(frame);
  };

  const fit = (frame) => {
    const svg = frame.querySelector("svg");
    if (frame.dataset.fitted || !svg || !frame.clientWidth) return;
    frame.dataset.fitted = "yes";
    if (fittedScale(frame, svg) === 1) return;
    setScale(svg, fittedScale(frame, svg));
    const buttons = document.createElement("div");
    buttons.className = "zoom";
    buttons.setAttribute("role", "group");
    buttons.setAttribute("aria-label", "Zoom");
    const actions = [
      ["−", "Zoom out", () => scaleOf(svg) / STEP],
      ["+", "Zoom in", () => scaleOf(svg) * STEP],
      ["Fit", "Fit the graph", () => 0],
      ["100 %", "Full size", () => 1],
    ];
    for (const [text, label, scale] of actions) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.setAttribute("aria-label", label);
      button.addEventListener("click", () => zoom(frame, svg, scale()));
      buttons.append(button);
    }
    frame.before(buttons);
  };
  const fitAll = (within) => within.querySelectorAll(".graph .scroll").forEach(fit);
  main.addEventListener("toggle", (event) => fitAll(event.target), true);
  fitAll(main);

  // Unfold everything in print, for browsers that do not support ::details-content.
  const unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded.push(...document.querySelectorAll("details:not([open])"));
    for (const one of unfolded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of unfolded.splice(0)) one.open = false;
  });
  if (!form) return;

  const findings = [...main.querySelectorAll(".finding")];
  const flows = [...main.querySelectorAll(".flow")];
  const lists = [...main.querySelectorAll(".findings")];
  const comparisons = [...main.querySelectorAll(".comparison")];
  const texts = new Map();
  const fields = form.elements;
  const counter = fields.count;
  const noMatch = document.createElement("p");
  const openAll = document.getElementById("open-all");

  const textOf = (within, selector) => [...within.querySelectorAll(selector)].map((one) => one.textContent).join(" ");
  const cached = (make) => (item) => {
    if (!texts.has(item)) texts.set(item, make(item).toLowerCase());
    return texts.get(item);
  };

  // Searchable text of flows and findings, without words that all of them contain, such as badges, "before"
  // and "after". It is collected by the first search.
  const flowText = cached((flow) =>
    textOf(flow, ":scope > summary .name, :scope > summary .id, :scope > .content > :is(.place, .reason)"),
  );
  const findingText = cached((item) => {
    const flow = item.closest(".flow");
    const { impact, kind } = item.dataset;
    const own = textOf(item, ".sentence, .effects, .members > li, .timetable > :not(h5), code, pre, td.text");
    return `${flow ? flowText(flow) : ""} ${impact} ${kind} ${kind.replaceAll("-", " ")} ${own}`;
  });

  const readFilters = () => ({
    words: fields.text.value.toLowerCase().split(/\s+/).filter(Boolean),
    impacts: new Set([...form.querySelectorAll("[name=impact]:checked")].map((box) => box.value)),
    kind: fields.kind?.value,
    flow: fields.flow?.value,
  });

  const matches = (item, filters) =>
    filters.impacts.has(item.dataset.impact) &&
    (!filters.kind || item.dataset.kind === filters.kind) &&
    (!filters.flow || item.dataset.flow.split(" ").includes(filters.flow)) &&
    filters.words.every((word) => findingText(item).includes(word));

  // A flow without findings, such as an unknown one, has no impact and no kind.
  const matchesWithoutFindings = (flow, filters) =>
    !filters.kind &&
    (!filters.flow || flow.dataset.flow === filters.flow) &&
    filters.words.every((word) => `${flowText(flow)} ${textOf(flow, ".verdict")}`.includes(word));

  const apply = () => {
    const filters = readFilters();
    let count = 0;
    for (const item of findings) {
      item.hidden = !matches(item, filters);
      if (!item.hidden) count += 1;
    }
    for (const list of lists) list.hidden = !list.querySelector(":scope > .finding:not([hidden])");
    let flowCount = 0;
    for (const flow of flows) {
      const hasFindings = flow.querySelector(".finding");
      const isVisible = hasFindings
        ? flow.querySelector(".finding:not([hidden])")
        : matchesWithoutFindings(flow, filters);
      flow.hidden = !isVisible;
      if (!flow.hidden) flowCount += 1;
    }
    for (const one of comparisons) {
      const heading = one.querySelector("h2:not(.hidden)");
      if (heading) one.hidden = !one.querySelector(".flow:not([hidden]), .groups:not([hidden])");
    }
    for (const title of main.querySelectorAll("h3")) {
      const kind = title.nextElementSibling.classList.contains("flow") ? ".flow" : ".groups";
      title.hidden = !title.parentElement.querySelector(`${kind}:not([hidden])`);
    }
    if (filters.words.length && flowCount <= 12) for (const flow of flows) if (!flow.hidden) flow.open = true;
    for (const note of main.querySelectorAll("p.rest")) note.hidden = count < findings.length;
    noMatch.textContent = count || flowCount ? "" : "No matches.";
    const all = `${findings.length} finding${findings.length === 1 ? "" : "s"}`;
    counter.value = count === findings.length ? all : `${count} of ${all}`;
  };

  let timer = 0;
  const applySoon = () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 80);
  };

  form.addEventListener("input", applySoon);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  openAll.addEventListener("click", () => {
    const open = openAll.textContent === "Open all";
    for (const flow of flows) if (!flow.hidden) flow.open = open;
    openAll.textContent = open ? "Close all" : "Open all";
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      fields.text.focus();
    }
  });
  noMatch.className = "empty";
  noMatch.setAttribute("aria-live", "polite");
  main.append(noMatch);
  form.hidden = false;
  apply();
})();
