import { expect, it } from 'vitest';
import { findSettingFault, SETTINGS, type SettingKey, settingOf } from './settings.ts';

it.each(Object.keys(SETTINGS) as SettingKey[])(
  '%s: its default may be set, and counts while nothing is',
  (key) => {
    expect(findSettingFault(key, SETTINGS[key].default)).toBeUndefined();
    expect(settingOf(key, undefined)).toEqual(settingOf(key, SETTINGS[key].default));
  },
);

const cases: [key: SettingKey, kept: unknown, counts: unknown][] = [
  ['auth.sso.saml2', undefined, false],
  ['auth.sso.saml2', 1, true],
  ['auth.sso.saml2', 'true', true],
  ['auth.sso.saml2', '0', false],
  ['auth.sso.saml2', 'perhaps', false],
  ['auth.patient.invitation_expiration_days', 3, 3],
  ['auth.patient.invitation_expiration_days', 0, 0],
  ['auth.patient.invitation_expiration_days', undefined, 7],
  ['auth.patient.invitation_expiration_days', -1, 7],
  ['auth.patient.invitation_expiration_days', '3', 7],
  ['auth.patient.invitation_redemption_window_hours', null, 12],
  ['auth.sof.trusted_issuers', ['https://ehr.example.org/oauth2'], ['https://ehr.example.org/oauth2']],
  // One that cannot be used: nobody is trusted, rather than some.
  ['auth.sof.trusted_issuers', ['https://ehr.example.org/oauth2', 7], []],
  ['auth.sof.trusted_issuers', 'https://ehr.example.org/oauth2', []],
  ['auth.default_orgs', 'nonsense;29101:m', 'nonsense;29101:m'],
  ['auth.default_orgs', 5, ''],
  ['organization.self_service_top_level', 'true', false],
];
it.each(cases)('%s kept as %j counts as %j', (key, kept, counts) => {
  expect(settingOf(key, kept)).toEqual(counts);
});
