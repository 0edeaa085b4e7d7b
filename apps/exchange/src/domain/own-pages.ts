/** Our own pages: clients of this server like any other, but they show a person everything of theirs. */

/** The portal's client_id. */
export const PORTAL_CLIENT_ID = 'jhe-portal';
/** The account pages' client_id: it signs people in for `/accounts/`, where they find their own record, and is granted nothing. */
export const ACCOUNT_CLIENT_ID = 'jhe-account';

/** As the view own_pages of database/rule says it. */
export const isOwnPage = (clientId: string): boolean =>
  clientId === PORTAL_CLIENT_ID || clientId === ACCOUNT_CLIENT_ID;
