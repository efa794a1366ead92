-- What tells a server that has become a replica, behind its name or address, from
-- one whose records are the newest. PERSIST is a write that changes nothing, as no
-- key has a time to live; a replica refuses it. Where other things forbid writes,
-- records are still to be read. To READONLY, clients close the connection.
local replica = redis.error_reply('READONLY the server is a replica, which lags behind what was written')

local function is_replica()
  local reply = redis.pcall('PERSIST', KEYS[1])
  return type(reply) == 'table' and reply.err and string.find(reply.err, 'READONLY', 1, true)
end
