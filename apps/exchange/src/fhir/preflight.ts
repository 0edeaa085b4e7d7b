import type { FastifyInstance } from 'fastify';

/** The capability statement is anybody's to read, scripts of any site among them (SMART App Launch 2.2, section 7). */
const OPEN_TO_ALL = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'Authorization, Content-Type, Accept, Prefer',
  'access-control-max-age': '86400',
};

/** Answers the preflights of what the FHIR face shows to everybody. */
export async function allowReadingMetadata(app: FastifyInstance): Promise<void> {
  for (const prefix of ['/FHIR/R5', '/fhir/r5']) {
    app.options(`${prefix}/metadata`, async (_request, reply) => reply.code(204).headers(OPEN_TO_ALL).send());
  }
}
