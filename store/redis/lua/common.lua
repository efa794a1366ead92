-- What the scripts that write share. ARGV[1] is what all keys of the scope start
-- with (keys.go says what is in them); all are in one slot. Keys that are known
-- only once a record was read (its session's, its user's, its day's) cannot be
-- among KEYS: ready() touches every key of a change before anything is written,
-- so that a slot on its way to another node fails the change as a whole.
local base = ARGV[1]
local records, ids, keys, messages, days = base .. 'r', base .. 'o', base .. 'k', base .. 'm', base .. 't'
local state, shadow = base .. 'b', base .. 'n'

-- day is the day since 1970 in which a record was created.
local day_names = {} -- by -n: the Lua of miniredis makes an array as long as the greatest positive index
local function day(id)
  local a, b, c, d, e, f = string.byte(id, 1, 6)
  local n = math.floor((((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f) / 86400000)
  local name = day_names[-n]
  if not name then
    name = string.format('%.0f', n)
    day_names[-n] = name
  end
  return name
end

local function rollup_key(d) return base .. 'd:' .. d end

local checked = {}
local function check(key, want)
  if checked[key] then return end
  local is = redis.call('TYPE', key).ok
  if is ~= 'none' and is ~= want then error('WRONGTYPE ' .. key .. ' holds a ' .. is, 0) end
  checked[key] = true
end

-- Rollups are read once, changed here, and written by flush: by key and tag, each
-- 15 numbers: count, sum, positive, negative, with text, and ten bins.
local rollups = {}
local function rollup(key, tag)
  local tags = rollups[key]
  if not tags then
    tags = {}
    rollups[key] = tags
  end
  local t = tags[tag]
  if t then return t end
  t = {}
  local value = redis.call('HGET', key, tag)
  if value then
    for n in string.gmatch(value, '[^ ]+') do
      if not string.match(n, '^%-?%d+$') then error('corrupt rollup', 0) end
      t[#t + 1] = tonumber(n)
    end
    if #t ~= 15 then error('corrupt rollup', 0) end
  else
    for i = 1, 15 do t[i] = 0 end
  end
  tags[tag] = t
  return t
end

local function add(t, p, n)
  t[1] = t[1] + n
  t[2] = t[2] + n * p.micros
  if p.micros > 500000 then t[3] = t[3] + n end
  if p.micros < 500000 then t[4] = t[4] + n end
  t[5] = t[5] + n * p.text
  local bin = 6 + math.min(math.floor(p.micros / 100000), 9)
  t[bin] = t[bin] + n
  t.changed = true
end

local function count(key, p, n)
  add(rollup(key, ''), p, n)
  for i = 1, #p.tags do add(rollup(key, p.tags[i]), p, n) end
end

local fifteen = string.sub(string.rep('%.0f ', 15), 1, -2)

-- flush writes the rollups of a key that changed.
local function flush(key)
  for tag, t in pairs(rollups[key] or {}) do
    if t.changed then
      if t[1] == 0 then
        redis.call('HDEL', key, tag)
      else
        redis.call('HSET', key, tag, string.format(fifteen, unpack(t)))
      end
    end
  end
  rollups[key] = nil
end
