// A producer's own signature over an event, as docs/evidence-format.md has it (3.6): for TypeScript, with Node's crypto.
import { createHash, createPublicKey, sign as signWith, type KeyObject } from "node:crypto";

export type Value = string | bigint | boolean | Uint8Array | string[] | { [key: string]: Value };

/** The shortest head of an item. */
function head(major: number, n: bigint): Buffer {
  if (n < 24n) return Buffer.from([(major << 5) | Number(n)]);
  const bytes = n < 1n << 8n ? 1 : n < 1n << 16n ? 2 : n < 1n << 32n ? 4 : 8;
  const first = (major << 5) | (24 + Math.log2(bytes));
  return Buffer.from(first.toString(16) + n.toString(16).padStart(2 * bytes, "0"), "hex");
}

/** Deterministic CBOR of text, bytes, numbers from 0, booleans, lists of text and maps. */
export function cbor(value: Value): Buffer {
  if (typeof value === "boolean") return Buffer.from([value ? 0xf5 : 0xf4]);
  if (typeof value === "bigint") return head(0, value);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, BigInt(value.length)), value]);
  if (typeof value === "string") {
    const text = Buffer.from(value, "utf8");
    return Buffer.concat([head(3, BigInt(text.length)), text]);
  }
  if (Array.isArray(value)) return Buffer.concat([head(4, BigInt(value.length)), ...value.map(cbor)]);
  const pairs = Object.entries(value).map(([key, item]) => Buffer.concat([cbor(key), cbor(item)]));
  pairs.sort(Buffer.compare); // By the encodings of the keys, of which none begins another.
  return Buffer.concat([head(5, BigInt(pairs.length)), ...pairs]);
}

function publicKey(key: KeyObject): Buffer {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  return Buffer.concat([Buffer.from([1]), der.subarray(-32)]);
}

/** Signs an event: gives the message and the signature. Append the event with the digest of its payload (component
 * "payload", algorithm "sha256"), which is added to `body` here. */
export function sign(
  key: KeyObject, origin: string, type: string, body: { [key: string]: Value }, payload?: Uint8Array, classification?: string,
): { message: Buffer; signature: Buffer } {
  const signed: { [key: string]: Value } = { origin, type };
  if (classification) signed.classification = classification;
  if (payload !== undefined) {
    signed.payload = createHash("sha256").update(payload).digest();
    body.digests = { ...(body.digests as { [key: string]: Value }), payload: { sha256: signed.payload } };
  }
  signed.body = cbor({ ...body, producer: { key: publicKey(key) } });
  const message = Buffer.concat([Buffer.from("indelible/producer@v1\n"), cbor(signed)]);
  return { message, signature: signWith(null, message, key) };
}

/** The proof with which the key is registered, for these sources or, without any, for all. */
export function prove(key: KeyObject, origin: string, name: string, sources: string[] = []): Buffer {
  const told: { [key: string]: Value } = { key: publicKey(key), name, origin };
  const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (sources.length > 0) told.sources = [...sources].sort(bytes);
  return signWith(null, Buffer.concat([Buffer.from("indelible/producer-proof@v1\n"), cbor(told)]), key);
}
