-- Returns the rollups of the days in KEYS[1] from ARGV[2] to ARGV[3], of the tag
-- ARGV[4] or, with no ARGV[4], of all: each day, and then its tags and rollups in
-- turn. It stops after so many that the server is not held up; a last '' tells
-- that all have been returned.
check_layout(redis.call('HGET', ARGV[1] .. 'b', 'layout'))
local all = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], ARGV[3], 'LIMIT', 0, 200)
local reply, read = {}, 0
for _, day in ipairs(all) do
  if read > 2000 then return reply end
  local key = ARGV[1] .. 'd:' .. day
  local tallies = {}
  if ARGV[4] then
    local value = redis.call('HGET', key, ARGV[4])
    if value then tallies = {ARGV[4], value} end
  else
    tallies = redis.call('HGETALL', key)
  end
  reply[#reply + 1] = day
  reply[#reply + 1] = tallies
  read = read + #tallies / 2
end
if #all < 200 then reply[#reply + 1] = '' end
return reply
