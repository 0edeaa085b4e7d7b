import { useQuery } from '@tanstack/react-query';
import { client } from '../session.ts';

/** The person who is signed in. */
export function useProfile() {
  return useQuery({
    queryKey: ['profile'],
    queryFn: ({ signal }) => client.profile(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The patient whom the person is, when they are nothing else; their own page is all there is for them here. */
export function usePatientSelf(): number | undefined {
  const { data } = useProfile();
  return data?.userType === 'patient' ? data.patient?.id : undefined;
}
