// Talks to the browser about passkeys (WebAuthn). A form marked data-passkey="create" or "get" carries the server's
// options in data-options; what the browser answers goes into its field `credential`, and the form is sent as usual.
// Without this script, or without WebAuthn, the form stays hidden and the page's own words say what else to do.
(() => {
  const form = document.querySelector('form[data-passkey]');
  if (!form || !window.PublicKeyCredential) return;
  const message = document.getElementById('passkey-message');
  const options = JSON.parse(form.dataset.options);
  const creates = form.dataset.passkey === 'create';
  let waiting = null;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/=+$/, '');
  const known = (list) => (list ?? []).map((entry) => ({ ...entry, id: toBytes(entry.id) }));

  const publicKey = creates
    ? {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      }
    : {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: known(options.allowCredentials),
      };

  const toJson = ({ id, rawId, type, response, authenticatorAttachment }) => ({
    id,
    rawId: toText(rawId),
    type,
    authenticatorAttachment: authenticatorAttachment ?? undefined,
    clientExtensionResults: {},
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      ...(creates
        ? {
            attestationObject: toText(response.attestationObject),
            transports: response.getTransports ? response.getTransports() : [],
          }
        : {
            authenticatorData: toText(response.authenticatorData),
            signature: toText(response.signature),
            userHandle: response.userHandle ? toText(response.userHandle) : undefined,
          }),
    },
  });

  const explain = (error) => {
    if (error.name === 'AbortError') return '';
    if (error.name === 'InvalidStateError') return 'This device has a passkey for your account already.';
    if (error.name === 'SecurityError') return 'Passkeys do not work at this address.';
    return 'Your browser did not use a passkey. You can try again.';
  };

  async function run(asked) {
    waiting?.abort();
    waiting = new AbortController();
    const { signal } = waiting;
    if (message) message.hidden = true;
    try {
      const credential = await (creates
        ? navigator.credentials.create({ publicKey, signal })
        : navigator.credentials.get({ publicKey, signal }));
      form.elements.credential.value = JSON.stringify(toJson(credential));
      form.submit();
    } catch (error) {
      const text = explain(error);
      // What was not asked for by hand fails quietly: some browsers want a press of the button first.
      if (!asked || text === '' || !message) return;
      message.textContent = text;
      message.hidden = false;
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(true);
  });
  form.hidden = false;
  for (const element of document.querySelectorAll('[data-without-passkey]')) element.hidden = true;
  if (form.dataset.start === 'now') run(false);
})();
