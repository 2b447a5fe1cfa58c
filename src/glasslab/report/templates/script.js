"use strict";
(() => {
  const { charts, config } = JSON.parse(document.getElementById("charts").textContent);
  const runs = JSON.parse(document.getElementById("runs").textContent);
  const { vega, vegaLite } = window.glasslabVega;
  const tip = document.getElementById("tip");
  const views = new Map();
  let pointed = "";

  // One variant is pointed at on the whole page: in a chart, or in a row of a table.
  const point = (variant) => {
    if (variant === pointed) return;
    pointed = variant;
    for (const view of views.values()) send(view, "pointed", variant);
    for (const row of document.querySelectorAll("tr[data-variant]")) {
      row.classList.toggle("pointed", row.dataset.variant === variant);
    }
  };

  const send = (view, signal, value) => {
    try { view.signal(signal, value).runAsync(); } catch { /* this chart does not know the signal */ }
  };

  const folder = (datum) => runs[datum.variant]?.[datum.seed];

  const hideTip = () => { tip.hidden = true; };

  const showTip = (event, item, content) => {
    if (!content) return hideTip();
    const rows = Object.entries(content);
    const place = folder(item?.datum ?? {});
    if (place) rows.push(["run", decodeURIComponent(place)]);
    const table = document.createElement("table");
    for (const [name, value] of rows) {
      const row = table.insertRow();
      const head = document.createElement("th");
      head.textContent = name;
      row.append(head);
      row.insertCell().textContent = value;
    }
    tip.replaceChildren(table);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const below = event.clientY + 16;
    const y = below + box.height > innerHeight - 8 ? event.clientY - box.height - 12 : below;
    tip.style.left = `${Math.max(8, x)}px`;
    tip.style.top = `${Math.max(8, y)}px`;
  };

  const draw = async (place, form = "plain") => {
    const forms = charts[place.dataset.chart];
    const specification = { ...(forms[form] ?? forms.plain), config };
    const box = document.createElement("div");
    box.className = "live-view waiting";
    place.append(box);
    const view = new vega.View(vega.parse(vegaLite.compile(specification).spec), { renderer: "svg", hover: true });
    view.tooltip((handler, event, item, content) => showTip(event, item, content));
    await view.initialize(box).runAsync();
    view.addEventListener("pointermove", (event, item) => point(item?.datum?.variant ?? ""));
    view.addEventListener("click", (event, item) => {
      const to = folder(item?.datum ?? {});
      if (to) window.open(`${to}/run.json`, "_blank", "noopener");
    });
    box.addEventListener("pointerleave", () => { point(""); hideTip(); });
    views.get(place)?.finalize();
    views.set(place, view);
    place.replaceChildren(box);
    place.classList.add("live");
    box.classList.remove("waiting");
    if (pointed) send(view, "pointed", pointed);
  };

  // A chart becomes live when it comes near the window; until then, and in print, its picture stands there.
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      draw(entry.target).catch(() => { entry.target.querySelector(".waiting")?.remove(); });
    }
  }, { rootMargin: "300px" });
  for (const place of document.querySelectorAll("[data-chart]")) watcher.observe(place);

  for (const group of document.querySelectorAll(".switch")) {
    group.hidden = false;
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      for (const each of group.querySelectorAll("button")) each.setAttribute("aria-pressed", each === button);
      for (const place of group.closest(".figure").querySelectorAll("[data-chart]")) {
        if (group.dataset.switch === "shown") {
          if (views.has(place)) send(views.get(place), "shown", button.value);
        } else if (charts[place.dataset.chart].log) {
          watcher.unobserve(place);
          draw(place, button.value);
        }
      }
    });
  }

  for (const row of document.querySelectorAll("tr[data-variant]")) {
    row.addEventListener("pointerenter", () => point(row.dataset.variant));
    row.addEventListener("pointerleave", () => point(""));
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
  }

  const links = new Map([...document.querySelectorAll(".contents a[href^='#']")].map((a) => [a.hash.slice(1), a]));
  const places = [...links.keys()].map((id) => document.getElementById(id));
  const mark = () => {
    const here = places.filter((place) => place.getBoundingClientRect().top < innerHeight / 3).pop() ?? places[0];
    for (const [id, link] of links) {
      if (id === here.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
})();
