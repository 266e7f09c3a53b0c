// Says that a page of panels is on its way: what is left is marked as busy until the next page comes. It runs before the
// first paint, so that charts have their places until they are drawn. Pages are complete without this file.
(() => {
  "use strict";
  // Quicker answers come without a flicker in between.
  const PATIENCE = 80;
  const root = document.documentElement;
  let timer = 0;

  // Where scripts did not come, the places of charts close again.
  root.dataset.scripted = "";
  addEventListener("load", () => delete root.dataset.scripted);

  const settle = () => {
    clearTimeout(timer);
    for (const body of document.querySelectorAll("[data-panel-body]")) {
      body.removeAttribute("aria-busy");
      delete body.dataset.loading;
    }
    for (const status of document.querySelectorAll("[data-loading-says]")) status.textContent = "";
  };

  const wait = () => {
    settle();
    for (const body of document.querySelectorAll("[data-panel-body]")) body.setAttribute("aria-busy", "true");
    timer = setTimeout(() => {
      for (const body of document.querySelectorAll("[data-panel-body]")) body.dataset.loading = "";
      for (const status of document.querySelectorAll("[data-loading-says]")) status.textContent = status.dataset.loadingSays;
    }, PATIENCE);
  };

  // Whether an address is that of another page below the panels' own, and not a place on this one.
  const leads = (href) => {
    const frame = document.querySelector("[data-panel-root]");
    const to = new URL(href, location.href);
    if (!frame || to.origin !== location.origin || !to.pathname.startsWith(frame.dataset.panelRoot)) return false;
    return !to.hash || to.pathname !== location.pathname || to.search !== location.search;
  };

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a[href]");
    if (!link || link.hasAttribute("download") || (link.target && link.target !== "_self")) return;
    if (leads(link.href)) wait();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!event.defaultPrevented && form.method === "get" && leads(form.action)) wait();
  });
  // The page is left standing where the reader stops loading, and shown again as it was left by the way back.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") settle();
  });
  addEventListener("pageshow", settle);
})();
