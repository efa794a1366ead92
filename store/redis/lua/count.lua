-- Rollups are read once, changed here, and written by flush: by key and tag, each
-- 16 numbers: count, sum, positive, negative, with text, ten bins, and uncounted,
-- which '' alone has: how many records bear a tag that has no rollup.
--
-- A tag's rollup counts all records of the day that bear it, or there is none. So
-- one that has none gets it only while no record is uncounted, and while fewer
-- than max_day_tags have one. The tags of an uncounted record thus stay without,
-- and what takes the record away sees which they are.
local rollups = {}

-- A rollup is kept as its numbers in decimal, each after its letter, but for those
-- that are 0: as a day's tags may be of one record each, most are.
local formats = {'a%d', 'b%d', 'c%d', 'd%d', 'e%d', 'f%d', 'g%d', 'h%d', 'i%d', 'j%d', 'k%d', 'l%d', 'm%d', 'n%d', 'o%d', 'p%d'}

local function encode(t)
  local value = ''
  for i = 1, 16 do
    if t[i] ~= 0 then value = value .. string.format(formats[i], t[i]) end
  end
  return value
end

-- decode goes by bytes, as patterns cost twice as much.
local function decode(value)
  local t = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, changed = false}
  local bytes = {string.byte(value, 1, -1)}
  local at, n, sign = 1, 0, 1
  for i = 2, #bytes do
    local b = bytes[i]
    if b <= 57 and b >= 48 then
      n = n * 10 + b - 48
    elseif b > 96 + at and b <= 112 then
      t[at] = sign * n
      at, n, sign = b - 96, 0, 1
    elseif b == 45 then
      sign = -1
    else
      error('corrupt rollup', 0)
    end
  end
  t[at] = sign * n
  if bytes[1] ~= 97 or t[1] == 0 then error('corrupt rollup', 0) end
  return t
end

-- load reads the rollups of a key that count is going to look at.
local function load(key, p)
  local r = rollups[key]
  if not r then
    local all = redis.call('HGET', key, '')
    -- by tag, false for none; whether the key is there; how many more tags there are than in it
    r = {of = {[''] = all and decode(all)}, there = all and true, grown = 0, size = false}
    rollups[key] = r
  end
  local of, unread = r.of, nil
  for i = 1, #p.tags do
    if of[p.tags[i]] == nil then
      unread = unread or {}
      unread[#unread + 1] = p.tags[i]
    end
  end
  if not unread then return end
  local values = redis.call('HMGET', key, unpack(unread))
  for i = 1, #unread do of[unread[i]] = values[i] and decode(values[i]) end
end

local function add(r, tag, p, n)
  local t = r.of[tag]
  if not t then
    t = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, changed = false}
    r.of[tag] = t
  end
  if t[1] == 0 then r.grown = r.grown + 1 end
  t[1] = t[1] + n
  if t[1] == 0 then r.grown = r.grown - 1 end
  t[2] = t[2] + n * p.micros
  if p.micros > 500000 then t[3] = t[3] + n end
  if p.micros < 500000 then t[4] = t[4] + n end
  t[5] = t[5] + n * p.text
  t[p.bin] = t[p.bin] + n
  t.changed = true
end

-- room tells whether one more tag may be counted. Rollup '' is there already.
local function room(key, r)
  r.size = r.size or redis.call('HLEN', key)
  return r.size + r.grown <= max_day_tags
end

-- count counts a record, for which the key was loaded, in (n is 1) or out (-1).
local function count(key, p, n)
  local r = rollups[key]
  p.bin = 6 + math.min(math.floor(p.micros / 100000), 9)
  add(r, '', p, n)
  local all, counted = r.of[''], true
  for i = 1, #p.tags do
    local tag = p.tags[i]
    local t = r.of[tag]
    if t and t[1] ~= 0 or n > 0 and all[16] == 0 and room(key, r) then
      add(r, tag, p, n)
    else
      counted = false
    end
  end
  if not counted then all[16] = all[16] + n end
end

-- flush writes the rollups of a key that changed, and returns whether there are any,
-- and whether there were.
local function flush(key)
  local r = rollups[key]
  if not r then return end
  local fields = {}
  for tag, t in pairs(r.of) do
    if t and t.changed then
      if t[1] == 0 then
        redis.call('HDEL', key, tag)
      else
        fields[#fields + 1] = tag
        fields[#fields + 1] = encode(t)
      end
    end
  end
  if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
  rollups[key] = nil
  return r.of[''] and r.of[''][1] ~= 0, r.there
end
