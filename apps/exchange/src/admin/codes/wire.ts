import { z } from 'zod';
import { textSchema } from '../read-request.ts';

export type CodeableConcept = { id: number; codingSystem: string; codingCode: string; text: string };

/** CodeableConcept (3.2). */
export function presentCode(row: {
  id: number;
  system: string;
  code: string;
  text: string;
}): CodeableConcept {
  return { id: row.id, codingSystem: row.system, codingCode: row.code, text: row.text };
}

export const newCodeSchema = z.object({ codingSystem: textSchema, codingCode: textSchema, text: textSchema });

export const codeChangesSchema = z.object({ text: textSchema });
