-- The one place in Lua that knows a record's value (record.go has its layout).

-- stamp makes the start of a value that is written at a time, in microseconds, and
-- written reads it again.
local function stamp(at)
  local bytes = {}
  for i = 7, 1, -1 do
    bytes[i] = at % 256
    at = math.floor(at / 256)
  end
  return string.char(known_record, unpack(bytes))
end

local function written(value)
  local a, b, c, d, e, f, g = string.byte(value, 2, 8)
  if not g then error('corrupt record', 0) end
  return (((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f) * 256 + g
end

-- parse reads what the indexes and rollups need of a record.
local no_tags = {}
local function parse(value)
  local version = string.byte(value, 1)
  local m1, m2, m3, flags, session, message, user, kind, ntags = string.byte(value, 9, 17)
  if version and version > known_record then newer('a record', version, known_record) end
  if not ntags or version == 0 or flags > 3 then error('corrupt record', 0) end
  local p = { -- all at once, as a table that grows costs as much as it is large
    micros = (m1 * 256 + m2) * 256 + m3, text = flags % 2, tags = no_tags, key = '', cost = 0,
    session = '', message = '', user = '', of_session = '', of_user = '', day = '', bin = 0,
  }
  local at = 34
  local function take(n)
    at = at + n
    return string.sub(value, at - n, at - 1)
  end
  p.session, p.message, p.user = take(session), take(message), take(user)
  if kind > 0 then p.key = string.char(kind) .. take(16) end
  if ntags > 0 then p.tags = {} end
  for i = 1, ntags do
    local n = string.byte(value, at)
    if not n then error('corrupt record', 0) end
    at = at + 1
    p.tags[i] = take(n + 1)
  end
  if flags >= 2 then -- what the giver's value holds is nobody's business here
    local carried, a, b, c, d = string.byte(value, at, at + 4)
    if carried and carried > known_carried then newer('what a record carries', carried, known_carried) end
    if not d then error('corrupt record', 0) end
    at = at + 5 + ((a * 256 + b) * 256 + c) * 256 + d
  end
  if at > #value + 1 or session == 0 then error('corrupt record', 0) end
  p.cost = record_cost + tag_cost * ntags + #value / bytes_for_cost -- as node.go estimates it
  return p
end
