/** A SAML identity provider for the tests: samlify makes and signs its answers, which another library reads. */
import { randomUUID } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import samlify from 'samlify';
import { type KeyPair, makeKeyPair } from './certificate.test-data.ts';

/** What the institution says; everything is right unless said otherwise. */
export type Answer = Readonly<{
  nameId?: string;
  nameIdFormat?: string;
  attributes?: Record<string, string>;
  audience?: string;
  recipient?: string;
  destination?: string;
  issuer?: string;
  inResponseTo?: string;
  /** Seconds from now when it ends. */
  validSeconds?: number;
  assertionId?: string;
  /** Seconds since the person proved who they are. */
  signedInSeconds?: number;
  /** Signs with a key of somebody else. */
  wrongKey?: boolean;
  unsigned?: boolean;
  /** The signature is of the whole response and not of the assertion. */
  signResponse?: boolean;
  sha1?: boolean;
  /** Changes the XML before it is signed, or after. */
  before?: (xml: string) => string;
  after?: (xml: string) => string;
}>;

export type Request = Readonly<{
  id: string;
  acsUrl: string;
  issuer: string;
  relayState: string;
  xml: string;
}>;

export type SamlInstitution = ReturnType<typeof makeSamlInstitution>;

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

/** An institution with a key of its own, at `https://<slug>.example.edu`. */
export function makeSamlInstitution(slug: string) {
  const entityId = `https://${slug}.example.edu/idp`;
  const ssoUrl = `https://${slug}.example.edu/sso`;
  const keys = makeKeyPair(slug);
  const strangers = makeKeyPair(slug);

  return {
    entityId,
    ssoUrl,
    certificate: keys.certificate,

    /** Reads the request that a browser was sent here with. */
    readRequest(location: string): Request {
      const { searchParams } = new URL(location);
      const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
      const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(xml)?.[1] ?? '';
      return {
        id: attribute('ID'),
        acsUrl: attribute('AssertionConsumerServiceURL'),
        issuer: /<saml:Issuer[^>]*>([^<]*)</.exec(xml)?.[1] ?? '',
        relayState: searchParams.get('RelayState') ?? '',
        xml,
      };
    },

    /** The form that the institution lets the browser post. */
    async answer(request: Request, answer: Answer = {}): Promise<Record<string, string>> {
      const signed = answer.unsigned
        ? toXml(entityId, request, answer)
        : await signIt({ entityId, ssoUrl, keys: answer.wrongKey ? strangers : keys }, request, answer);
      const xml = answer.after?.(signed) ?? signed;
      return { SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: request.relayState };
    },

    metadata: () => `<?xml version="1.0"?>
<!-- federation -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>
${keys.certificate.replace(/-----[^-]+-----/g, '').trim()}
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${ssoUrl}/post"/>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${ssoUrl}"/>
</md:IDPSSODescriptor></md:EntityDescriptor>`,
  };
}

function toXml(entityId: string, request: Request, answer: Answer): string {
  const now = Date.now();
  const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();
  const { validSeconds = 300, inResponseTo = request.id, issuer = entityId } = answer;
  const reply = inResponseTo === '' ? '' : ` InResponseTo="${inResponseTo}"`;
  const attributes = Object.entries(answer.attributes ?? {})
    .map(
      ([name, value]) =>
        `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`,
    )
    .join('');
  const xml = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${randomUUID()}" Version="2.0" IssueInstant="${at(0)}" Destination="${answer.destination ?? request.acsUrl}"${reply}><saml:Issuer>${issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="${answer.assertionId ?? `_${randomUUID()}`}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${issuer}</saml:Issuer><saml:Subject><saml:NameID Format="${answer.nameIdFormat ?? PERSISTENT}">${answer.nameId ?? 'u-1'}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(validSeconds)}" Recipient="${answer.recipient ?? request.acsUrl}"${reply}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(validSeconds - 600)}" NotOnOrAfter="${at(validSeconds)}"><saml:AudienceRestriction><saml:Audience>${answer.audience ?? request.issuer}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${at(-(answer.signedInSeconds ?? 0))}" SessionIndex="_1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>${attributes === '' ? '' : `<saml:AttributeStatement>${attributes}</saml:AttributeStatement>`}</saml:Assertion></samlp:Response>`;
  return answer.before?.(xml) ?? xml;
}

type Signer = Readonly<{ entityId: string; ssoUrl: string; keys: KeyPair }>;

async function signIt({ entityId, ssoUrl, keys }: Signer, request: Request, answer: Answer): Promise<string> {
  const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
  const institution = samlify.IdentityProvider({
    entityID: entityId,
    privateKey: keys.privateKey,
    signingCert: keys.certificate,
    requestSignatureAlgorithm: answer.sha1
      ? 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
      : 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    singleSignOnService: [{ Binding: post, Location: ssoUrl }],
    singleLogoutService: [{ Binding: post, Location: ssoUrl }],
    loginResponseTemplate: { context: '<unused/>', attributes: [] },
  });
  const exchange = samlify.ServiceProvider({
    entityID: request.issuer,
    wantAssertionsSigned: !answer.signResponse,
    wantMessageSigned: answer.signResponse === true,
    assertionConsumerService: [{ Binding: post, Location: request.acsUrl }],
  });
  const { context } = await institution.createLoginResponse(
    exchange,
    { extract: {} },
    'post',
    {},
    {
      customTagReplacement: () => ({ id: '_unused', context: toXml(entityId, request, answer) }),
    },
  );
  return Buffer.from(context, 'base64').toString();
}
