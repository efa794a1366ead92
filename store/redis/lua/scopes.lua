-- Returns the scopes in KEYS[1] from ARGV[1] on, at most ARGV[2].
if is_replica() then return replica end
return redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, ARGV[2])
