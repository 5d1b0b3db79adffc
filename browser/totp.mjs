// One-time codes by time, as an authenticator app shows them (RFC 6238: HMAC-SHA-1, six digits).
import { createHmac } from 'node:crypto';

/** Seconds of a step. */
export const STEP_SECONDS = 30;
const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The bytes of a secret in base 32. */
function bytes(secret) {
  const bits = [...secret.replace(/[\s=]/g, '').toUpperCase()].map((letter) => BASE_32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** The code of a step. */
export function codeAt(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', bytes(secret)).update(counter).digest();
  const value = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, '0');
}
