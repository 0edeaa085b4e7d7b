import { useNetwork } from '@mantine/hooks';

/** Says, as long as it is so, that the device has no network; nothing otherwise. Always there, so that it is read out. */
export function OfflineNotice() {
  const { online } = useNetwork();
  return (
    <div role="status" data-testid="offline">
      {!online && (
        <p className="notice" style={{ marginBottom: 16 }}>
          <b>You are offline.</b> What is on screen may be out of date. It is asked for again by itself as
          soon as there is a network.
        </p>
      )}
    </div>
  );
}
