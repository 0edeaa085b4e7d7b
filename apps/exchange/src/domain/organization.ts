/** Kinds of organization, in the order in which they are offered (FHIR organization-type and three of our own). */
export const ORGANIZATION_TYPES = {
  root: 'ROOT',
  prov: 'Healthcare Provider',
  dept: 'Hospital Department',
  team: 'Organizational team',
  govt: 'Government',
  ins: 'Insurance Company',
  pay: 'Payer',
  edu: 'Educational Institute',
  reli: 'Religious Institution',
  crs: 'Clinical Research Sponsor',
  cg: 'Community Group',
  bus: 'Non-Healthcare Business or Corporation',
  other: 'Other',
  laboratory: 'Laboratory',
  imaging: 'Imaging Center',
  pharmacy: 'Pharmacy',
  'health-information-network': 'Health Information Network',
  'health-data-aggregator': 'Health Data Aggregator',
} as const;

export type OrganizationType = keyof typeof ORGANIZATION_TYPES;

/** The trunk of the tree: reserved, read-only, nobody's member. */
export const ROOT_ORGANIZATION_ID = 0;

export const ROLES = ['viewer', 'member', 'manager'] as const;
export type Role = (typeof ROLES)[number];

/** What each role may do in its organization; the browser receives this table to hide what would be refused. */
export const ROLE_PERMISSIONS: Record<Role | 'super_user', readonly string[]> = {
  viewer: [],
  member: ['patient.manage_for_organization', 'study.manage_for_organization'],
  manager: [
    'patient.manage_for_organization',
    'study.manage_for_organization',
    'organization.manage_for_practitioners',
  ],
  super_user: [
    'patient.manage_for_organization',
    'study.manage_for_organization',
    'organization.manage_for_practitioners',
    'organization.create_top_level',
    'client.manage',
    'data_source.manage',
  ],
};
