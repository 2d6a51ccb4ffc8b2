const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/**
 * A Salesforce id in its 18-character form: three letters more that tell which of the 15 are capitals, five at a time, lowest first. Older imports and
 * people's copies from the browser's address line leave the 15-character form in other systems. Anything that is no such id stays as it is.
 */
export function fullSalesforceId(id: string): string {
  const short = id.trim();
  if (!/^[A-Za-z0-9]{15}$/.test(short)) return short;
  let suffix = '';
  for (let group = 0; group < 15; group += 5) {
    let bits = 0;
    for (let place = 0; place < 5; place += 1) if (/[A-Z]/.test(short.charAt(group + place))) bits |= 1 << place;
    suffix += ALPHABET.charAt(bits);
  }
  return short + suffix;
}
