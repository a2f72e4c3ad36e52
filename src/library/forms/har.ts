/**
 * HAR as a form of export and import: what network panels of browsers, HTTP Toolkit and mitmproxy read and write.
 */
import type { Form } from './form.js';
import { readHar } from './har/read.js';
import { isOwn, readOwnHar } from './har/rows.js';
import { writeHar } from './har/write.js';

/** WebSockets as entries of a HAR file, their payloads as `_webSocketMessages`. */
export const HAR_FORM: Form = {
  write: writeHar,
  read: (file, settings) => (isOwn(file.head) ? readOwnHar(file) : readHar(file, settings)),
  isLike: (head) => /^\uFEFF?\s*\{\s*"log"\s*:/.test(head),
};
