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

-- skip returns what follows on a value that is carried, in which Lua has no business.
local function skip(value, at)
  local carried, a, b, c, d = string.byte(value, at, at + 4)
  if carried and carried > known_carried then newer('what a record carries', carried, known_carried) end
  if not d then error('corrupt record', 0) end
  return at + 5 + ((a * 256 + b) * 256 + c) * 256 + d
end

-- parse reads what the indexes and rollups need of a record.
local no_tags = {}
local function parse(value)
  local version = string.byte(value, 1)
  local m1, m2, m3, flags, session, message, user, kind, ntags = string.byte(value, 9, 17)
  if version and version > known_record then newer('a record', version, known_record) end
  if not ntags or version == 0 or flags > 15 then error('corrupt record', 0) end
  local micros = (m1 * 256 + m2) * 256 + m3
  local p = { -- all at once, as a table that grows costs as much as it is large
    micros = micros, text = flags % 2, tags = no_tags, key = '', cost = 0,
    session = '', message = '', user = '', of_session = '', of_user = '', day = '', bin = 0,
    flags = flags, carried = 0, waiting = flags % 8 < 4 and (micros < 500000 or flags % 2 == 1 or flags >= 8),
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
  p.carried = at
  if flags >= 2 then
    if flags % 4 >= 2 then at = skip(value, at) end
    if flags % 8 >= 4 then at = skip(value, at) end
  end
  if at > #value + 1 or session == 0 then error('corrupt record', 0) end
  p.cost = record_cost + tag_cost * ntags + #value / bytes_for_cost -- as node.go estimates it
  return p
end

-- parts are the giver's value, the staff's, and the text.
local function parts(value, p)
  local staff = p.flags % 4 >= 2 and skip(value, p.carried) or p.carried
  local text = p.flags % 8 >= 4 and skip(value, staff) or staff
  return string.sub(value, p.carried, staff - 1), string.sub(value, staff, text - 1), string.sub(value, text)
end

local function correction(giver) return giver ~= '' and cjson.decode(string.sub(giver, 6)).correction or nil end

-- reviewed returns a value with the staff's of the record that it replaces, if score,
-- text and correction are the same (store.Feedback.Reviewed).
local function reviewed(value, p, old, q)
  if q.flags % 8 < 4 or string.sub(value, 18, 25) ~= string.sub(old, 18, 25) then return value end
  local giver, _, text = parts(value, p)
  local of, staff, before = parts(old, q)
  if text ~= before or correction(giver) ~= correction(of) then return value end
  p.waiting = false
  return string.sub(value, 1, 11) .. string.char(p.flags + 4) .. string.sub(value, 13, p.carried - 1) .. giver .. staff .. text
end
