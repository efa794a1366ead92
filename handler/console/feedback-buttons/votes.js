// The votes of a session, looked up once for all its thumbs.

import { request } from "./api.js";

const STALE = 60_000; // ms after which what is known is asked for again
const MOST = 1000; // votes in one answer

const known = new Map(); // by session and token: {at: when it was asked for, votes: their promise, own: what was voted since}

/** isStale says whether it is long since a time, or the clock was put back meanwhile. */
export const isStale = (at) => Math.abs(Date.now() - at) > STALE;

const key = (token, { votes }) => JSON.stringify([votes, typeof token === "function" || token]);

/** find returns {record: the vote at a place or null, at: when that was so}. */
export async function find(token, place) {
  const k = key(token, place);
  if (!known.has(k) || isStale(known.get(k).at)) {
    for (const [k, { at }] of known) if (isStale(at)) known.delete(k);
    const asked = { at: Date.now(), own: new Map(), votes: list(token, place) };
    known.set(k, asked);
    asked.votes.catch(() => { if (known.get(k) === asked) known.delete(k); });
  }
  const { at, own, votes } = known.get(k);
  const listed = await votes;
  if (own.has(place.message)) return { record: own.get(place.message), at };
  return { record: listed ? listed.get(place.message) ?? null : await one(token, place), at };
}

/** learn takes in what was voted at a place. */
export function learn(token, place, record) {
  known.get(key(token, place))?.own.set(place.message, record);
}

/** forgetVotes has everything looked up anew. */
export const forgetVotes = () => known.clear();

/** list returns a session's votes by message, or null where they have to be looked up one by one. */
async function list(token, place) {
  try {
    const answer = await request("GET", place.votes, null, token, place);
    return answer?.feedbacks.length < MOST ? new Map(answer.feedbacks.map((record) => [record.message_id, record])) : null;
  } catch (error) {
    if (error.status === 400) return null; // full access, and the votes are those of the anonymous
    throw error;
  }
}

const one = (token, place) => request("GET", place.vote, null, token, place);
