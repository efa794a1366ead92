-- Does the changes of one scope that wait for it, one after the other.
--
-- ARGV[2] is '1' when the scope has just been registered, ARGV[3] is '1' when what
-- is found, or not found, shall reach the replicas too. Five arguments follow for
-- each change: what to do, the record's id or key, its value, when it began, and
-- after when it must not be done any more. All times are in microseconds since 1970,
-- by this server's clock.
--
-- The reply is the time and then, for each change, a status alone, or with the id
-- and value of a record. What cannot be done is found out before the first write,
-- so that each change is done whole or not at all. A newer layout fails them all.
-- When the records that were found have taken long, the rest is left undone.
--
-- A change undoes nothing that was acknowledged after it began: it is 'stale' when
-- its record was written since, or one of its id or key deleted, or the scope erased
-- from. What this very call does is not acknowledged yet, and refuses nothing.
-- Deletions are remembered for max_age, and a change that began earlier is stale too.
-- So is one that begins in the future, since it has another server's clock; but what
-- was written by such a clock is succeeded by who knows that time.
local claimed, durable = ARGV[2] == '1', ARGV[3] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local this = stamp(now)

local layout, cursor = unpack(redis.call('HMGET', state, 'layout', 'cursor'))
check_layout(layout)
local rebuilt = cursor and cursor ~= '' and day(cursor) or nil

