// The reader's choice of light or dark, kept in this browser. Without a choice the system's one holds.
(() => {
  "use strict";
  const root = document.documentElement;
  const stored = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const isDark = () =>
    (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  if (stored() === "light" || stored() === "dark") root.dataset.theme = stored();

  const label = (button) => {
    button.querySelector("span").textContent = isDark() ? button.dataset.light : button.dataset.dark;
  };

  document.addEventListener("DOMContentLoaded", () => {
    const buttons = document.querySelectorAll("[data-theme-toggle]");
    for (const button of buttons) {
      button.closest("[hidden]").hidden = false;
      label(button);
      button.addEventListener("click", () => {
        root.dataset.theme = isDark() ? "light" : "dark";
        try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private window: for this page only */ }
        buttons.forEach(label);
        document.dispatchEvent(new CustomEvent("themechange"));
      });
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      buttons.forEach(label);
      document.dispatchEvent(new CustomEvent("themechange"));
    });
  });
})();
