// A client of the daemon on Node's @grpc/grpc-js, made from the protos when it runs. The environment says the rest (see
// ../run).

import { readFileSync } from "node:fs";

import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const { ADDRESS, SOCKET, CA, CERT, KEY, LEDGER, FOREIGN, ABSENT, PROTOS } = process.env;

const definition = loader.loadSync("indelible/v1/ledger_service.proto", {
  includeDirs: [PROTOS],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
});
const { LedgerService } = grpc.loadPackageDefinition(definition).indelible.v1;

let passed = 0;
let failed = 0;

function report(what, isRight, found) {
  if (isRight) {
    passed += 1;
    console.log(`ok      node: ${what}`);
  } else {
    failed += 1;
    console.log(`FAILED  node: ${what}: ${JSON.stringify(found)}`);
  }
}

function connect(withCertificate) {
  const shown = withCertificate ? [readFileSync(KEY), readFileSync(CERT)] : [];
  return new LedgerService(ADDRESS, grpc.credentials.createSsl(readFileSync(CA), ...shown));
}

const deadline = () => ({ deadline: Date.now() + 30_000 });

function call(client, method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, deadline(), (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

// How a call is refused: code, words, and the bytes of its details; the members of a map come in any order.
// The absent ledger goes by the foreign one's name: a refusal says the name that was asked for.
async function refusal(client, method, request) {
  const alike = (text) => text.replaceAll(ABSENT, FOREIGN);
  try {
    await call(client, method, request);
  } catch (error) {
    const details = error.metadata.get("grpc-status-details-bin").map((bytes) => bytes.toString("latin1"));
    const sorted = [...alike(details.join())].sort().join("");
    return { code: error.code, words: alike(error.details), sorted, isDenied: details.join().includes("ACCESS_DENIED") };
  }
  return { code: grpc.status.OK, words: "it was answered", sorted: "", isDenied: false };
}

// Sends messages, and collects the answers.
function stream(client, messages) {
  return new Promise((resolve, reject) => {
    const answers = [];
    const both = client.AppendStream(deadline());
    both.on("data", (answer) => answers.push(answer));
    both.on("error", reject);
    both.on("end", () => resolve(answers));
    messages.forEach((message) => both.write(message));
    both.end();
  });
}

function firstOf(answers) {
  return new Promise((resolve, reject) => {
    answers.once("data", (answer) => {
      resolve(answer);
      answers.cancel();
    });
    answers.on("error", reject);
  });
}

const client = connect(true);
const event = { id: "node-1", source: "urn:node", type: "com.example.sale.v1", plaintext: Buffer.from("hello") };
const first = (await call(client, "Append", { ledger: LEDGER, event })).acknowledgement.sequence;
report("an event is appended", Number(first) > 0, first);
const again = (await call(client, "Append", { ledger: LEDGER, event })).acknowledgement.sequence;
report("the same event again is the same record", again === first, again);
const read = await call(client, "GetRecord", { ledger: LEDGER, sequence: first });
report("it is read again", read.record.event.plaintext.toString() === "hello", read);
const messages = [0, 1, 2].map((number) => ({ ledger: LEDGER, events: [{ ...event, id: `node-stream-${number}` }] }));
const acknowledged = (await stream(client, messages)).map((answer) => Number(answer.message_index));
report("a stream is acknowledged message by message", acknowledged.join() === "0,1,2", acknowledged);
const followed = await firstOf(client.FollowRecords({ ledger: LEDGER, start_sequence: first }, deadline()));
report("records are followed", followed.records[0].sequence === first, followed);

const foreign = await refusal(client, "GetRecord", { ledger: FOREIGN, sequence: 0 });
report("somebody else's ledger is refused", foreign.code === grpc.status.PERMISSION_DENIED, foreign);
report("and with the reason", foreign.isDenied, foreign);
const absent = await refusal(client, "GetRecord", { ledger: ABSENT, sequence: 0 });
report("an absent ledger is refused in the same words", JSON.stringify(absent) === JSON.stringify(foreign), absent);
const nobody = connect(false);
const unknown = await refusal(nobody, "GetStatus", {});
report("without a certificate nobody is known", unknown.code === grpc.status.UNAUTHENTICATED, unknown);

const local = new LedgerService(`unix:${SOCKET}`, grpc.credentials.createInsecure());
const status = await call(local, "GetStatus", {});
report("the status is read over the socket", status.state === "DAEMON_STATE_SERVING", status);

[client, nobody, local].forEach((one) => one.close());
console.log(`node: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
