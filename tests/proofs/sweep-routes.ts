/**
 * How the canary sweep calls every route: paths filled with ids of the marked world's patients, queries and bodies that
 * make sense. Keys are `METHOD path` as registered (the lower-case FHIR alias is called like the other spelling). A new
 * route needs an entry here, or the sweep fails.
 */
import type { Sweep } from './sweep.ts';
import { ADMIN_SWEEP } from './sweep-admin.ts';
import { FHIR_SWEEP } from './sweep-fhir.ts';

export const SWEEP: Readonly<Record<string, Sweep>> = { ...FHIR_SWEEP, ...ADMIN_SWEEP };
