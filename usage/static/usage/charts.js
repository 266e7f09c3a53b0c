// Charts of panels, and what makes the filters quicker. Pages are complete without this file.
(() => {
  "use strict";
  for (const form of document.querySelectorAll("[data-submit-on-change]")) {
    form.querySelector("[data-without-script]").hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
  }

  const GROUP = "\u202f";
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

  // Lines cross the step that is not over yet: the column behind them is hatched, as wide as a bar.
  const hatchedColumn = (step, steps, pattern) => ({
    id: "hatchedColumn",
    beforeDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const width = Math.min((scales.x.width / steps) * 0.8, 36);
      ctx.save();
      ctx.globalAlpha = 0.4;
      ctx.fillStyle = pattern;
      ctx.fillRect(scales.x.getPixelForValue(step) - width / 2, chartArea.top, width, chartArea.height);
      ctx.restore();
    },
  });

  // How figures are written, in the reader's language.
  const writer = (locale, currency, unit) => {
    const written = (options) => {
      const format = new Intl.NumberFormat(locale, options);
      return (value) =>
        format.formatToParts(value).map((part) => (part.type === "group" ? GROUP : part.value)).join("");
    };
    const money = written({ style: "currency", currency });
    const shortMoney = written({ style: "currency", currency, notation: "compact" });
    const fineMoney = written({ style: "currency", currency, maximumSignificantDigits: 2 });
    const count = written({ maximumFractionDigits: 0 });
    const shortCount = written({ maximumFractionDigits: 3 });
    const percent = written({ style: "percent", maximumFractionDigits: 1 });
    const oneMillion = written({ notation: "compact" })(1e6);
    const moneyText = (value) => (value > 0 && value < 0.005 ? `< ${money(0.01)}` : money(value));
    return {
      value: (by) => (unit === "percent" ? percent : by === "cost" ? moneyText : count),
      // Counts share one scale on the axis: all in millions, or none.
      tick: (by, largest) => (value) => {
        if (unit === "percent") return percent(value);
        if (by === "cost") return (largest < 0.1 && value ? fineMoney : shortMoney)(value);
        return largest >= 1e6 && value ? oneMillion.replace("1", shortCount(value / 1e6)) : count(value);
      },
    };
  };

  // Steps are ISO days: of a month the day alone stands on the axis, of weeks day and month, of months the month, with
  // its year where a month comes twice. Hours are local ones, such as 2026-11-29T13:00, and count to 23 as on the page.
  const stepNames = (told) => {
    const format = (options) => {
      const names = new Intl.DateTimeFormat(told.locale, { timeZone: "UTC", hourCycle: "h23", ...options });
      return (iso) => names.format(new Date(iso.includes("T") ? `${iso}:00Z` : `${iso}T00:00:00Z`));
    };
    const short = { hour: format({ weekday: "short", hour: "2-digit", minute: "2-digit" }), day: (iso) => Number(iso.slice(-2)), week: format({ day: "numeric", month: "short" }), month: format({ month: "short", ...(told.steps.length > 12 ? { year: "numeric" } : {}) }) };
    const long = { hour: format({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }), day: format({ weekday: "short", day: "numeric", month: "short" }), week: format({ day: "numeric", month: "short", year: "numeric" }), month: format({ month: "long", year: "numeric" }) };
    const severalMonths = new Set(told.steps.map((iso) => iso.slice(0, 7))).size > 1;
    return { short: told.bucket === "day" && severalMonths ? short.week : short[told.bucket], long: long[told.bucket] };
  };

  // A figure with data-chart names the script element that holds its data; see docs/panels.md for its fields.
  const setUp = (figure) => {
    const told = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    const words = figure.dataset;
    const swatches = [...figure.querySelectorAll("[data-swatch]")];
    const canvas = figure.querySelector("canvas");
    const figures = writer(told.locale, told.currency, told.unit);
    const names = stepNames(told);
    const stacked = told.kind !== "lines";
    let chart = null;

    const draw = (basis) => {
      const by = words.only || basis;
      canvas.setAttribute("aria-label", canvas.dataset[by] || canvas.getAttribute("aria-label"));
      const style = getComputedStyle(figure);
      const probe = getComputedStyle(figure.querySelector(".plot"));
      const paper = getComputedStyle(document.body).backgroundColor;
      const ink = style.getPropertyValue("color");
      const hairline = probe.outlineColor;
      const quiet = probe.caretColor;
      const sums = told.steps.map((_step, index) => told.series.reduce((sum, series) => sum + (series[by][index] || 0), 0));
      const datasets = told.series.map((series, index) => {
        const colour = getComputedStyle(swatches[index]).backgroundColor;
        const fill = told.steps.map((_step, step) => (step === told.partial ? hatched(colour, paper) : colour));
        if (!stacked) return { label: series.name, data: series[by], borderColor: colour, backgroundColor: colour, borderWidth: 2, borderDash: series.dashed ? [4, 4] : [], pointRadius: told.steps.length > 40 && !series[by].includes(null) ? 0 : 2, tension: 0, spanGaps: false };
        return { label: series.name, data: series[by], backgroundColor: fill, hoverBackgroundColor: fill, borderColor: paper, hoverBorderColor: ink, borderWidth: { top: 1 }, borderSkipped: false, maxBarThickness: 36, categoryPercentage: 0.8, barPercentage: 1 };
      });
      const valueText = figures.value(by);
      if (chart) chart.destroy();
      chart = new Chart(canvas, {
        type: stacked ? "bar" : "line",
        data: { labels: told.steps, datasets },
        plugins: stacked || told.partial === null ? [] : [hatchedColumn(told.partial, told.steps.length, hatched(quiet, paper))],
        options: {
          animation: false,
          maintainAspectRatio: false,
          interaction: { mode: "index", intersect: false },
          font: { family: style.fontFamily },
          scales: {
            x: { stacked, offset: told.bucket !== "hour", grid: { display: false }, border: { color: hairline }, ticks: { color: quiet, maxRotation: 0, autoSkipPadding: 12, callback: (index) => names.short(told.steps[index]) } },
            y: { stacked, beginAtZero: true, suggestedMax: told.unit === "percent" ? 0.05 : undefined, grid: { color: hairline }, border: { display: false }, ticks: { color: quiet, maxTicksLimit: 6, precision: told.unit === "percent" || by === "cost" ? undefined : 0, callback: figures.tick(by, Math.max(...sums, 0)) } },
          },
          plugins: {
            legend: { display: false },
            tooltip: {
              backgroundColor: paper, titleColor: ink, bodyColor: ink, footerColor: ink, borderColor: hairline, borderWidth: 1, cornerRadius: 6, padding: 12, boxPadding: 4, multiKeyBackground: "transparent",
              itemSort: (a, b) => b.datasetIndex - a.datasetIndex,
              filter: (item) => item.raw !== 0 && item.raw !== null,
              callbacks: {
                title: (items) => (items.length ? names.long(items[0].label) + (items[0].dataIndex === told.partial ? ` (${words.partial})` : "") : ""),
                label: (item) => ` ${item.dataset.label}: ${valueText(item.raw)}`,
                labelColor: (item) => { const colour = getComputedStyle(swatches[item.datasetIndex]).backgroundColor; return { backgroundColor: colour, borderColor: colour, borderWidth: 0 }; },
                footer: (items) => (stacked && items.length ? `${words.total}: ${valueText(items.reduce((sum, item) => sum + item.raw, 0))}` : ""),
              },
            },
          },
        },
      });
    };
    figure.classList.remove("is-undrawn");
    return draw;
  };

  const charts = [...document.querySelectorAll("[data-chart]")].map(setUp);
  const bases = [...document.querySelectorAll("[data-chart-basis]")];
  const segments = bases.flatMap((basis) => [...basis.querySelectorAll("a")]);
  for (const basis of bases) basis.classList.remove("is-undrawn");
  let by = (document.querySelector("[data-chart]") || { dataset: {} }).dataset.by || "tokens";
  const said = [...document.querySelectorAll("[data-said-by]")];
  const drawAll = () => {
    for (const words of said) words.hidden = words.dataset.saidBy !== by;
    charts.forEach((draw) => draw(by));
  };
  segments.forEach((link) => {
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      by = link.dataset.by;
      segments.forEach((other) => {
        if (other.dataset.by === by) other.setAttribute("aria-current", "true");
        else other.removeAttribute("aria-current");
      });
      history.replaceState(null, "", link.href);
      drawAll();
      document.dispatchEvent(new Event("measurechange"));
    });
  });
  document.addEventListener("themechange", drawAll);
  drawAll();
})();
