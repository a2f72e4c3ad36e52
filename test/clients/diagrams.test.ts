/**
 * Diagrams judged by those who read them: Mermaid's own parser, libxml2, and Chromium, which draws both.
 *
 * Texts that each language would take for its own have to arrive as they are.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatFlowMermaid } from '../../src/flow/mermaid.js';
import { formatFlowSvg } from '../../src/flow/svg.js';
import { readFlow, type Flow } from '../../src/library/flow.js';
import { printable } from '../../src/printable.js';
import { hasBrowser, launchOptions } from '../support/browser.js';
import { flowOf, flowStep, HOSTILE_TEXTS } from '../support/flows.js';

const require = createRequire(new URL('package.json', import.meta.url));
const has = (name: string): boolean => existsSync(new URL(`node_modules/${name}`, import.meta.url));
const [hasMermaid, hasXml] = [has('mermaid'), has('xmllint-wasm')];
for (const [name, isThere] of Object.entries({ hasMermaid, hasXml })) {
  if (!isThere) console.warn(`skipped: diagrams judged by a reader that is not installed (${name})`);
}

/** The parts of Mermaid that read a text without a browser. */
interface Mermaid {
  readonly parse: (text: string) => Promise<unknown>;
  readonly mermaidAPI: {
    readonly getDiagramFromText: (text: string) => Promise<{
      readonly db: {
        readonly getMessages: () => readonly { readonly message: string; readonly type: number }[];
      };
    }>;
  };
}

/** What a page has, where no types of browsers are loaded. */
interface Window {
  readonly mermaid: { readonly render: (id: string, text: string) => Promise<{ readonly svg: string }> };
  readonly document: {
    readonly body: {
      innerHTML: string;
      readonly querySelectorAll: (selector: string) => Iterable<{
        readonly textContent: string;
        readonly getBoundingClientRect: () => { readonly right: number };
      }>;
    };
  };
}

/** Words as a form gets them: on one line, whole characters only, without space around them. */
const shown = (text: string): string => {
  const words = printable(text)
    .replace(/\p{Cs}/gu, '�')
    .trim();
  return words === '' ? '–' : words;
};
/** The entities that Mermaid has put in place of `#35;` while it parses. */
const decoded = (message: string): string =>
  message.replace(/ﬂ°°(\d+)¶ß/g, (_, code: string) => String.fromCodePoint(Number(code)));

const hostile: Flow = flowOf(
  HOSTILE_TEXTS.map((text) => flowStep(text, { answer: text })),
  { hasDates: false },
);
const mermaidOf = (flow: Flow): string => [...formatFlowMermaid(flow)].join('\n');
const svgOf = (flow: Flow): string => [...formatFlowSvg(flow)].join('\n');

describe.skipIf(!hasMermaid)('Mermaid', () => {
  async function parse(text: string): Promise<readonly string[]> {
    const { default: mermaid } = (await import(pathToFileURL(require.resolve('mermaid')).href)) as {
      default: Mermaid;
    };
    // The first of them loads the diagrams.
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    return db.getMessages().map(({ message }) => decoded(message));
  }

  it('reads the tape of the demo, a message for each step', async () => {
    const flow = await readFlow({ tape: 'tapes/demo.tape.ndjson', steps: 200 });
    expect(await parse(mermaidOf(flow))).toHaveLength(flow.steps.length + 1);
  });

  it('gets every text as it is', async () => {
    const messages = await parse(mermaidOf(hostile));
    const expected = HOSTILE_TEXTS.flatMap((text) => [
      `+1800000000.000 s ${shown(text)}`.trim(),
      shown(text),
    ]);
    expect(messages.slice(0, -1)).toEqual(expected.map((text) => text.replace(/ –$/, '')));
  });
});

describe.skipIf(!hasXml)('libxml2', () => {
  it.each([
    ['the tape of the demo', () => readFlow({ tape: 'tapes/demo.tape.ndjson' })],
    ['texts of any kind', () => Promise.resolve(hostile)],
  ])('reads the SVG of %s', async (_, read) => {
    const { validateXML } = require('xmllint-wasm') as {
      readonly validateXML: (files: object) => Promise<{ readonly errors: readonly unknown[] }>;
    };
    const schema =
      '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/2000/svg"><xs:element name="svg"><xs:complexType><xs:sequence><xs:any processContents="skip" maxOccurs="unbounded"/></xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element></xs:schema>';
    const xml = [{ fileName: 'flow.svg', contents: svgOf(await read()) }];
    expect((await validateXML({ xml, schema: [schema] })).errors).toEqual([]);
  });
});

describe.skipIf(!hasBrowser('diagrams in Chromium'))('Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch(launchOptions());
  }, 60_000);
  afterAll(() => browser.close());

  it(
    'draws the SVG under a strict policy, in its size, with every text in it',
    { timeout: 60_000 },
    async () => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => void dialog.dismiss().then(() => complaints.push('a dialog')));
      await page.setContent(
        `<meta http-equiv="Content-Security-Policy" content="default-src 'none'">${svgOf(hostile)}`,
      );
      const drawn = await page.evaluate(() => {
        const { document } = globalThis as unknown as Window;
        const rightOf = (selector: string): readonly number[] =>
          [...document.body.querySelectorAll(selector)].map((found) => found.getBoundingClientRect().right);
        const titles = [...document.body.querySelectorAll('svg g > title')];
        return {
          titles: titles.map(({ textContent }) => textContent),
          texts: rightOf('svg text'),
          svg: rightOf('svg'),
        };
      });
      const whole = (text: string): string => printable(text).replace(/[\p{Cs}\ufffe\uffff]/gu, '�');
      expect(drawn.titles).toEqual(HOSTILE_TEXTS.flatMap((text) => [whole(text), whole(text)]));
      expect(Math.max(...drawn.texts)).toBeLessThanOrEqual(Math.max(...drawn.svg));
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it.skipIf(!hasMermaid)('draws what Mermaid makes of the diagram', { timeout: 60_000 }, async () => {
    const page = await browser.newPage();
    await page.setContent('<pre class="mermaid"></pre>');
    await page.addScriptTag({
      content: readFileSync(require.resolve('mermaid/dist/mermaid.min.js'), 'utf8'),
    });
    const texts = await page.evaluate(async (text) => {
      const { mermaid, document } = globalThis as unknown as Window;
      document.body.innerHTML = (await mermaid.render('flow', text)).svg;
      return [...document.body.querySelectorAll('.messageText')].map(({ textContent }) => textContent);
    }, mermaidOf(hostile));
    // Spaces in a row are one on the screen.
    const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();
    const expected = HOSTILE_TEXTS.flatMap((text) => [
      `+1800000000.000 s ${shown(text)}`.replace(/ –$/, ''),
      shown(text),
    ]);
    expect(texts.map(squeeze)).toEqual(expected.map(squeeze));
    await page.close();
  });
});
