// The editor, in a shadow root: there CodeMirror's styles are a constructed sheet, which a strict policy allows.
import { basicSetup, EditorView } from "codemirror";
import { keymap } from "@codemirror/view";
import { indentUnit } from "@codemirror/language";
import { Prec } from "@codemirror/state";
import { python } from "@codemirror/lang-python";

/** An editor in an element. @param {HTMLElement} parent @param {string} doc @param {() => void} run */
export function editorIn(parent, doc, run) {
  const root = parent.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":host { color-scheme: light; background: #fff; color: #1b1f24; } .cm-editor { font-size: 15px; } .cm-scroller { line-height: 1.5; min-height: 12rem; max-height: 55vh; overflow: auto; }");
  root.adoptedStyleSheets = [sheet];
  const keys = Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }]));
  const label = EditorView.contentAttributes.of({ "aria-label": "Python program" });
  // over a selection of several lines the browser would put in styles of its own
  const plain = EditorView.domEventHandlers({
    beforeinput(event, view) {
      if (event.inputType !== "insertText" || event.data === null || view.state.selection.main.empty) return false;
      event.preventDefault();
      view.dispatch(view.state.replaceSelection(event.data));
      return true;
    },
  });
  return new EditorView({ doc, root, parent: root, extensions: [keys, plain, basicSetup, python(), indentUnit.of("    "), EditorView.lineWrapping, label] });
}
