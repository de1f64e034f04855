// What a reader can't use of the page as it stands: letters that are too small, what is cut, covered, or off the window.
() => {
  const faults = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0;
  const name = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""} ${(element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 40)}`;
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`the page is ${wide} px wide`);
  const root = document.querySelector(".graph");
  for (const element of root.querySelectorAll("*")) {
    if (element.closest("svg") || !shown(element)) continue;
    const own = [...element.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim());
    const { left, right } = element.getBoundingClientRect();
    if (left < -0.5 || right > innerWidth + 0.5) faults.push(`off the window: ${name(element)}`);
    if (own && parseFloat(getComputedStyle(element).fontSize) < 11) faults.push(`small: ${name(element)}`);
    if (own && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline") faults.push(`cut: ${name(element)}`);
    if (element.matches("input:not([type=range], [type=checkbox])") && element.clientWidth < 60) faults.push(`a field of ${element.clientWidth} px: ${name(element)}`);
  }
  for (const control of root.querySelectorAll("button, input, summary")) {
    if (!shown(control)) continue;
    control.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, top, width, height } = control.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (!hit || !(control.contains(hit) || hit.contains(control))) faults.push(`covered: ${name(control)} by ${hit && name(hit)}`);
  }
  scrollTo(0, 0);
  return faults;
};
