// Reads a JSON list of LaTeX texts from standard input and writes, for each, null or KaTeX' complaint.
import { readFileSync } from "node:fs";
import katex from "katex";

const complaints = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  try {
    katex.renderToString(text, { displayMode: true, throwOnError: true, strict: (code) => (code === "unicodeTextInMathMode" ? "ignore" : "error") });
    return null;
  } catch (error) {
    return String(error.message);
  }
});
console.log(JSON.stringify(complaints));
