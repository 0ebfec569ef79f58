// Runs a script of the page's head, which is no module, with a window of the test's own.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const STATIC = new URL("../../../ocr/web/static/", import.meta.url);

export function runClassic(path, window, setTimeout = globalThis.setTimeout) {
  const globals = { Headers, ReadableStream, Request, Response, TextDecoder, TextEncoder, setTimeout };
  runInNewContext(readFileSync(new URL(path, STATIC), "utf8"), { window, ...globals });
}
