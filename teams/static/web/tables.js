// Tables marked data-sortable sort by a click on a column's head; rows of the rest stay at the end.
document.querySelectorAll("table[data-sortable]").forEach((table) => {
  "use strict";
  const heads = [...table.querySelectorAll("thead th")];
  const body = table.tBodies[0];
  let sorted = null;
  const key = `sort:${table.dataset.sortable}`;

  const value = (row, column) => {
    const cell = row.cells[column];
    const figure = [...cell.querySelectorAll("data")].find((one) => !one.closest("[hidden]"));
    return figure ? Number(figure.value) : cell.textContent.trim().toLocaleLowerCase();
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));

  const sort = (column, descending) => {
    sorted = [column, descending];
    const rest = [...body.querySelectorAll(".is-rest")];
    const rows = [...body.rows].filter((row) => !rest.includes(row));
    rows.sort((a, b) => compare(value(a, column), value(b, column)) * (descending ? -1 : 1));
    body.append(...rows, ...rest);
    heads.forEach((head, index) => {
      if (index === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = head.getAttribute("aria-sort");
      const descending = order ? order === "ascending" : column > 0;
      sort(column, descending);
      try { localStorage.setItem(key, `${column}:${descending}`); } catch { /* not kept */ }
    });
  });

  // Columns of charts' tables hold the measure that is shown.
  document.addEventListener("measurechange", () => sorted && sort(...sorted));

  try {
    const [column, descending] = (localStorage.getItem(key) || "").split(":");
    if (heads[column]) sort(Number(column), descending === "true");
  } catch { /* nothing kept */ }
});
