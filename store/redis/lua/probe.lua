-- Tries each command that the scripts need on KEYS[1], which never exists, in a
-- form that changes nothing. Returns the commands that failed and why, in turn.
local key, failed = KEYS[1], {}
for _, call in ipairs({
  {'DEL', key}, {'EXISTS', key}, {'TIME'},
  {'HGET', key, ''}, {'HMGET', key, ''}, {'HGETALL', key}, {'HLEN', key}, {'HDEL', key, ''},
  {'ZADD', key, 'XX', 0, ''}, {'ZREM', key, ''}, {'ZCARD', key}, {'ZRANGEBYSCORE', key, 0, 0}, {'ZREMRANGEBYSCORE', key, 0, 0}, {'ZCOUNT', key, 0, 0}, {'ZSCORE', key, ''}, {'PEXPIREAT', key, 1},
  {'ZRANGEBYLEX', key, '-', '+'}, {'ZREVRANGEBYLEX', key, '+', '-'},
  {'HSET', key, '', '', 'field without value'}, {'RENAME', key, key}, {'PERSIST', key}, -- these but PERSIST fail
}) do
  local reply = redis.pcall(unpack(call))
  if type(reply) == 'table' and reply.err then
    failed[#failed + 1] = call[1]
    failed[#failed + 1] = reply.err
  end
end
return failed
