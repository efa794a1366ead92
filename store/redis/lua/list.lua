-- Returns records of an index (KEYS[1]) as ids and values in turn, from ARGV[2]
-- to ARGV[3], at most ARGV[4]; of the index's members the first ARGV[5] bytes are
-- not the id's. After 1.5 megabytes it stops, so that the server is not held up:
-- then a last '' tells that there are more.
if is_replica() then return replica end
local found = redis.call(ARGV[1], KEYS[1], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
local skip = tonumber(ARGV[5])
if skip > 0 then
  for i, member in ipairs(found) do found[i] = string.sub(member, skip + 1) end
end
local reply, size = {}, 0
for from = 1, #found, 10 do
  if size > 1500000 then
    reply[#reply + 1] = ''
    break
  end
  local to = math.min(from + 9, #found)
  local values = redis.call('HMGET', KEYS[2], unpack(found, from, to))
  for i = from, to do
    local value = values[i - from + 1]
    size = size + #(value or '')
    reply[#reply + 1] = found[i]
    reply[#reply + 1] = value
  end
end
return reply
