import type { Gate } from '../access/gate.ts';
import type { Sight } from '../access/sight.ts';
import type { Principal } from '../domain/principal.ts';
import type { Call } from '../face.ts';
import * as organizations from '../store/organizations.ts';
import * as practitioners from '../store/practitioners.ts';
import * as studies from '../store/studies.ts';
import { purpose } from './purpose.ts';

/** What a list was narrowed to. A list of patients or observations without a study also means: no study any more. */
export type Selection = Readonly<{
  organizationId: number | undefined;
  studyId: number | undefined;
  clearsStudy: boolean;
}>;

type Changes = Record<string, number | null>;

/** What of a selection is new to the practitioner's settings and may be remembered: only what they see (3.1, H-36). */
export async function newSelection(sight: Sight, selection: Selection): Promise<Changes> {
  const settings =
    sight.principal.practitionerId === null ? undefined : await practitioners.ownSettings(sight);
  if (settings === undefined) return {};
  const { organizationId, studyId, clearsStudy } = selection;
  const changes: Changes = {};
  if (organizationId !== undefined && settings.current_organization_id !== organizationId) {
    if (await organizations.get(sight, organizationId)) changes.current_organization_id = organizationId;
  }
  if (studyId !== undefined && settings.current_study_id !== studyId) {
    if (await studies.get(sight, studyId)) changes.current_study_id = studyId;
  }
  if (studyId === undefined && clearsStudy && settings.current_study_id !== undefined)
    changes.current_study_id = null;
  return changes;
}

/** Remembers a selection for the next visit. The list was read already and does not fail with this. */
export async function remember(
  gate: Gate,
  call: Pick<Call, 'requestId'>,
  principal: Principal,
  changes: Changes,
): Promise<void> {
  if (Object.keys(changes).length === 0) return;
  await gate
    .write(principal, purpose(call, 'update', 'practitioner'), (sight) =>
      practitioners.mergeOwnSettings(sight, changes),
    )
    .catch(() => {
      // A token that may only read, or a database that is busy: the next list will remember.
    });
}
