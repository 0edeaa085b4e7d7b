import { createBrowserRouter, Navigate } from 'react-router';
import { OrganizationsScreen } from '../screens/organizations/organizations-screen.tsx';
import { PatientScreen } from '../screens/patients/patient-screen.tsx';
import { PatientsScreen } from '../screens/patients/patients-screen.tsx';
import { SharingTab } from '../screens/patients/sharing/sharing-tab.tsx';
import { TimelineTab } from '../screens/patients/timeline/timeline-tab.tsx';
import { StudiesScreen } from '../screens/studies/studies-screen.tsx';
import { StudyScreen } from '../screens/studies/study-screen.tsx';
import { FailedScreen } from './failed-screen.tsx';
import { Frame } from './frame.tsx';
import { NowhereScreen } from './nowhere-screen.tsx';

/**
 * Every view has an address; filters and times are in its query. Made once the person is signed in, because it looks at
 * the address when it is made.
 */
export const createRouter = () =>
  createBrowserRouter(
    [
      {
        element: <Frame />,
        errorElement: <FailedScreen />,
        children: [
          { index: true, element: <Navigate to="/patients" replace /> },
          { path: 'patients', element: <PatientsScreen /> },
          {
            path: 'patients/:patientId',
            element: <PatientScreen />,
            children: [
              { index: true, element: <TimelineTab /> },
              { path: 'sharing', element: <SharingTab /> },
            ],
          },
          { path: 'studies', element: <StudiesScreen /> },
          { path: 'studies/:studyId', element: <StudyScreen /> },
          { path: 'organizations', element: <OrganizationsScreen /> },
          { path: '*', element: <NowhereScreen /> },
        ],
      },
    ],
    { basename: '/portal' },
  );
