/** `meta.source` of every resource that is native to the exchange; clients route by it. */
export const META_SOURCE = 'https://jupyterhealth.org/jhe';
