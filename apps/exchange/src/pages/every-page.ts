import type { Parts } from '../authorization/parts.ts';
import { outboxPages } from './accounts/outbox.ts';
import { accountPages } from './accounts/pages.ts';
import { unlockPages } from './accounts/unlock.ts';
import { interactionPages } from './authorization/interactions.ts';
import { type Institutions, institutionPages } from './institutions/pages.ts';
import type { Page } from './page-routes.ts';
import { protectionPages } from './protection-pages.ts';
import { claimPages } from './record/claim-pages.ts';
import { recordPages } from './record/record-pages.ts';
import { emailCodePages } from './sign-in/email-code.ts';

/** Every page that people see on their way in and about their account. */
export const everyPage = (parts: Parts, institutions: Institutions): Page[] => [
  ...interactionPages(parts),
  ...outboxPages(parts),
  ...unlockPages(parts),
  ...emailCodePages(parts),
  ...accountPages(parts),
  ...claimPages(parts),
  ...recordPages(parts),
  ...protectionPages(parts),
  ...institutionPages(parts, institutions),
];
