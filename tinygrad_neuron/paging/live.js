const language = { operations, functions, tables: { ...tables, arities: functions } };

/** What a notebook shows of the widget: its numbers go to Python, and those of Python come back. */
export default {
  render({ model, el }) {
    const host = document.createElement("div");
    const shadow = host.attachShadow({ mode: "open" }); // the page's style is for the page alone
    const [style, template, root, data] = ["style", "template", "div", "script"].map((name) => document.createElement(name));
    style.textContent = model.get("style");
    template.innerHTML = model.get("template");
    data.type = "application/json";
    data.textContent = model.get("graph");
    root.className = "graph";
    root.append(data);
    shadow.append(style, root);
    el.append(host);
    const app = start(root, language, null, template);
    const { session } = app;
    const names = session.leaves.map((place) => session.graph.nodes[place].path);
    const own = () => Object.fromEntries(session.leaves.map((place, k) => [names[k], session.numbers[place]]));
    const differs = () => names.some((name) => model.get("numbers")[name] !== own()[name]);
    const take = () => {
      if (!differs()) return;
      const numbers = model.get("numbers");
      session.follow(names.map((name) => Number(numbers[name])));
      app.changed();
    };
    root.addEventListener("numbers", () => {
      if (!differs()) return;
      model.set("numbers", own());
      model.save_changes();
    });
    model.on("change:numbers", take);
    take();
  },
};
