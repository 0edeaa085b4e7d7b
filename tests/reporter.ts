import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** What a test run came to. `failed` includes files that could not be loaded, failed hooks and stray errors. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** A test that did not pass: where it is, what it is called, and the first line of why. */
export interface Failure {
  file: string;
  name: string;
  why: string;
}

/** Every failed or unfinished test, faulty file and failed suite hook of a finished run, in the order of the files. */
export function failures(modules: readonly TestModule[]): Failure[] {
  const found: Failure[] = [];
  for (const module of modules) {
    const add = (name: string, errors: readonly { message: string }[] | undefined): number =>
      found.push({
        file: module.relativeModuleId,
        name,
        why: errors?.[0]?.message.split('\n')[0] ?? 'did not finish',
      });
    if (module.errors().length > 0) add('(the file)', module.errors());
    for (const suite of module.children.allSuites())
      if (suite.errors().length > 0) add(suite.fullName, suite.errors());
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      if (state === 'failed' || state === 'pending') add(test.fullName, errors);
    }
  }
  return found;
}

/** Counts every test of a finished run; each faulty file, suite hook and unhandled error is one failure more. */
export function countTests(modules: readonly TestModule[], unhandledErrors: number): TestCounts {
  const counts: TestCounts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A test still pending at the end of the run never finished: that is not a pass.
      counts[state === 'pending' ? 'failed' : state] += 1;
    }
    if (module.errors().length > 0) counts.failed += 1;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed += 1;
  }
  return counts;
}

/**
 * Writes the counts and failures as JSON into the file that TEST_COUNTS_FILE names (bin/test.mjs sets it and says them at
 * the end, where a cut log still has them), else does nothing.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const file = process.env.TEST_COUNTS_FILE;
    if (file === undefined) return;
    const counts = countTests(modules, unhandledErrors.length);
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1;
    writeFileSync(file, JSON.stringify({ ...counts, failures: failures(modules) }));
  }
}
