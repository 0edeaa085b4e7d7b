export { isCodeVerifier, s256Challenge, verifierOfInvitationToken } from './pkce.ts';
export {
  type Allowance,
  allows,
  type Interaction,
  type ParsedScopes,
  type Permissions,
  parseScopes,
  type ResourceScope,
  renderScope,
  type ScopeContext,
} from './scope.ts';
