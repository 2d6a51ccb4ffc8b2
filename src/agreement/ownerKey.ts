/** An owner's id as it is compared: Salesforce's 15- and 18-character forms are one id. */
export function ownerKey(id: string): string {
  return /^[A-Za-z0-9]{18}$/.test(id) ? id.slice(0, 15) : id;
}
