-- Does the changes that wait, of one scope after the other.
--
-- KEYS are the scopes' records. ARGV[1] is '1' when what is found, or not found,
-- shall reach the replicas too; ARGV[2] is when the changes began, and ARGV[3] after
-- when they must not be done any more. For each scope there follow '1' when it has
-- just been registered, how many changes it has, and four arguments for each: what to
-- do, the record's id or key, its value, and two other times for this one, or ''. All
-- times are in microseconds since 1970, by this server's clock.
--
-- The reply is the time and then, for each change, a status alone, or with the id
-- and value of a record. What cannot be done is found out before the first write, or
-- what was written is taken back, so that each change is done whole or not at all. A
-- newer layout fails all of its scope. When the records that were found have taken long, the rest is left undone.
--
-- A change undoes nothing that was acknowledged after it began: it is 'stale' when
-- its record was written since, or one of its id or key deleted, or the scope erased
-- from. What this very call does is not acknowledged yet, and refuses nothing but what
-- is repeated: a deletion may be that of what an earlier try has added.
-- Deletions are remembered for max_age, and a change that began earlier is stale too.
-- So is one that begins in the future, since it has another server's clock; but what
-- was written by such a clock is succeeded by who knows that time.
local durable, start, till, cost = ARGV[1] == '1', tonumber(ARGV[2]), tonumber(ARGV[3]), 0
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local this = stamp(now)

-- What is known of the scope.
local claimed, cursor, rebuilt, graves
local into                  -- the keys of the rollups that count a day
local ours                  -- the records that this call has written, by id
local deleted, newest       -- ids, keys and '' for all, with the time; and the last of these
local looked = {}           -- keys that are as they should be
local wrote = false         -- whether this call has written anything

local function enter(b, registered)
  open(b)
  claimed, cursor, rebuilt, graves = registered, nil, nil, false
  into, ours, deleted, newest = {}, {}, {}, 0
  if redis.call('EXISTS', state, tombs) > 0 then
    local layout
    layout, cursor = unpack(redis.call('HMGET', state, 'layout', 'cursor'))
    check_layout(layout)
    rebuilt = cursor and cursor ~= '' and day(cursor) or nil
    graves = true
  end
end

