// A tip for each mark that has one: pointing, touching, or the keyboard (Tab to a chart, arrows within it, Escape to close).
(() => {
  "use strict";
  const tip = document.getElementById("tip");
  const show = (mark) => {
    tip.textContent = mark.dataset.tip;
    tip.hidden = false;
    const box = mark.getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), wide - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 0 ? above : box.bottom + 8}px`;
  };
  const hide = () => { tip.hidden = true; };
  for (const chart of document.querySelectorAll("svg.chart")) {
    const title = chart.querySelector("title");
    chart.setAttribute("aria-label", title.textContent); // a <title> would show a second tip, the browser's own
    chart.removeAttribute("aria-labelledby");
    title.remove();
    const marks = [...chart.querySelectorAll(".hit")];
    marks.forEach((mark, place) => {
      mark.addEventListener("pointerenter", () => show(mark));
      mark.addEventListener("pointerleave", hide);
      mark.addEventListener("focus", () => show(mark));
      mark.addEventListener("blur", hide);
      mark.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = marks[(place + step + marks.length) % marks.length];
        mark.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      });
    });
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details.printed")) part.open = true;
  });
})();
