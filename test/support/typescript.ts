/**
 * TypeScript in this process: what `tsc` says about a file of a project. Several compilations share what they have read,
 * which is most of their time.
 */
import { join } from 'node:path';
import ts from 'typescript';

const read = new Map<string, ts.SourceFile | undefined>();

/** Errors of `file` in `folder` with these options of tsconfig.json, in a line each. */
export function compile(folder: string, file: string, given: object): readonly string[] {
  const { options, errors } = ts.convertCompilerOptionsFromJson(given, folder);
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getCurrentDirectory = () => folder;
  host.getSourceFile = (name, how, ...rest) => {
    const { languageVersion, impliedNodeFormat } = typeof how === 'object' ? how : { languageVersion: how };
    const key = [name, languageVersion, impliedNodeFormat].join(' ');
    // What the test itself writes changes.
    if (name.startsWith(folder) && !name.includes('node_modules')) return getSourceFile(name, how, ...rest);
    if (!read.has(key)) read.set(key, getSourceFile(name, how, ...rest));
    return read.get(key);
  };
  const program = ts.createProgram([join(folder, file)], options, host);
  const diagnostics = [...errors, ...ts.getPreEmitDiagnostics(program)];
  return diagnostics.map((each) => ts.formatDiagnostic(each, host).trim());
}
