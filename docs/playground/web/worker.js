// Python in a worker of its own: it can be stopped at any time, and reaches nothing of the site but what it is sent.
const CACHE = "playground " + "VERSION";
let base, python, functions;
const tell = (message) => postMessage(message);

onmessage = async ({ data }) => {
  if (data.base) {
    ({ base } = data);
    return data.isKeeping ? keep() : begin();
  }
  const { id, kind, text, width, theme } = data;
  try {
    const show = (shown, each) => tell({ id, kind: shown, text: each });
    if (kind === "exact") await python.loadPackage(base + text, { messageCallback: () => {} });
    const answer = kind === "run" ? functions.run(text, width, theme, show) : functions[kind](text);
    tell({ id, kind: "done", text: answer ?? "", memory: python._module.HEAP8.length });
  } catch (error) {
    const said = String(error);
    tell({ id, kind: "dead", text: /call stack|Maximum/.test(said) ? "something was nested too deeply" : said.split("\n")[0] });
  }
};

/** Python with the package; or, from its memory as it was kept, the same in a moment. */
async function started(more) {
  const { loadPyodide } = await import(`${base}pyodide/pyodide.mjs`);
  const quiet = { stdin: () => undefined, stdout: () => {}, stderr: () => {} };
  const [made, bundle] = await Promise.all([
    loadPyodide({ indexURL: `${base}pyodide/`, ...quiet, ...more }),
    fetch(`${base}python.zip`).then((answer) => answer.arrayBuffer()),
  ]);
  made.unpackArchive(bundle, "zip", { extractDir: "/lib/playground" });
  if (!more._loadSnapshot) made.runPython("import sys; sys.path.insert(0, '/lib/playground'); import playground; playground.warm()");
  return made;
}

async function begin() {
  try {
    const kept = await caches.open(CACHE).then((cache) => cache.match(`${base}memory`)).catch(() => undefined);
    if (kept) python = await started({ _loadSnapshot: new Uint8Array(await kept.arrayBuffer()) }).catch(() => undefined);
    const isKept = Boolean(python);
    python ??= await started({});
    const { run, make, judge, show_page: page, exact } = python.pyimport("playground");
    functions = { run, make, judge, page, exact };
    shut();
    tell({ kind: "ready", text: isKept ? "kept" : "new" });
  } catch (error) {
    tell({ kind: "refused", text: String(error).split("\n")[0] });
  }
}

/** Keep the memory of a Python that has everything imported: the next visit begins there. */
async function keep() {
  const memory = (await started({ _makeSnapshot: true })).makeMemorySnapshot();
  await (await caches.open(CACHE)).put(`${base}memory`, new Response(memory));
  tell({ kind: "kept" });
}

/** A program, perhaps a stranger's, must not change what the site keeps, nor start others that could. */
function shut() {
  for (const name of ["caches", "indexedDB", "Worker", "SharedWorker", "BroadcastChannel", "close"])
    for (let place = self; place; place = Object.getPrototypeOf(place)) delete place[name];
  for (const name of ["storage", "serviceWorker", "locks"]) delete WorkerNavigator.prototype[name];
}
