// Twilio's library for Node.js, unmodified, against the example server. All that
// an application changes is baseUrl.
import assert from "node:assert/strict";
import { test } from "node:test";
import twilio from "twilio";

const { FEEDBACKS_URL: url, FEEDBACKS_ACCOUNT: account, FEEDBACKS_TOKEN: token } = process.env;

function feedbacks(assistant, secret = token) {
  const client = twilio(account, secret);
  client.assistants.baseUrl = url;
  return client.assistants.v1.assistants(assistant).feedbacks;
}

async function fails(promise, status, code) {
  await assert.rejects(promise, (e) => {
    assert.equal(e.status, status);
    assert.equal(e.code, code);
    assert.ok(e.message && e.moreInfo, `message ${e.message}, moreInfo ${e.moreInfo}`);
    return true;
  });
}

test("create, as documented and as typed", async () => {
  const f = feedbacks("aia_asst_create");
  const documented = await f.create({ session_id: "demo", message_id: "m1", score: 1, text: "problem resolved" });
  assert.match(documented.id, /^aia_fdbk_.+$/);
  assert.equal(documented.sessionId, "demo");
  assert.equal(documented.messageId, "m1");
  assert.equal(documented.text, "problem resolved");
  assert.equal(documented.score, 1);
  assert.equal(documented.accountSid, account);
  assert.equal(documented.assistantId, "aia_asst_create");
  assert.ok(documented.dateCreated instanceof Date && !isNaN(documented.dateCreated));
  assert.ok(documented.dateUpdated instanceof Date && !isNaN(documented.dateUpdated));

  const typed = await f.create({ sessionId: "demo", messageId: "m2", score: 0.5 });
  assert.equal(typed.sessionId, "demo");
  assert.equal(typed.messageId, "m2");
  assert.equal(typed.score, 0.5);

  for (const score of [0, 0.1, 1e-7, 0.3333333333333333]) {
    assert.equal((await f.create({ session_id: "demo", score })).score, score);
  }
  assert.equal((await f.create({ session_id: "demo", score: 1, text: null, message_id: null })).text, "");
  const { id } = await f.create({ session_id: "demo", score: 0, metadata: { model: "x-1" }, correction: "We close at 6." });
  const answer = await fetch(`${url}/v1/Assistants/aia_asst_create/Feedbacks/${id}`, { headers: { Authorization: `Basic ${btoa(`${account}:${token}`)}` } });
  const record = await answer.json(); // the library's own has no fields for these
  assert.deepEqual(record.metadata, { model: "x-1" });
  assert.equal(record.correction, "We close at 6.");
  const { statusCode } = await f.createWithHttpInfo({ session_id: "demo", score: 1 });
  assert.equal(statusCode, 201);
});

test("list, page by page forwards and back, with limits", async () => {
  const f = feedbacks("aia_asst_list");
  assert.deepEqual(await f.list(), []);
  const want = [];
  for (let i = 0; i < 7; i++) want.unshift((await f.create({ session_id: "demo", score: i / 10 })).id);
  const ids = (fs) => fs.map((x) => x.id);
  assert.deepEqual(ids(await f.list()), want);
  assert.deepEqual(ids(await f.list({ pageSize: 2 })), want);
  assert.deepEqual(ids(await f.list({ limit: 3 })), want.slice(0, 3));
  assert.deepEqual(ids(await f.list({ pageSize: 2, limit: 5 })), want.slice(0, 5));
  assert.deepEqual(ids(await f.list({ limit: 100 })), want);
  const seen = [];
  await new Promise((resolve, reject) => f.each({ pageSize: 3, callback: (x) => seen.push(x.id), done: (e) => (e ? reject(e) : resolve()) }));
  assert.deepEqual(seen, want);

  const first = await f.page({ pageSize: 3 });
  assert.deepEqual(ids(first.instances), want.slice(0, 3));
  assert.equal(first.previousPageUrl, undefined);
  const second = await first.nextPage();
  assert.deepEqual(ids(second.instances), want.slice(3, 6));
  const third = await second.nextPage();
  assert.deepEqual(ids(third.instances), want.slice(6));
  assert.equal(await third.nextPage(), undefined);
  const back = await (await third.previousPage()).previousPage();
  assert.deepEqual(ids(back.instances), want.slice(0, 3));
  assert.equal(await back.previousPage(), undefined);
  assert.deepEqual(ids((await f.getPage(second.nextPageUrl)).instances), want.slice(6));
});

test("errors", async () => {
  const f = feedbacks("aia_asst_errors");
  await fails(f.create({ session_id: "demo", score: 1.5 }), 400, 20001);
  await fails(f.create({ session_id: "demo" }), 400, 20001);
  await fails(f.create({ score: 1 }), 400, 20001);
  await fails(f.create({ session_id: "demo", score: "high" }), 400, 20001);
  await fails(f.page({ pageSize: 0 }), 400, 20001);
  await fails(f.page({ pageToken: "x" }), 400, 20001);
  await fails(feedbacks("aia_asst_errors", "wrong").create({ session_id: "demo", score: 1 }), 401, 20003);
  await fails(f.create({ session_id: "demo", score: 1, text: "x".repeat(300000) }), 413, 20413);
});
