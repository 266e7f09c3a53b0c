// The daily chart, and what makes the filters quicker. The page is complete without this file.
(() => {
  "use strict";
  for (const form of document.querySelectorAll("[data-submit-on-change]")) {
    form.querySelector("[data-without-script]").hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
  }

  const figure = document.querySelector("[data-daily]");
  if (!figure) return;
  const chartData = JSON.parse(document.getElementById("daily-chart").textContent);
  const words = figure.dataset;
  figure.hidden = false;
  document.querySelector("[data-chart-basis]").hidden = false;

  const GROUP = "\u202f";
  const written = (options) => {
    const format = new Intl.NumberFormat(chartData.locale, options);
    return (value) =>
      format.formatToParts(value).map((part) => (part.type === "group" ? GROUP : part.value)).join("");
  };
  const money = written({ style: "currency", currency: chartData.currency });
  const shortMoney = written({ style: "currency", currency: chartData.currency, notation: "compact" });
  const count = written({ maximumFractionDigits: 0 });
  const shortCount = written({ maximumFractionDigits: 3 });
  const moneyText = (value) => (value > 0 && value < 0.005 ? `< ${money(0.01)}` : money(value));

  const dayName = new Intl.DateTimeFormat(chartData.locale, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  const dayText = (iso) => dayName.format(new Date(`${iso}T00:00:00Z`));

  // Tokens share one scale on the axis: all in millions, or none.
  const largest = Math.max(...chartData.days.map((_day, index) => chartData.series.reduce((sum, series) => sum + (series.tokens[index] || 0), 0)), 0);
  const millions = largest >= 1e6;
  const oneMillion = written({ notation: "compact" })(1e6);
  const tick = (by) => (value) => {
    if (by === "cost") return shortMoney(value);
    return millions && value ? oneMillion.replace("1", shortCount(value / 1e6)) : count(value);
  };

  const hatched = (colour, paper) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.fillStyle = paper;
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    for (const x of [-3, 3, 9]) {
      pen.beginPath();
      pen.moveTo(x - 4, 7);
      pen.lineTo(x + 4, -1);
      pen.stroke();
    }
    return pen.createPattern(tile, "repeat");
  };

  const swatches = [...figure.querySelectorAll("[data-swatch]")];
  const canvas = figure.querySelector("canvas");
  let chart = null;

  const draw = (by) => {
    const style = getComputedStyle(figure);
    const probe = getComputedStyle(figure.querySelector(".chart"));
    const paper = getComputedStyle(document.body).backgroundColor;
    const ink = style.getPropertyValue("color");
    const hairline = probe.outlineColor;
    const quiet = probe.caretColor;
    const datasets = chartData.series.map((series, index) => {
      const colour = getComputedStyle(swatches[index]).backgroundColor;
      const fill = chartData.days.map((_day, day) => (day === chartData.partial ? hatched(colour, paper) : colour));
      return { label: series.name, data: series[by], backgroundColor: fill, hoverBackgroundColor: fill, borderColor: paper, hoverBorderColor: ink, borderWidth: { top: 1 }, borderSkipped: false, maxBarThickness: 36, categoryPercentage: 0.8, barPercentage: 1 };
    });
    const valueText = by === "cost" ? moneyText : count;
    if (chart) chart.destroy();
    chart = new Chart(canvas, {
      type: "bar",
      data: { labels: chartData.days, datasets },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        font: { family: style.fontFamily },
        scales: {
          x: { stacked: true, grid: { display: false }, border: { color: hairline }, ticks: { color: quiet, maxRotation: 0, autoSkipPadding: 12, callback: (index) => Number(chartData.days[index].slice(-2)) } },
          y: { stacked: true, beginAtZero: true, grid: { color: hairline }, border: { display: false }, ticks: { color: quiet, maxTicksLimit: 6, callback: tick(by) } },
        },
        plugins: {
          legend: { display: false },
          tooltip: {
            backgroundColor: paper, titleColor: ink, bodyColor: ink, footerColor: ink, borderColor: hairline, borderWidth: 1, cornerRadius: 6, padding: 12, boxPadding: 4, multiKeyBackground: "transparent",
            itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
            filter: (item) => item.raw > 0,
            callbacks: {
              title: (items) => (items.length ? dayText(items[0].label) + (items[0].dataIndex === chartData.partial ? ` (${words.partial})` : "") : ""),
              label: (item) => ` ${item.dataset.label}: ${valueText(item.raw)}`,
              labelColor: (item) => { const colour = getComputedStyle(swatches[item.datasetIndex]).backgroundColor; return { backgroundColor: colour, borderColor: colour, borderWidth: 0 }; },
              footer: (items) => `${words.total}: ${valueText(items.reduce((sum, item) => sum + item.raw, 0))}`,
            },
          },
        },
      },
    });
  };

  let by = words.by;
  const segments = document.querySelectorAll("[data-chart-basis] a");
  segments.forEach((link) => {
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      by = link.dataset.by;
      segments.forEach((other) => {
        if (other === link) other.setAttribute("aria-current", "true");
        else other.removeAttribute("aria-current");
      });
      history.replaceState(null, "", link.href);
      draw(by);
    });
  });
  document.addEventListener("themechange", () => draw(by));
  draw(by);
})();
