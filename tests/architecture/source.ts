/** The source of the project as files with their imports, for the tests of its architecture. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type Import = Readonly<{
  /** As written, or for a relative import the file it names, from the root. */
  target: string;
  isTypeOnly: boolean;
}>;

export type SourceFile = Readonly<{
  path: string;
  text: string;
  imports: readonly Import[];
  isTest: boolean;
}>;

const SKIPPED = new Set(['node_modules', 'dist', '.data', '.git']);
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'"`;()]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;

/** Every TypeScript file below a folder, with paths from the root. */
export function sourceOf(folder: string): SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (directory: string) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name)) visit(path);
      } else if (/\.tsx?$/.test(entry.name)) {
        files.push(toSource(path));
      }
    }
  };
  visit(join(ROOT, folder));
  return files;
}

function toSource(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const path = relative(ROOT, file);
  return { path, text, imports: importsOf(path, text), isTest: /\.test(-data)?\.tsx?$/.test(path) };
}

/** The imports and re-exports of a file. */
export function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map(([, type, from, dynamic]) => {
    const target = from ?? dynamic ?? '';
    return {
      target: target.startsWith('.') ? normalize(join(dirname(path), target)) : target,
      isTypeOnly: type !== undefined,
    };
  });
}
