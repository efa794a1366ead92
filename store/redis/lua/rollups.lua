-- Returns the rollups of the days in KEYS[1] from ARGV[2] to ARGV[3], of all tags
-- or, with an ARGV[4], of '' and that tag: each day, and then its tags and rollups
-- in turn, in one string with NUL between them, since long lists take clients
-- long. It stops after a thousand rollups at the most; a last '' tells that all
-- have been returned.
if is_replica() then return replica end
check_layout(redis.call('HGET', ARGV[1] .. 'b', 'layout'))
local all = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], ARGV[3], 'LIMIT', 0, 200)
local reply, read = {}, 0
for _, day in ipairs(all) do
  if read + max_day_tags >= 1000 then return reply end
  local key, found = ARGV[1] .. 'd:' .. day, {}
  if ARGV[4] then
    local values = redis.call('HMGET', key, '', ARGV[4])
    if values[1] then found = {'', values[1]} end
    if values[2] then
      found[#found + 1] = ARGV[4]
      found[#found + 1] = values[2]
    end
  else
    found = redis.call('HGETALL', key)
  end
  reply[#reply + 1] = day
  reply[#reply + 1] = table.concat(found, '\0')
  read = read + #found / 2
end
if #all < 200 then reply[#reply + 1] = '' end
return reply
