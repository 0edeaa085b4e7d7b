/**
 * What goes first when there is more to do than the database can, from first to last:
 * `vital`: signing in, tokens, and answering or withdrawing consent; `write`: readings and everything else that changes
 * something; `read`: one thing by its number; `search`: lists, searches and exports, which ask for the most.
 */
export const IMPORTANCE = ['vital', 'write', 'read', 'search'] as const;
export type Importance = (typeof IMPORTANCE)[number];
