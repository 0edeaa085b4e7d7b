import type { ReactNode } from 'react';

/** Drawn by hand at 20 px and silent to screen readers: a word always stands beside them. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      width="20"
      height="20"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      style={{ flex: 'none' }}
    >
      {children}
    </svg>
  );
}

export const PatientsIcon = () => (
  <Icon>
    <circle cx="10" cy="6.5" r="3.3" />
    <path d="M3.5 17c.6-3.6 3.2-5.2 6.5-5.2s5.9 1.6 6.5 5.2" />
  </Icon>
);

export const StudiesIcon = () => (
  <Icon>
    <path d="M5 2.8h7l3 3v11.4H5z" />
    <path d="M7.5 9h5M7.5 12.5h5" />
  </Icon>
);

export const OrganizationsIcon = () => (
  <Icon>
    <rect x="7" y="2.8" width="6" height="4.2" rx="1" />
    <rect x="2.5" y="13" width="6" height="4.2" rx="1" />
    <rect x="11.5" y="13" width="6" height="4.2" rx="1" />
    <path d="M10 7v3M5.5 13v-3h9v3" />
  </Icon>
);

export const OpenIcon = () => (
  <Icon>
    <path d="M11.5 3.5h5v5M16.5 3.5l-7 7" />
    <path d="M14.5 11.5v4a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1h4" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="8.5" cy="8.5" r="5" />
    <path d="m12.5 12.5 4 4" />
  </Icon>
);

export const SunMoonIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />
  </Icon>
);
