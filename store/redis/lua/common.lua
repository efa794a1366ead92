-- What the scripts that write share: the keys of one scope after the other (keys.go
-- says what is in them), all of them in one slot. Keys that are known only once a
-- record was read (its session's, its user's, its day's) cannot be among KEYS: each
-- is looked at before anything is written, so that a slot on its way to another node
-- fails a change as a whole.
local base, records, ids, keys, messages, waiting, days, state, shadow, tombs

-- open turns to a scope, by what all its keys start with.
local function open(b)
  base, records, ids, keys, messages, days = b, b .. 'r', b .. 'o', b .. 'k', b .. 'm', b .. 't'
  waiting, state, shadow, tombs = b .. 'w', b .. 'b', b .. 'n', b .. 'x'
end

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
