-- Returns the id and value of the record in KEYS[1] whose id is ARGV[1] or, where
-- that is '', whose key is ARGV[2] by KEYS[2]; or nil.
if is_replica() then return replica end
local id = ARGV[1]
if id == '' then id = redis.call('HGET', KEYS[2], ARGV[2]) end
local value = id and redis.call('HGET', KEYS[1], id)
if not id or not value and ARGV[1] ~= '' then return false end
return {id, value}
