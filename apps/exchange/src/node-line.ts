/**
 * The pinned Node is of a line with long-term support (an even number), but older than the day on which the line got its
 * name: the newest that there is for every platform. oidc-provider looks for that name as it is loaded, and would warn at
 * each start and command of something that nobody can change. Of an odd line it warns as before. Imported first.
 */
const WARNING = 'Unsupported runtime. Use Node.js v22.x LTS';
const OLDEST_LINE = 22;

/** Whether a line of Node gets long-term support, by its major version. */
export const isLongTermLine = (major: number): boolean => major >= OLDEST_LINE && major % 2 === 0;

if (isLongTermLine(Number.parseInt(process.versions.node, 10))) {
  const { warn } = console;
  console.warn = (...said: unknown[]) => {
    if (!String(said[0]).includes(WARNING)) warn(...said);
  };
  await import('oidc-provider');
  console.warn = warn;
}
