"use strict";
(() => {
  const embed = window.glasslabEmbed;
  const { charts, config } = JSON.parse(document.getElementById("charts").textContent);
  const views = new Map();
  document.documentElement.classList.add("scripted");

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);

  function showTip(_handler, event, _item, value) {
    if (value === null || value === undefined || value === "") { tip.hidden = true; return; }
    tip.replaceChildren();
    for (const [name, said] of Object.entries(value)) {
      const line = document.createElement("div");
      const strong = document.createElement("b");
      strong.textContent = said;
      line.append(`${name} `, strong);
      tip.append(line);
    }
    tip.hidden = false;
    const room = document.documentElement.clientWidth - tip.offsetWidth - 12;
    tip.style.left = `${Math.max(8, Math.min(event.pageX + 14, window.scrollX + room))}px`;
    tip.style.top = `${event.pageY + 16}px`;
  }

  function pointAt(figure, variant) {
    for (const place of figure.querySelectorAll(".chart.live")) {
      const view = views.get(place);
      try {
        if (view && view.signal("pointed") !== variant) view.signal("pointed", variant).runAsync();
      } catch { /* a chart without lines to point at */ }
    }
  }

  async function draw(place, form) {
    const forms = charts[place.dataset.chart];
    const figure = place.closest("figure");
    place.style.minHeight = `${place.offsetHeight}px`;
    const still = place.firstElementChild;
    const room = document.createElement("div");
    room.style.width = "100%";
    place.append(room);
    if (views.has(place)) views.get(place).finalize();
    if (still) still.remove();
    const options = { mode: "vega-lite", renderer: "svg", actions: false, tooltip: showTip, config };
    const { view } = await embed(room, forms[form] || forms.plain, options);
    views.set(place, view);
    place.classList.add("live");
    place.style.minHeight = "";
    view.addEventListener("mouseover", (_event, item) => {
      const variant = item && item.datum && item.datum.variant;
      pointAt(figure, typeof variant === "string" ? variant : "");
    });
    view.addEventListener("mouseout", () => pointAt(figure, ""));
  }

  const places = [...document.querySelectorAll(".chart[data-chart]")];
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target, "plain").catch((error) => console.error(error));
    }
  }, { rootMargin: "300px" });
  for (const place of places) seen.observe(place);

  for (const box of document.querySelectorAll("[data-switch]")) {
    box.addEventListener("change", () => {
      const figure = document.getElementById(box.dataset.figure);
      for (const place of figure.querySelectorAll(".chart")) {
        if (box.dataset.switch === "log") {
          if (charts[place.dataset.chart].log) draw(place, box.checked ? "log" : "plain");
        } else if (views.has(place)) {
          views.get(place).signal("shown", box.checked ? "counts" : "shares").runAsync();
        }
      }
    });
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        const range = document.createRange();
        range.selectNodeContents(document.getElementById(button.dataset.copy));
        const selection = window.getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
  }

  const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const here = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.classList.remove("here");
      links.get(entry.target.id).classList.add("here");
    }
  }, { rootMargin: "-10% 0px -75% 0px" });
  for (const section of document.querySelectorAll("main > section")) here.observe(section);
})();
