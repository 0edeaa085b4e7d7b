/** Lane 1: bundles of readings through HTTP, with validation, consent check and audit, beside COPY into the same table. */
import { randomUUID } from 'node:crypto';
import { bloodGlucose } from '@jhe/omh';
import type { Subject } from './subject.ts';
import { type Cohort, copyReadings, glucosePoint, MANAGER, readings, SOURCE } from './world.ts';

const BUNDLES = 40;
const ENTRIES = 500;
const CLIENTS = 2;
const ROUNDS = 3;
const FLOOR_IDS = 2_000_000_000;

export async function benchIngest(subject: Subject, cohort: Cohort): Promise<string[]> {
  const token = await subject.token(MANAGER);
  const total = BUNDLES * ENTRIES;
  const ours: number[] = [];
  const floor: number[] = [];
  // One round is warm-up; the two are measured in turn, so that both see the same growth of the table.
  for (let round = -1; round < ROUNDS; round++) {
    const bundles = Array.from({ length: BUNDLES }, (_, n) =>
      JSON.stringify(bundle(cohort.patients[n % 50]!)),
    );
    const seconds = await upload(subject, token, bundles);
    const lines = [...readings(cohort.patients.slice(0, 50), total, FLOOR_IDS + round * total)];
    const copied = await copyReadings(subject.owner, lines);
    if (round < 0) continue;
    ours.push(total / seconds);
    floor.push(total / copied);
  }
  const [rate, raw] = [median(ours), median(floor)];
  return [
    '',
    `ingest: ${BUNDLES} bundles of ${ENTRIES} glucose readings, ${CLIENTS} clients, median of ${ROUNDS}`,
    `  COPY into the same table   ${raw.toFixed(0).padStart(8)} rows/s   1.00`,
    `  POST /FHIR/R5/             ${rate.toFixed(0).padStart(8)} rows/s   ${(rate / raw).toFixed(2)}   (mark: at least 0.15)`,
  ];
}

async function upload(subject: Subject, token: string, bundles: string[]): Promise<number> {
  const queue = [...bundles];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let body = queue.pop(); body !== undefined; body = queue.pop()) {
        const response = await fetch(`${subject.origin}/FHIR/R5/`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
          body,
        });
        const answer = (await response.json()) as { entry?: { response: { status: string } }[] };
        const created = answer.entry?.filter((entry) => entry.response.status.startsWith('201')).length;
        if (created !== ENTRIES)
          throw new Error(`${response.status}: ${created} of ${ENTRIES} readings were created`);
      }
    }),
  );
  return (performance.now() - started) / 1000;
}

function bundle(patientId: number) {
  const entry = Array.from({ length: ENTRIES }, (_, n) => {
    const at = new Date(Date.UTC(2026, 5, 1) + n * 300_000).toISOString();
    const point = JSON.stringify(glucosePoint(randomUUID(), at, 100 + (n % 50)));
    return {
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ system: bloodGlucose.system, code: bloodGlucose.code }] },
        subject: { reference: `Patient/${patientId}` },
        device: { reference: `Device/${SOURCE}` },
        valueAttachment: { contentType: 'application/json', data: Buffer.from(point).toString('base64') },
      },
      request: { method: 'POST', url: 'Observation' },
    };
  });
  return { resourceType: 'Bundle', type: 'batch', entry };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
