import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { FORM_NAMES } from '../../../src/library/forms/form.js';
import { FORMS, detectForm } from '../../../src/library/forms/forms.js';

describe('formOf', () => {
  it.each([
    ['{"tape":1,"shard":[0,1]}\n', 'tape'],
    [' { "tape" : 1 }', 'tape'],
    ['{"log":{"version":"1.2"', 'har'],
    ['\uFEFF{\n  "log": {', 'har'],
  ])('knows %j as %s', (text, form) => {
    expect(detectForm(text, 'f')).toBe(form);
  });

  it.each(['', 'hello', '[]', '\u0000'])('knows no form for %j', (text) => {
    expect(() => detectForm(text, 'the-file')).toThrow(UsageError);
    expect(() => detectForm(text, 'the-file')).toThrow('the-file');
  });

  it('names every form', () => {
    expect(Object.keys(FORMS)).toEqual([...FORM_NAMES]);
  });
});
