// Parses each file named with the real Mermaid: one JSON line for each, null or the complaint.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

globalThis.window = new JSDOM("").window;
globalThis.document = globalThis.window.document;
const { default: mermaid } = await import("mermaid");

for (const path of process.argv.slice(2)) {
  const complaint = await mermaid.parse(readFileSync(path, "utf8")).then(() => null, (error) => String(error.message));
  console.log(JSON.stringify(complaint));
}
