// Keeps all files of one version, as they are first asked for, and answers from them: so it works without a network.
const CACHE = "playground " + "VERSION";
const FILES = ["FILES"];
const addresses = new Set(FILES.map((name) => new URL(name, location.href).href));
oninstall = () => skipWaiting();
onactivate = (event) => {
  const old = (name) => name.startsWith("playground ") && name !== CACHE;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => clients.claim()));
};
onfetch = (event) => event.respondWith(answer(event.request));

async function answer(request) {
  const [cache, address] = [await caches.open(CACHE), request.url.split(/[?#]/)[0]];
  const kept = await cache.match(address);
  if (kept) return kept;
  const found = await fetch(request);
  if (found.ok && addresses.has(address)) await cache.put(address, found.clone());
  return found;
}

// What the page had before this worker was there is asked for once more, and comes from the browser's own cache.
onmessage = () => caches.open(CACHE).then(async (cache) => {
  for (const address of addresses) if (!address.endsWith(".whl") && !(await cache.match(address))) await cache.add(new Request(address, { cache: "force-cache" }));
});
