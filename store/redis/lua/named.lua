-- Returns the id and value of the record in KEYS[1] whose key, by KEYS[2], is
-- ARGV[1], or nil.
local id = redis.call('HGET', KEYS[2], ARGV[1])
if not id then return false end
return {id, redis.call('HGET', KEYS[1], id)}
