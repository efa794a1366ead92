-- Counts the next records of a scope anew, in order of id, as many as it may. The
-- rollups of a day are counted in the shadow and take the place of the day's old
-- ones when its last record has been counted. ARGV[2] is the rebuild's own name,
-- and ARGV[3] is 'start' to start one. Meanwhile, write.lua keeps the shadow right
-- for records up to the cursor. Returns 1 when all is done. A record that cannot be
-- read fails the call before it writes.
open(ARGV[1])
local layout, name, cursor = unpack(redis.call('HMGET', state, 'layout', 'name', 'cursor'))
check_layout(layout)
local start = ARGV[3] == 'start'
if start then
  cursor = ''
elseif name ~= ARGV[2] then
  return redis.error_reply('ERR another rebuild has started')
end

local limit = math.ceil(max_cost / record_cost)
local found = redis.call('ZRANGEBYLEX', ids, cursor == '' and '-' or '(' .. cursor, '+', 'LIMIT', 0, limit)
local parsed, cost = {}, 0
for i, id in ipairs(found) do
  if cost >= max_cost then break end -- enough for now
  local value = redis.call('HGET', records, id)
  if not value or #id ~= 16 then error('corrupt index: an id without a record', 0) end
  parsed[i] = parse(value)
  cost = cost + parsed[i].cost
end

if start then
  redis.call('DEL', shadow)
  redis.call('HSET', state, 'name', ARGV[2], 'cursor', '')
end
local current = cursor ~= '' and day(cursor) or nil

-- finish puts the shadow in place, and drops what rollups there are of the days
-- until the next one that has a record.
local function finish(next)
  if current then
    flush(shadow)
    if redis.call('EXISTS', shadow) == 1 then
      redis.call('RENAME', shadow, rollup_key(current))
      redis.call('ZADD', days, current, current)
    else -- its last record has gone
      redis.call('DEL', rollup_key(current))
      redis.call('ZREM', days, current)
    end
  end
  for _, d in ipairs(redis.call('ZRANGEBYSCORE', days, '(' .. (current or '-1'), '(' .. next)) do
    redis.call('DEL', rollup_key(d))
    redis.call('ZREM', days, d)
  end
end

for i, p in ipairs(parsed) do
  local d = day(found[i])
  if d ~= current then
    finish(d)
    current = d
  end
  load(shadow, p)
  count(shadow, p, 1)
  if p.waiting then redis.call('ZADD', waiting, 0, found[i]) else redis.call('ZREM', waiting, found[i]) end
  cursor = found[i]
end
if #found == limit or #parsed < #found then
  flush(shadow)
  redis.call('HSET', state, 'cursor', cursor)
  return 0
end
finish('+inf')
redis.call('DEL', shadow)
redis.call('HDEL', state, 'name', 'cursor')
return 1
