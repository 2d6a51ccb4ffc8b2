import { readFileSync } from 'node:fs';

/** Why a file's bytes are no text that Concord reads, and where (the line counts from 1). */
export class NotText extends Error {
  constructor(
    readonly line: number,
    message: string,
    readonly instead: string,
  ) {
    super(message);
    this.name = 'NotText';
  }
}

const NEWLINE = 0x0a;

/**
 * A text file that a person wrote, as UTF-8, without the byte order mark that some editors put before it. Bytes of another encoding are refused, because read
 * as UTF-8 they would become other words (`Ma�ana`) without anybody being told. Throws NotText, or what Node says of a file that cannot be read.
 */
export function readText(file: string): string {
  const bytes = readFileSync(file);
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) throw new NotText(1, 'The file is UTF-16, not UTF-8.', 'Save it as UTF-8.');
  const text = decode(bytes);
  if (text === null) throw new NotText(firstBadLine(bytes), 'The line holds characters that are not UTF-8.', 'Save the file as UTF-8 and look at the accents of this line.');
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (control !== null) throw new NotText(text.slice(0, control.index).split('\n').length, 'The line holds a control character.', 'Remove it; where there are many, the file is not UTF-8: save it as UTF-8.');
  return text;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** No character of UTF-8 goes over the end of a line, so lines can be judged one by one. */
function firstBadLine(bytes: Buffer): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(NEWLINE, from);
    const to = end === -1 ? bytes.length : end;
    if (decode(bytes.subarray(from, to)) === null) return line;
    from = to + 1;
  }
  return line;
}