-- passed tells whether a rebuild has counted the record. (Lua's < on strings
-- depends on the server's locale.)
local function passed(id)
  for i = 1, 16 do
    local a, b = string.byte(id, i), string.byte(cursor, i)
    if a ~= b then return a < b end
  end
  return true
end

-- look makes sure, by a command, that a key can be written to.
local function look(command, key)
  if not looked[key] then redis.call(command, key) end
  looked[key] = true
end

-- ready makes sure that a change to the record can be counted, and returns the keys
-- of the rollups that count it. The record was looked for before.
local function ready(id, p)
  cost = cost + p.cost
  p.of_session = base .. 's:' .. p.session
  if p.user ~= '' then p.of_user = base .. 'u:' .. p.user end
  p.day = day(id)
  local counts = into[p.day]
  if not counts then
    counts = {rollup_key(p.day)}
    into[p.day] = counts
  end
  if p.day == rebuilt and passed(id) then counts = {counts[1], shadow} end
  for i = 1, #counts do load(counts[i], p) end
  if not rollups[counts[1]].there then look('ZCARD', days) end
  return counts
end

local function tally(p, n, counts)
  for i = 1, #counts do count(counts[i], p, n) end
end

-- outdated tells whether a change is stale that began then, when what it would undo
-- was done at another time. The reply to it is the later one, for the next try.
local function outdated(began, at)
  if began < at or began > math.max(now, at) or began < now - max_age then
    return {'stale', string.format('%.0f', at)}
  end
end

-- bury remembers that there is no record of an id or key, or none at all ('').
local function bury(name, at)
  look('ZCARD', tombs)
  deleted[name] = at
  newest = math.max(newest, at)
end

-- undeletes is outdated, for what would add a record where one was deleted.
local function undeletes(began, id, key)
  local at = 0
  if began < start then at = math.max(deleted[''] or 0, deleted[id] or 0, deleted[key] or 0) end
  if graves and redis.call('ZCOUNT', tombs, string.format('%.0f', began), '+inf') > 0 then
    for _, name in ipairs({'', id, key}) do
      at = math.max(at, tonumber(redis.call('ZSCORE', tombs, name) or 0))
    end
  end
  return outdated(began, at)
end

-- succeed returns the time at which a record is written, after what was there.
local function succeed(old) return math.max(now, written(old) + 1) end

local function link(id, p, value)
  redis.call('HSET', records, id, value)
  redis.call('ZADD', ids, '0', id)
  redis.call('ZADD', p.of_session, '0', id)
  if p.message ~= '' then redis.call('ZADD', messages, '0', p.message .. '\0' .. id) end
  if p.user ~= '' then redis.call('ZADD', p.of_user, '0', id) end
  if p.key ~= '' then redis.call('HSET', keys, p.key, id) end
  if p.waiting then redis.call('ZADD', waiting, '0', id) end
end

-- unlink goes in the order of link, so that it also takes back what that began.
local function unlink(id, p)
  redis.call('HDEL', records, id)
  redis.call('ZREM', ids, id)
  redis.call('ZREM', p.of_session, id)
  if p.message ~= '' then redis.call('ZREM', messages, p.message .. '\0' .. id) end
  if p.user ~= '' then redis.call('ZREM', p.of_user, id) end
  if p.key ~= '' and redis.call('HGET', keys, p.key) == id then redis.call('HDEL', keys, p.key) end
  if p.waiting then redis.call('ZREM', waiting, id) end
end

-- insert adds a record, if it may: a scope has to be among the registered ones before
-- it has its first record.
local function insert(id, p, value, began)
  local stale = undeletes(began, id, p.key)
  if stale then return stale end
  local counts = ready(id, p)
  if not claimed and not rollups[counts[1]].there and redis.call('ZCARD', ids) == 0 then return 'unclaimed' end
  local ok, err = pcall(link, id, p, value)
  if not ok then -- to take it back costs less than to look at each key before
    pcall(unlink, id, p)
    error(err, 0)
  end
  tally(p, 1, counts)
  ours[id], wrote = true, true
  return 'added'
end

-- remove deletes a record, with its tombstones if there shall be some. Each key is
-- looked at first: on its way to another node, one that was emptied could not be
-- filled again.
local function remove(id, old, buried)
  local p = parse(old)
  local counts = ready(id, p)
  look('ZCARD', ids)
  look('ZCARD', days)
  look('ZCARD', p.of_session)
  if p.message ~= '' then look('ZCARD', messages) end
  if p.user ~= '' then look('ZCARD', p.of_user) end
  if p.key ~= '' then look('HLEN', keys) end
  if p.waiting then look('ZCARD', waiting) end
  if buried then
    bury(id, succeed(old))
    if p.key ~= '' then bury(p.key, succeed(old)) end
  end
  unlink(id, p)
  tally(p, -1, counts)
  wrote = true
end

-- exchange puts a value in the place of a record.
local function exchange(id, old, q, value, p)
  local counts = ready(id, q)
  ready(id, p)
  if p.waiting ~= q.waiting then look('ZCARD', waiting) end
  redis.call('HSET', records, id, stamp(succeed(old)) .. string.sub(value, 9))
  if p.waiting and not q.waiting then redis.call('ZADD', waiting, 0, id) end
  if q.waiting and not p.waiting then redis.call('ZREM', waiting, id) end
  tally(q, -1, counts)
  tally(p, 1, counts)
  ours[id], wrote = true, true
  return {'found', id, old}
end

-- bearer returns the id and value of the record that bears a key.
local function bearer(key)
  local id = redis.call('HGET', keys, key)
  if not id then return nil end
  local value = redis.call('HGET', records, id)
  if not value or #id ~= 16 then error('corrupt key: it has no record', 0) end
  return id, value
end

local changes = {}

function changes.create(id, value, began)
  value = this .. value
  local p = parse(value)
  local found, old = id, redis.call('HGET', records, id)
  if not old and p.key ~= '' then found, old = bearer(p.key) end
  if not old then return insert(id, p, value, began) end
  cost = cost + #old / bytes_for_cost
  if durable then redis.call('HSET', records, found, old) end
  return {'found', found, old}
end

function changes.put(id, value, began)
  value = this .. value
  local p = parse(value)
  local found, old = bearer(p.key)
  if not old then
    if redis.call('HGET', records, id) then return 'taken' end
    return insert(id, p, value, began)
  end
  local q = parse(old)
  if q.key ~= p.key or q.session ~= p.session or q.message ~= p.message or q.user ~= p.user then
    error('corrupt record: it is not what its key says', 0)
  end
  local stale = not ours[found] and outdated(began, written(old))
  if stale then return stale end
  return exchange(found, old, q, reviewed(value, p, old, q), p)
end

-- replace replaces a record if it still is what was looked at, whose stamp the value
-- starts with. What comes late thus undoes nothing.
function changes.replace(id, value)
  local old = redis.call('HGET', records, id)
  if not old then return 'absent' end
  if string.sub(old, 1, 8) ~= string.sub(value, 1, 8) then return 'changed' end
  return exchange(id, old, parse(old), value, parse(value))
end

-- delete deletes the record of an id, if there is one; the ref is its id or key.
local function delete(ref, id, old, began)
  if not old then
    bury(ref, now)
    return 'absent'
  end
  local stale = not ours[id] and outdated(began, written(old))
  if stale then return stale end
  remove(id, old, true)
  return {'found', id, old}
end

function changes.delete(id, _, began) return delete(id, id, redis.call('HGET', records, id), began) end

changes['delete key'] = function(key, _, began)
  local id, old = bearer(key)
  return delete(key, id, old, began)
end

-- erase deletes a record if it still is what was looked at.
function changes.erase(id, seen)
  local old = redis.call('HGET', records, id)
  if not old then return 'absent' end
  if string.sub(old, 1, 8) ~= seen then return 'changed' end
  remove(id, old)
  return 'erased'
end

-- mark has whatever began before be stale if it would add a record.
function changes.mark()
  bury('', now)
  return 'marked'
end

-- finish writes the counts and tombstones of a scope. These are dropped when what
-- they would refuse is too old by itself; to drop them comes first, as a server that
-- has too little memory then takes the rest.
local function finish()
  for d, counts in pairs(into) do
    local some, before = flush(counts[1])
    if some and not before then
      redis.call('ZADD', days, d, d)
    elseif before and not some then
      redis.call('ZREM', days, d)
    end
  end
  flush(shadow)
  if newest == 0 then return end
  redis.call('ZREMRANGEBYSCORE', tombs, '-inf', string.format('(%.0f', now - max_age))
  for name, at in pairs(deleted) do redis.call('ZADD', tombs, string.format('%.0f', at), name) end
  redis.call('PEXPIREAT', tombs, string.format('%.0f', (newest + max_age) / 1000 + 1))
  wrote = true
end

local reply = {''}
local function fails(err) return {'failed', type(err) == 'table' and err.err or tostring(err)} end

-- apply does one change, of a scope that could be entered or else failed.
local function apply(failed, what, ref, value, times)
  local began, till = start, till
  if times ~= '' then
    began, till = string.match(times, '(%d+) (%d+)')
    began, till = tonumber(began), tonumber(till)
  end
  if failed then return failed end
  if now > till then return 'late' end
  if cost >= max_cost then return 'undone' end
  local ok, result = pcall(changes[what], ref, value, began)
  return ok and result or fails(result)
end

local at = 4
for i = 1, #KEYS do
  local ok, err = pcall(enter, string.sub(KEYS[i], 1, -2), ARGV[at] == '1')
  local failed = not ok and fails(err)
  local last = at + 1 + 4 * tonumber(ARGV[at + 1])
  for c = at + 2, last, 4 do
    reply[#reply + 1] = apply(failed, ARGV[c], ARGV[c + 1], ARGV[c + 2], ARGV[c + 3])
  end
  if ok then finish() end
  at = last + 1
end
-- Each change has taken a microsecond at least. Whoever sees this time begins after all
-- that was written here, also where several wrote one record.
reply[1] = string.format('%.0f', now + #reply)
-- What was looked at and not written may be old.
if not wrote and is_replica() then return replica end
return reply
