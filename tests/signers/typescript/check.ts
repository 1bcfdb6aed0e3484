// Holds sign.ts against the vectors: check.ts VECTORS.
import { readFileSync } from "node:fs";
import { createPrivateKey } from "node:crypto";
import { prove, sign, type Value } from "./sign.ts";

const PKCS8 = "302e020100300506032b657004220420";

/** JSON's numbers as integers, and the texts of digests as bytes. */
function typed(value: any, digest = false): Value {
  if (typeof value === "number") return BigInt(value);
  if (typeof value === "string") return digest ? Buffer.from(value, "hex") : value;
  if (typeof value !== "object" || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, typed(item, digest || key === "digests")]));
}

// A double does not hold every number of a fact: those that are too long are read as text first.
const text = readFileSync(process.argv[2], "utf8").replace(/: (\d{16,})/g, ': {"big": "$1"}');
const revive = (_: string, value: any) => (value && typeof value === "object" && "big" in value ? BigInt(value.big) : value);
const vectors = JSON.parse(text, revive);
let passed = 0, failed = 0;
for (const vector of [...vectors.events, ...vectors.proofs]) {
  const der = Buffer.from(PKCS8 + vector.seed, "hex");
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  let holds: boolean;
  if ("proof" in vector) {
    holds = prove(key, vector.origin, vector.name, vector.sources).toString("hex") === vector.proof;
  } else {
    const payload = vector.payload === undefined ? undefined : Buffer.from(vector.payload, "hex");
    const body = typed(vector.body) as { [key: string]: Value };
    const { message, signature } = sign(key, vector.origin, vector.type, body, payload, vector.classification);
    holds = message.toString("hex") === vector.message && signature.toString("hex") === vector.signature;
  }
  holds ? passed++ : failed++;
  if (!holds) console.log(`FAILED  typescript signer: ${vector.about}`);
}
console.log(`signer-typescript: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
