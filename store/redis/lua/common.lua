-- What the scripts that write share. ARGV[1] is what all keys of the scope start
-- with (keys.go says what is in them); all are in one slot. Keys that are known
-- only once a record was read (its session's, its user's, its day's) cannot be
-- among KEYS: ready() touches every key of a change before anything is written,
-- so that a slot on its way to another node fails the change as a whole.
local base = ARGV[1]
local records, ids, keys, messages, days = base .. 'r', base .. 'o', base .. 'k', base .. 'm', base .. 't'
local state, shadow, tombs = base .. 'b', base .. 'n', base .. 'x'

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
