// What a reader sees of the picture in the page: letters, overlaps, edges through boxes, strangers in frames.
(selector) => {
  const svg = document.querySelector(selector ?? "svg");
  const whole = svg.getBoundingClientRect();
  const scale = whole.width / svg.viewBox.baseVal.width;
  const letters = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
  const sizes = { plain: [], formula: [] };
  const texts = letters.map((text) => {
    const formula = text.closest(".formula, .set");
    sizes[formula ? "formula" : "plain"].push(parseFloat(text.getAttribute("font-size")) * scale);
    const { left, right, top, bottom, height } = text.getBoundingClientRect();
    return { left, right, top: top + 0.22 * height, bottom: bottom - 0.2 * height, formula, said: text.textContent };
  });
  const meet = (a, b, by) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > by && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;
  const overlaps = [];
  texts.forEach((a, k) => {
    for (const b of texts.slice(k + 1)) {
      if (!(a.formula && a.formula === b.formula) && meet(a, b, 0.8)) overlaps.push(`${a.said} | ${b.said}`);
    }
  });
  const outside = texts.filter(({ left, right }) => left < whole.left - 1 || right > whole.right + 1).map(({ said }) => said);
  const boxes = [...svg.querySelectorAll(".node")].map((node) => ({ node, key: node.dataset.box ?? node.id, area: node.querySelector("rect").getBoundingClientRect() }));
  const spilled = boxes.flatMap(({ node, area }) =>
    [...node.querySelectorAll("text")]
      .filter((text) => text.getBoundingClientRect().right > area.right + 1 || text.getBoundingClientRect().left < area.left - 1)
      .map((text) => text.textContent),
  );
  const through = [];
  for (const edge of svg.querySelectorAll(".edge")) {
    const path = edge.querySelector("path");
    const length = path.getTotalLength();
    const ends = edge.dataset.ends.split(" ");
    for (let at = 0; at <= length; at += 3) {
      const { x, y } = path.getPointAtLength(at).matrixTransform(path.getScreenCTM());
      const hit = boxes.find(
        ({ key, area }) => !ends.includes(key) && x > area.left + 1 && x < area.right - 1 && y > area.top + 1 && y < area.bottom - 1,
      );
      if (hit) {
        through.push(`${edge.dataset.ends} through ${hit.key}`);
        break;
      }
    }
  }
  const hit = boxes.flatMap((a, k) => boxes.slice(k + 1).filter((b) => meet(a.area, b.area, 0.5)).map((b) => `${a.key} on ${b.key}`));
  const strangers = [];
  for (const frame of svg.querySelectorAll(".cluster")) {
    const path = JSON.parse(frame.dataset.scope);
    const area = frame.querySelector("rect").getBoundingClientRect();
    for (const { node, area: box } of boxes) {
      const own = JSON.parse(node.dataset.scope ?? "[]");
      const inside = path.every((name, k) => own[k] === name);
      if (!inside && meet(area, box, 0.5)) strangers.push(`${node.id} in ${path}`);
    }
  }
  const least = (numbers) => Math.min(99, ...numbers);
  return {
    width: whole.width, height: whole.height, plain: least(sizes.plain), formula: least(sizes.formula),
    overlaps, outside, spilled, through, hit, strangers,
  };
}
