import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE = 300; // seconds, either way

type Verify = (secret: string, body: Uint8Array, header: string, now?: number) => void;

/**
 * Throws unless the request can be trusted. `body` is the raw request body,
 * `header` the value of Autousers-Signature.
 */
export const verify: Verify = (secret, body, header, now = Date.now() / 1000) => {
  const entries = header.split(",").map((entry) => entry.trim().split("="));
  const timestamp = entries.find(([name]) => name === "t")?.[1] ?? "";
  if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > TOLERANCE) {
    throw new Error("The signature has no timestamp, or it is not current.");
  }
  const hmac = createHmac("sha256", secret).update(`${timestamp}.`).update(body);
  const expected = Buffer.from(hmac.digest("hex"));
  // While a secret is being rotated there are two signatures: try every one.
  const matches = entries
    .filter(([name]) => name === "v1")
    .map(([, value]) => Buffer.from(value ?? ""))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  if (!matches) {
    throw new Error("No signature matches this body and secret.");
  }
};
