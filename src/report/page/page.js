"use strict";
(() => {
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const charts = [...document.querySelectorAll(".chart")];
  const drawn = new Map();
  let isPrinting = false;

  const isDark = () => !isPrinting && (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);

  // Colours of what is not data; those of data are in the specifications.
  const config = (width, longest) => {
    const [text, quiet, line] = isDark() ? ["#e6e8eb", "#a4acb6", "#343b45"] : ["#1b1f24", "#56606b", "#dfe3e8"];
    const font = getComputedStyle(document.body).fontFamily;
    return {
      background: null,
      font,
      view: { stroke: null },
      axis: {
        labelColor: text, titleColor: quiet, gridColor: line, domainColor: quiet, tickColor: line,
        labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelPadding: 6,
      },
      legend: {
        orient: "top", title: null, labelColor: text, labelFontSize: 12, labelLimit: width - 40, symbolStrokeWidth: 2,
        columns: Math.max(1, Math.floor(width / (7.5 * longest + 40))), columnPadding: 14,
        // It begins where the names beside the axis do.
        layout: { top: { anchor: "start", frame: "bounds" } }, rowPadding: 3, offset: 16,
      },
      range: { ramp: isDark() ? ["#1d2b3a", "#7cc0f0"] : ["#e8f1f9", "#00498a"] },
    };
  };

  const specification = (chart) => {
    let text = chart.querySelector("script").textContent;
    if (isDark()) {
      const dark = JSON.parse(document.getElementById("dark").textContent);
      for (const [light, instead] of Object.entries(dark)) text = text.replaceAll(light, instead);
    }
    return JSON.parse(text);
  };

  const draw = (chart) => {
    const before = drawn.get(chart);
    if (before) before.finalize();
    chart.querySelector(".drawing")?.remove();
    const place = document.createElement("div");
    place.className = "drawing";
    chart.append(place);
    const spec = specification(chart);
    // On a telephone the figures need the room; on how many projects they rest is above the chart and in its table.
    if (chart.clientWidth < 420) spec.layer = spec.layer?.filter((layer) => layer.name !== "on_projects");
    const longest = spec.usermeta.longest_series ?? 0;
    const compiled = vega.compile(spec, { config: config(chart.clientWidth, longest) }).spec;
    const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
      renderer: "svg", container: place, expr: vega.expressionInterpreter, hover: false, logLevel: 1,
    });
    view.tooltip((_, event, item, value) => tell(event, value));
    view.run();
    drawn.set(chart, view);
    chart.style.minHeight = "";
    chart.dataset.drawn = "";
  };

  const tip = document.getElementById("tip");
  const tell = (event, value) => {
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    const list = document.createElement("dl");
    for (const [name, text] of Object.entries(value)) {
      const [term, description] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      description.textContent = text;
      list.append(term, description);
    }
    tip.replaceChildren(list);
    const left = Math.min(event.pageX + 14, scrollX + root.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(scrollX + 4, left)}px`;
    tip.style.top = `${event.pageY + 16}px`;
  };

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      if (!drawn.has(entry.target)) draw(entry.target);
    }
  }, { rootMargin: "600px" });
  for (const chart of charts) {
    // What is not drawn yet has its place, so that nothing moves below a link.
    chart.style.minHeight = `${chart.dataset.height}px`;
    seen.observe(chart);
  }

  const drawAnew = () => { for (const chart of drawn.keys()) draw(chart); };
  addEventListener("beforeprint", () => { isPrinting = true; for (const chart of charts) draw(chart); });
  addEventListener("afterprint", () => { isPrinting = false; drawAnew(); });
  prefersDark.addEventListener("change", () => { name(); drawAnew(); });
  let width = root.clientWidth;
  let waiting;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    // The height alone changes where a telephone hides its bars.
    waiting = setTimeout(() => { if (width !== root.clientWidth) { width = root.clientWidth; drawAnew(); } }, 150);
  });

  const theme = document.getElementById("theme");
  const name = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
  theme.hidden = false;
  name();
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); drawAnew(); });

  if (root.clientWidth < 900) document.querySelector("nav details").open = false;

  const told = document.getElementById("told");
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Where a page may not write to the clipboard, the selection can.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await copy(button.closest("details").querySelector(".csv").textContent);
      button.textContent = "Copied";
      told.textContent = "The table is copied as CSV.";
      setTimeout(() => { button.textContent = "Copy as CSV"; told.textContent = ""; }, 2000);
    });
  }
})();
