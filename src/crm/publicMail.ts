/** Providers where private people have their mail: such a domain is nobody's own. */
const PUBLIC_MAIL = /^(gmail|googlemail|outlook|hotmail|live|yahoo|icloud|proton|protonmail|aol|gmx|uol|terra|bol)\./;

/** Whether a domain in lower case is a public mail provider's. */
export function isPublicMail(domain: string): boolean {
  return PUBLIC_MAIL.test(domain);
}