-- passed tells whether a rebuild has counted the record. (Lua's < on strings
-- depends on the server's locale.)
local function passed(id)
  for i = 1, 16 do
    local a, b = string.byte(id, i), string.byte(cursor, i)
    if a ~= b then return a < b end
  end
  return true
end

local into = {} -- the keys of the rollups that count a record, by day

-- ready makes sure that the writes of a change to the record cannot fail, and
-- returns the keys of the rollups that count it.
local function ready(id, p)
  check(records, 'hash')
  check(ids, 'zset')
  check(days, 'zset')
  p.of_session = base .. 's:' .. p.session
  check(p.of_session, 'zset')
  if p.message ~= '' then check(messages, 'zset') end
  if p.user ~= '' then check(base .. 'u:' .. p.user, 'zset') end
  if p.key ~= '' then check(keys, 'hash') end
  p.day = day(id)
  local counts = into[p.day]
  if not counts then
    counts = {rollup_key(p.day)}
    check(counts[1], 'hash')
    into[p.day] = counts
  end
  if p.day == rebuilt and passed(id) then counts = {counts[1], shadow} end
  for i = 1, #counts do load(counts[i], p) end
  return counts
end

local touched = {} -- days whose rollups changed
local function tally(p, n, counts)
  touched[p.day] = true
  for i = 1, #counts do count(counts[i], p, n) end
end

local ours = {} -- the records that this call has written, by id
local deleted, newest = {}, 0 -- ids, keys and '' for all, with the time; and the last of these

-- late tells whether a change is stale that began then, when what it would undo was
-- done at another time. The reply to it is the later one, for the next try.
local function late(began, at)
  if began < at or began > math.max(now, at) or began < now - max_age then
    return {'stale', string.format('%.0f', at)}
  end
end

-- bury remembers that there is no record of an id or key, or none at all ('').
local function bury(name, at)
  if not next(deleted) then check(tombs, 'zset') end
  deleted[name] = at
  newest = math.max(newest, at)
end

-- undeletes is late, for what would add a record where one was deleted.
local function undeletes(began, id, key)
  local at = 0
  if redis.call('ZCOUNT', tombs, string.format('%.0f', began), '+inf') > 0 then
    for _, name in ipairs({'', id, key}) do
      at = math.max(at, tonumber(redis.call('ZSCORE', tombs, name) or 0))
    end
  end
  return late(began, at)
end

-- succeed returns the time at which a record is written, after what was there.
local function succeed(old)
  return math.max(now, written(old) + 1)
end

local function insert(id, p, value)
  local counts = ready(id, p)
  ours[id] = true
  redis.call('HSET', records, id, value)
  redis.call('ZADD', ids, 0, id)
  redis.call('ZADD', p.of_session, 0, id)
  if p.message ~= '' then redis.call('ZADD', messages, 0, p.message .. '\0' .. id) end
  if p.user ~= '' then redis.call('ZADD', base .. 'u:' .. p.user, 0, id) end
  if p.key ~= '' then redis.call('HSET', keys, p.key, id) end
  tally(p, 1, counts)
end

local some = claimed -- the scope is known to have records, or may have its first

-- unclaimed tells whether the scope's first record may not be added yet: the scope
-- has to be among the registered ones before it has a record.
local function unclaimed()
  some = some or redis.call('EXISTS', ids) == 1
  return not some
end

-- remove deletes a record, with its tombstones if there shall be some.
local function remove(id, value, buried)
  local p = parse(value)
  local counts = ready(id, p)
  if buried then
    bury(id, succeed(value))
    if p.key ~= '' then bury(p.key, succeed(value)) end
  end
  redis.call('HDEL', records, id)
  redis.call('ZREM', ids, id)
  redis.call('ZREM', p.of_session, id)
  if p.message ~= '' then redis.call('ZREM', messages, p.message .. '\0' .. id) end
  if p.user ~= '' then redis.call('ZREM', base .. 'u:' .. p.user, id) end
  if p.key ~= '' and redis.call('HGET', keys, p.key) == id then redis.call('HDEL', keys, p.key) end
  tally(p, -1, counts)
  some = claimed
end

-- named returns the id and value of the record that bears a key.
local function named(key)
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
  if not old and p.key ~= '' then found, old = named(p.key) end
  if old then
    cost = cost + #old / bytes_for_cost
    if durable then redis.call('HSET', records, found, old) end
    return {'found', found, old}
  end
  local stale = undeletes(began, id, p.key)
  if stale then return stale end
  if unclaimed() then return 'unclaimed' end
  insert(id, p, value)
  return 'added'
end

function changes.put(id, value, began)
  value = this .. value
  local p = parse(value)
  local found, old = named(p.key)
  if not old then
    if redis.call('HEXISTS', records, id) == 1 then return 'taken' end
    local stale = undeletes(began, id, p.key)
    if stale then return stale end
    if unclaimed() then return 'unclaimed' end
    insert(id, p, value)
    return 'added'
  end
  local q = parse(old)
  if q.key ~= p.key or q.session ~= p.session or q.message ~= p.message or q.user ~= p.user then
    error('corrupt record: it is not what its key says', 0)
  end
  local stale = not ours[found] and late(began, written(old))
  if stale then return stale end
  local counts = ready(found, q)
  ready(found, p)
  redis.call('HSET', records, found, stamp(succeed(old)) .. string.sub(value, 9))
  ours[found] = true
  tally(q, -1, counts)
  tally(p, 1, counts)
  return {'found', found, old}
end

-- delete deletes the record of an id, if there is one; the ref is its id or key.
local function delete(ref, id, old, began)
  if not old then
    bury(ref, now)
    return 'absent'
  end
  local stale = not ours[id] and late(began, written(old))
  if stale then return stale end
  remove(id, old, true)
  return {'found', id, old}
end

function changes.delete(id, _, began) return delete(id, id, redis.call('HGET', records, id), began) end

changes['delete key'] = function(key, _, began)
  local id, old = named(key)
  return delete(key, id, old, began)
end

-- erase deletes a record if it still is what was looked at.
function changes.erase(id, stamp)
  local old = redis.call('HGET', records, id)
  if not old then return 'absent' end
  if string.sub(old, 1, 8) ~= stamp then return 'changed' end
  remove(id, old)
  return 'erased'
end

-- mark has whatever began before be stale if it would add a record.
function changes.mark()
  bury('', now)
  return 'marked'
end

local reply = {string.format('%.0f', now)}
for i = 4, #ARGV, 5 do
  if now > tonumber(ARGV[i + 4]) then
    reply[#reply + 1] = 'late'
  elseif cost >= max_cost then
    reply[#reply + 1] = 'undone'
  else
    local ok, result = pcall(changes[ARGV[i]], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]))
    if not ok then result = {'failed', type(result) == 'table' and result.err or tostring(result)} end
    reply[#reply + 1] = result
  end
end

-- What was looked at and not written may be old.
if not next(touched) and is_replica() then return replica end
for d in pairs(touched) do
  local key = rollup_key(d)
  flush(key)
  if redis.call('EXISTS', key) == 1 then
    redis.call('ZADD', days, d, d)
  else
    redis.call('ZREM', days, d)
  end
end
flush(shadow)

-- tombstones are dropped when nothing that they would refuse is young enough
for name, at in pairs(deleted) do redis.call('ZADD', tombs, string.format('%.0f', at), name) end
if newest > 0 then
  redis.call('ZREMRANGEBYSCORE', tombs, '-inf', string.format('(%.0f', now - max_age))
  redis.call('PEXPIREAT', tombs, string.format('%.0f', (newest + max_age) / 1000 + 1))
end
return reply
